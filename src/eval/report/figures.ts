import type { ResultRow } from "../rows.ts";

/** A figure of a result, as tables show it. */
export interface FigureSpec {
  readonly key: string;
  /** A table's head. */
  readonly title: string;
  /** What it means, in a sentence. */
  readonly says: string;
  readonly better: "higher" | "lower" | "neither";
  readonly digits: number;
  /** `null` where it was not measured, or is not defined. */
  of(row: ResultRow): number | null;
}

function spec(
  key: string,
  title: string,
  better: FigureSpec["better"],
  digits: number,
  says: string,
  of: FigureSpec["of"],
): FigureSpec {
  return { key, title, says, better, digits, of };
}

const yes = (value: boolean | null | undefined) =>
  value === null || value === undefined ? null : Number(value);

/** Every figure that a report has, in the order of its tables. */
export const figureSpecs: readonly FigureSpec[] = [
  spec(
    "t2i",
    "S_t2i",
    "higher",
    3,
    "Cosine of result and prompt, by the CLIP that the method is trained with.",
    ({ training }) => training.t2i,
  ),
  spec(
    "i2i",
    "S_i2i",
    "higher",
    3,
    "Cosine of result and picture, by the same.",
    ({ training }) => training.i2i,
  ),
  spec("quality", "S", "higher", 3, "2 S_t2i + S_i2i.", ({ training }) => training.quality),
  spec(
    "directional",
    "directional",
    "higher",
    3,
    "Cosine of how the picture changed with how the text did, by the same.",
    ({ training }) => training.directional,
  ),
  spec(
    "secondT2i",
    "S_t2i, second",
    "higher",
    3,
    "As S_t2i, by the second CLIP, which nothing is trained with.",
    ({ second }) => second?.t2i ?? null,
  ),
  spec(
    "secondI2i",
    "S_i2i, second",
    "higher",
    3,
    "As S_i2i, by the second CLIP.",
    ({ second }) => second?.i2i ?? null,
  ),
  spec(
    "secondQuality",
    "S, second",
    "higher",
    3,
    "As S, by the second CLIP.",
    ({ second }) => second?.quality ?? null,
  ),
  spec(
    "secondDirectional",
    "directional, second",
    "higher",
    3,
    "As directional, by the second CLIP.",
    ({ second }) => second?.directional ?? null,
  ),
  spec("loss", "loss", "lower", 3, "Editing loss, equation 3.", ({ losses }) => losses.total),
  spec(
    "regret",
    "regret",
    "lower",
    3,
    "Of each place's box: 0 is its best, 1 the mean of its boxes.",
    ({ regret }) => regret?.anchors ?? null,
  ),
  spec(
    "regretFresh",
    "regret, fresh",
    "lower",
    3,
    "The same with other noise than drafts had.",
    ({ regret }) => regret?.fresh ?? null,
  ),
  spec(
    "regretBest",
    "regret of the best",
    "lower",
    3,
    "Of the best result: 0 is the best of all boxes, 1 their mean.",
    ({ regret }) => regret?.best ?? null,
  ),
  spec(
    "tau",
    "Kendall's tau",
    "higher",
    3,
    "Of drafts with full paintings, over all boxes.",
    ({ tau }) => tau,
  ),
  spec(
    "recognised",
    "recognised",
    "higher",
    2,
    "The box is taken for what was asked for, by the training CLIP.",
    ({ training }) => yes(training.recognised),
  ),
  spec("secondRecognised", "recognised, second", "higher", 2, "The same by the second CLIP.", ({ second }) =>
    yes(second?.recognised),
  ),
  spec(
    "gone",
    "gone",
    "higher",
    2,
    "The old thing is not seen any more where it lay, by the training CLIP.",
    ({ training }) => yes(training.gone),
  ),
  spec("secondGone", "gone, second", "higher", 2, "The same by the second CLIP.", ({ second }) =>
    yes(second?.gone),
  ),
  spec(
    "iou",
    "IoU",
    "higher",
    2,
    "Of the box with that of the thing to replace.",
    ({ placing }) => placing?.iou ?? null,
  ),
  spec("covered", "covered", "higher", 2, "0.9 of the thing's box lies inside.", ({ placing }) =>
    yes(placing?.isCovered),
  ),
  spec(
    "area",
    "area",
    "neither",
    2,
    "Of the box, over what the thing needs.",
    ({ placing }) => placing?.areaRatio ?? null,
  ),
  spec(
    "changed",
    "changed",
    "neither",
    3,
    "Share of the picture's pixels that are not bit for bit its own.",
    ({ pixels }) => pixels.changed,
  ),
  spec(
    "psnrOutside",
    "PSNR outside",
    "higher",
    1,
    "Outside the thing's box, in dB; pictures that are the same there are left out.",
    ({ pixels }) => pixels.outside.psnr,
  ),
  spec(
    "ssimOutside",
    "SSIM outside",
    "higher",
    3,
    "Outside the thing's box.",
    ({ pixels }) => pixels.outside.ssim,
  ),
  spec(
    "distanceOutside",
    "ViT distance outside",
    "lower",
    3,
    "How differently the ViT sees what lies outside the thing's box.",
    ({ distance }) => distance.outside,
  ),
  spec(
    "psnrInside",
    "PSNR inside",
    "neither",
    1,
    "Inside the thing's box, in dB.",
    ({ pixels }) => pixels.inside.psnr,
  ),
  spec(
    "ssimInside",
    "SSIM inside",
    "neither",
    3,
    "Inside the thing's box.",
    ({ pixels }) => pixels.inside.ssim,
  ),
  spec(
    "distanceInside",
    "ViT distance inside",
    "neither",
    3,
    "How differently the ViT sees what lies inside.",
    ({ distance }) => distance.inside,
  ),
  spec("weak", "weak", "lower", 2, "The prompt gained next to nothing.", ({ weak }) => Number(weak)),
  spec("calls", "calls", "lower", 1, "Work in full paintings.", ({ calls }) => calls),
  spec(
    "seconds",
    "seconds",
    "lower",
    1,
    "Of the processor, as painted in the table's batches.",
    ({ seconds }) => seconds,
  ),
  spec(
    "firstSeconds",
    "first result",
    "lower",
    1,
    "Processor seconds until the first result.",
    ({ firstSeconds }) => firstSeconds,
  ),
];

/** Tables of a group: which figures stand in which. */
export const figureTables: readonly { readonly title: string; readonly keys: readonly string[] }[] = [
  {
    title: "Scores",
    keys: [
      ...["t2i", "i2i", "quality", "directional", "loss"],
      ...["secondT2i", "secondI2i", "secondQuality", "secondDirectional"],
    ],
  },
  {
    title: "Choice and cost",
    keys: ["regret", "regretFresh", "regretBest", "tau", "calls", "seconds", "firstSeconds"],
  },
  {
    title: "The thing",
    keys: ["recognised", "secondRecognised", "gone", "secondGone", "iou", "covered", "area", "weak"],
  },
  {
    title: "What else changed",
    keys: [
      ...["changed", "psnrOutside", "ssimOutside", "distanceOutside"],
      ...["psnrInside", "ssimInside", "distanceInside"],
    ],
  },
];
