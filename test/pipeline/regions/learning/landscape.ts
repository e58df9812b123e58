import type { Tensor } from "../../../../src/pipeline/nets/tensor.ts";
import { createRandom, type Random } from "../../../../src/pipeline/random.ts";
import type { DraftRequest } from "../../../../src/pipeline/regions/choosers/chooser.ts";
import { poolProposals } from "../../../../src/pipeline/regions/proposal-features.ts";
import { boxKey, proposeBoxes } from "../../../../src/pipeline/regions/proposals.ts";

/** All that painting could say about a picture, without a picture. */
export interface Landscape {
  readonly anchors: number;
  readonly proposals: number;
  /** `[anchors, proposals * d, 7, 7]` */
  readonly features: Tensor;
  /** `[anchor][proposal]`, of full paintings. */
  readonly losses: readonly (readonly number[])[];
  /** `[anchor][proposal]`, of drafts: near those of full paintings. */
  readonly draftLosses: readonly (readonly number[])[];
  readonly boxKeys: readonly (readonly string[])[];
}

const side = 128;
const grid = 16;
const depth = 6;

/**
 * A square picture with one to three round things of different sizes on a ground, seen through a map of features of
 * which two channels show the things and their edges and the others nothing. The anchors lie on the things, and a
 * box serves best where it is as large as its thing: its loss rises with the logarithm of the ratio of their sizes.
 * So the best size differs between pictures and between the things of one, the features tell it to who has learned
 * to read them, and all anchors on one thing agree: what makes learning over anchors worth while in real pictures.
 */
export function drawLandscape(seed: number, anchors = 8, proposals = 7): Landscape {
  const random = createRandom(seed, "landscape");
  const things = Array.from({ length: 1 + random.integer(3) }, () => ({
    x: side * (0.2 + 0.6 * random.uniform()),
    y: side * (0.2 + 0.6 * random.uniform()),
    radius: side * (0.1 + 0.35 * random.uniform() ** 1.5),
  }));
  const places = Array.from({ length: anchors }, (_, anchor) => {
    const thing = things[anchor % things.length] ?? { x: 0, y: 0, radius: 1 };
    const angle = 2 * Math.PI * random.uniform();
    const away = 0.5 * thing.radius * random.uniform();
    const within = (at: number) => Math.min(Math.max(at, 1), side - 1);
    return {
      x: within(thing.x + away * Math.cos(angle)),
      y: within(thing.y + away * Math.sin(angle)),
      thing,
    };
  });
  const picture = { width: side, height: side };
  const boxes = proposeBoxes(places, picture, proposals);
  const data = new Float32Array(depth * grid * grid);
  for (let cell = 0; cell < grid * grid; cell++) {
    const x = ((cell % grid) + 0.5) * (side / grid);
    const y = (Math.floor(cell / grid) + 0.5) * (side / grid);
    const depths = things.map(
      (thing) => (thing.radius - Math.hypot(x - thing.x, y - thing.y)) / (side / grid),
    );
    const nearest = Math.max(...depths);
    data[cell] = 1 / (1 + Math.exp(-2 * nearest));
    data[grid * grid + cell] = Math.exp(-nearest * nearest);
    for (let channel = 2; channel < depth; channel++) data[channel * grid * grid + cell] = random.gaussian();
  }
  const losses = places.map(({ thing }) =>
    Array.from({ length: proposals }, (_, proposal) => {
      const wanted = 2 * thing.radius;
      const offered = (side * (proposal + 2)) / (proposals + 1);
      return 1 + 0.3 * Math.abs(Math.log(offered / wanted)) + 0.02 * random.gaussian();
    }),
  );
  return {
    anchors,
    proposals,
    features: poolProposals({ data, shape: [depth, grid, grid] }, boxes, picture),
    losses,
    draftLosses: losses.map((row) => row.map((loss) => loss + 0.02 * random.gaussian())),
    boxKeys: boxes.map((row) => row.map(boxKey)),
  };
}

/** Answers what learning asks: drafts by the losses of drafts. */
export function evaluateOn({ losses, draftLosses }: Landscape, fullSteps: number) {
  return async (requests: readonly DraftRequest[]): Promise<number[]> =>
    requests.map(
      ({ anchor, proposal, steps }) =>
        (steps < fullSteps ? draftLosses : losses)[anchor]?.[proposal] ?? Number.NaN,
    );
}

/** The same landscape with every anchor's losses in another order, so that the features say nothing of them. */
export function withoutMeaning(landscape: Landscape, seed: number): Landscape {
  const random = createRandom(seed, "shuffle");
  const orders = landscape.losses.map((row) => shuffled(row.keys(), random));
  const reordered = (rows: readonly (readonly number[])[]) =>
    rows.map((row, anchor) => (orders[anchor] ?? []).map((proposal) => row[proposal] ?? Number.NaN));
  return { ...landscape, losses: reordered(landscape.losses), draftLosses: reordered(landscape.draftLosses) };
}

/** What one gets without learning: so many drafts, evenly over the anchors and at random in each, and the best of them. */
export function randomSearch({ draftLosses }: Landscape, drafts: number, seed: number): number[] {
  const random = createRandom(seed, "random search");
  const anchors = draftLosses.length;
  return draftLosses.map((row, anchor) => {
    const count = Math.floor(drafts / anchors) + Number(anchor < drafts % anchors);
    const drawn = shuffled(row.keys(), random).slice(0, count);
    return drawn.reduce((best, proposal) =>
      (row[proposal] ?? Number.NaN) < (row[best] ?? Number.NaN) ? proposal : best,
    );
  });
}

function shuffled(values: Iterable<number>, random: Random): number[] {
  return Array.from(values, (value) => ({ value, place: random.uniform() }))
    .sort((a, b) => a.place - b.place)
    .map(({ value }) => value);
}
