import type { Size } from "../../pipeline/image/framing.ts";
import { sidesOf, type Tensor } from "../../pipeline/nets/tensor.ts";
import { createRandom, type Random } from "../../pipeline/random.ts";
import type { RegionChooser } from "../../pipeline/regions/choosers/chooser.ts";
import { boxKey, proposeBoxes } from "../../pipeline/regions/proposals.ts";
import { mapNouns, planeOf, relative } from "../../pipeline/regions/source/noun-map.ts";
import { findThings } from "../../pipeline/regions/source/things.ts";
import type { Box } from "../../types.ts";

// Ways to find boxes that do not choose among proposals, and look at no draft: baselines of the paper's section 4.4, and plain ones.

/**
 * The paper's random-anchor-random-size: as many points as there are anchors, uniform over the picture, and around each a box whose width
 * and height are uniform in [0, W] and [0, H]; what lies outside the picture is cut off.
 */
export function createRandomAnchorRandomSize(picture: Size): RegionChooser {
  return boxMaker("random-anchor-random-size", ({ count, random }) =>
    Array.from({ length: count }, () => {
      const point = { x: picture.width * random.uniform(), y: picture.height * random.uniform() };
      return randomSizeAround(point, picture, random);
    }),
  );
}

/** The paper's DINO-anchor-random-size: the same boxes around the anchors of attention. */
export function createDinoAnchorRandomSize(
  picture: Size,
  anchors: readonly { readonly x: number; readonly y: number }[],
): RegionChooser {
  return boxMaker("dino-anchor-random-size", ({ count, random }) =>
    anchors.slice(0, count).map((anchor) => randomSizeAround(anchor, picture, random)),
  );
}

function randomSizeAround({ x, y }: { x: number; y: number }, picture: Size, random: Random): Box {
  const width = picture.width * random.uniform();
  const height = picture.height * random.uniform();
  return clampedBox({ left: x - width / 2, top: y - height / 2, width, height }, picture);
}

/** In whole pixels inside the picture, at least one: nothing else can be painted. */
function clampedBox({ left, top, width, height }: Box, picture: Size): Box {
  const span = (start: number, length: number, limit: number): [number, number] => {
    const from = Math.min(Math.max(Math.round(start), 0), limit - 1);
    const to = Math.max(Math.min(Math.round(start + length), limit), from + 1);
    return [from, to - from];
  };
  const [l, w] = span(left, width, picture.width);
  const [t, h] = span(top, height, picture.height);
  return { left: l, top: t, width: w, height: h };
}

/** The middle one of seven sizes, in the middle of the picture. */
export function createCentre(picture: Size): RegionChooser {
  return boxMaker("centre", () => [centreBox(picture)]);
}

/** The square that `centre` takes: 5/8 of the short side. */
export function centreBox(picture: Size): Box {
  const [[, , , box] = []] = proposeBoxes([{ x: picture.width / 2, y: picture.height / 2 }], picture, 7);
  if (!box) throw new RangeError("Expected seven boxes in the middle, got fewer.");
  return box;
}

export function createWhole({ width, height }: Size): RegionChooser {
  return boxMaker("whole", () => [{ left: 0, top: 0, width, height }]);
}

/** Evidence counts from this much of the way between the median and the highest cosine on. */
const heat = 0.25;

/**
 * Where CLIP sees most of the prompt: the rectangle of the largest sum over the cosines of its patches with the prompt, 0 at their median
 * and 1 at the highest, less `heat`. The middle of the picture where all patches are alike.
 * @param patches CLIP's projected patch tokens, `[patches, projection]`.
 */
export function createClipMap(picture: Size, patches: Tensor, prompt: Float32Array): RegionChooser {
  return boxMaker("clip-map", () => {
    const { cosines } = mapNouns(patches, [prompt], 1);
    const plane = planeOf(cosines, 0);
    const [rows, columns] = sidesOf(plane, 2);
    const evidence = relative(plane.data).map((value) => value - heat);
    const [box] = findThings({ data: evidence, shape: [rows, columns] }, picture, 1);
    return [box ?? centreBox(picture)];
  });
}

interface Wanted {
  /** As many boxes as there are anchors. */
  readonly count: number;
  readonly random: Random;
}

/** Gives boxes that are no proposals: as a box that was given, they have no anchor. */
function boxMaker(name: string, make: (wanted: Wanted) => readonly Box[]): RegionChooser {
  return {
    name,
    plannedSteps: ({ proposals, budget }) => proposals.length * budget.steps,
    async choose({ proposals, seed }) {
      const boxes = make({ count: proposals.length, random: createRandom(seed, name) });
      const distinct = [...new Map(boxes.map((box) => [boxKey(box), box])).values()];
      return {
        ...{ order: [], probabilities: [] },
        choices: distinct.map((box) => ({ anchor: null, proposal: null, box })),
      };
    },
  };
}
