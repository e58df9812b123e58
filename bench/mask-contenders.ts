import type { Cover } from "../src/pipeline/image/cover.ts";
import type { Picture } from "../src/pipeline/image/picture.ts";
import { vitPixels } from "../src/pipeline/image/preprocess.ts";
import { candidateCells, changedCells } from "../src/pipeline/mask/candidates.ts";
import type { BoxPixels } from "../src/pipeline/mask/difference.ts";
import { type Cells, intersectionOf } from "../src/pipeline/mask/grid.ts";
import { candidateCovers, softened } from "../src/pipeline/mask/soften.ts";
import type { Models } from "../src/pipeline/models.ts";
import type { Tensor } from "../src/pipeline/nets/tensor.ts";
import { cosine } from "../src/pipeline/regions/losses.ts";
import { viewPictures } from "../src/pipeline/steps/features.ts";
import type { Patches } from "../src/pipeline/steps/patches.ts";
import type { PaintedChoice } from "../src/pipeline/steps/trials.ts";
import type { Box, MaskMode } from "../src/types.ts";

/** What a contender may look at before it says which covers are tried. */
export interface Shown {
  readonly pixels: Picture;
  readonly painted: PaintedChoice;
  readonly patches: Pick<Patches, "compose">;
}

/** One way to choose masks. */
export interface MaskContender {
  readonly name: string;
  readonly mode: MaskMode;
  /** The standard candidates by default. */
  readonly coversOf?: (shown: Shown) => Promise<(pixels: BoxPixels) => readonly Cover[]>;
}

/** The whole box, what an edit does, and what else was tried. */
export function maskContenders(models: Models): MaskContender[] {
  return [
    { name: "box", mode: "box" },
    { name: "auto", mode: "auto" },
    { name: "no-tone", mode: "auto", coversOf: async () => (pixels) => withoutTone(candidateCovers(pixels)) },
    { name: "whole-tone", mode: "auto", coversOf: async () => wholeTone },
    { name: "plain-poisson", mode: "auto", coversOf: async () => plainPoisson },
    {
      name: "difference",
      mode: "auto",
      coversOf: async () => (pixels) => soft(changedCells(pixels), pixels),
    },
    {
      name: "clip-tokens",
      mode: "auto",
      coversOf: async (shown) => byTokens(await clipChange(models, shown), shown),
    },
    {
      name: "vit-features",
      mode: "auto",
      coversOf: async (shown) => byTokens(await vitChange(models, shown), shown),
    },
  ];
}

function soft(sets: readonly Cells[], pixels: BoxPixels): Cover[] {
  return sets.map((cells) => softened(cells, pixels));
}

function withoutTone(covers: readonly Cover[]): Cover[] {
  return covers.map((cover) => ({ ...cover, tone: null }));
}

function wholeTone(pixels: BoxPixels): Cover[] {
  return candidateCells(pixels).map((cells) =>
    softened(cells, pixels, { trusted: 16, toneReach: Number.POSITIVE_INFINITY }),
  );
}

function plainPoisson(pixels: BoxPixels): Cover[] {
  return candidateCells(pixels).map((cells) =>
    softened(cells, pixels, { trusted: Number.POSITIVE_INFINITY, toneReach: Number.POSITIVE_INFINITY }),
  );
}

/** How much each patch of the whole picture changed, 0 to 2: one minus the cosine of its features before and after. */
interface PatchChange {
  readonly columns: number;
  readonly rows: number;
  readonly values: readonly number[];
}

async function clipChange(models: Models, { pixels, painted, patches }: Shown): Promise<PatchChange> {
  const [before, after] = await viewPictures(models, [pixels, await patches.compose(painted.patch)]);
  if (!before || !after) throw new RangeError("Expected two views, got fewer.");
  const [count = 0, width = 0] = before.tokens.shape;
  const row = (tokens: Tensor, index: number) => tokens.data.slice(index * width, (index + 1) * width);
  const values = Array.from(
    { length: count },
    (_, index) => 1 - cosine(row(before.tokens, index), row(after.tokens, index)),
  );
  return { columns: Math.sqrt(count), rows: Math.sqrt(count), values };
}

async function vitChange(models: Models, { pixels, painted, patches }: Shown): Promise<PatchChange> {
  const look = async (picture: Picture) => {
    const { shortSide } = models.pack.manifest.features;
    const options = { ...models.vitPreprocessor, shortSide, patch: models.vit.patchSize };
    return (await models.vit.run(vitPixels(picture, options))).features;
  };
  const [before, after] = [await look(pixels), await look(await patches.compose(painted.patch))];
  const [, depth = 0, rows = 0, columns = 0] = before.shape;
  const at = ({ data }: Tensor, cell: number) =>
    Float32Array.from({ length: depth }, (_, feature) => data[feature * rows * columns + cell] ?? 0);
  const values = Array.from(
    { length: rows * columns },
    (_, cell) => 1 - cosine(at(before, cell), at(after, cell)),
  );
  return { columns, rows, values };
}

/** Beside the standard candidates, what differs and whose patch changed by a share of what the most changed one did. */
function byTokens(change: PatchChange, { pixels: picture, painted: { box } }: Shown) {
  return (pixels: BoxPixels): Cover[] => {
    const most = Math.max(...change.values);
    const sets = [0.25, 0.5].flatMap((share) => {
      const patches = changedPatches(change, share * most, { picture, box, grid: pixels.before });
      return changedCells(pixels).map((cells) => intersectionOf(cells, patches));
    });
    const filled = sets.filter(({ values }) => values.some((value) => value === 1));
    return [...candidateCovers(pixels), ...soft(filled, pixels)];
  };
}

function changedPatches(
  { columns, rows, values }: PatchChange,
  threshold: number,
  { picture, box, grid }: { picture: Picture; box: Box; grid: { width: number; height: number } },
): Cells {
  const { width, height } = grid;
  const cells = Uint8Array.from({ length: width * height }, (_, index) => {
    const x = box.left + (((index % width) + 0.5) * box.width) / width;
    const y = box.top + ((Math.floor(index / width) + 0.5) * box.height) / height;
    const column = Math.floor((x * columns) / picture.width);
    const row = Math.floor((y * rows) / picture.height);
    return (values[row * columns + column] ?? 0) >= threshold ? 1 : 0;
  });
  return { width, height, values: cells };
}
