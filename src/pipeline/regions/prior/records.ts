import { z } from "zod";
import { featureNames, featuresVersion } from "./box-features.ts";
import type { PriorPicture } from "./train-prior.ts";

/**
 * What is kept of one edit: features and draft losses of the boxes that it painted, and the moments of all its boxes'
 * features. No picture, no text, no person, no time.
 */
export interface LossRecord {
  /** Of this layout and of what the features mean. */
  readonly version: number;
  /** What saw and painted: pack, its version, inpainter. Losses of others are not comparable. */
  readonly made: string;
  /** Sampling steps of the drafts. */
  readonly steps: number;
  /** `[features]` */
  readonly mean: readonly number[];
  readonly spread: readonly number[];
  /** `[box][feature]`, each box once. */
  readonly boxes: readonly (readonly number[])[];
  /** `[box]`, totals of equation 3. */
  readonly losses: readonly number[];
}

/** Why records are of no use. */
export const dropReasons = ["corrupt", "of-another", "impossible", "too-few", "repeated"] as const;
export type DropReason = (typeof dropReasons)[number];

export interface SiftedRecords {
  /** Sound records, each with the weight that is left for it. */
  readonly pictures: readonly PriorPicture[];
  readonly dropped: Readonly<Record<DropReason, number>>;
}

/** Fewer losses say nothing about their order. */
const fewestBoxes = 4;
/** More boxes than an edit may have. */
const mostBoxes = 64 * 31;

const count = featureNames.length;
const row = z.array(z.number()).length(count);
const recordSchema = z
  .strictObject({
    version: z.int(),
    made: z.string().max(200),
    steps: z.int().min(1).max(1000),
    mean: row,
    spread: row,
    boxes: z.array(row).max(mostBoxes),
    losses: z.array(z.number()).max(mostBoxes),
  })
  .refine(({ boxes, losses }) => boxes.length === losses.length);

/** The line of a record in a book: four digits are more than the losses repeat. */
export function lineOf(record: LossRecord): string {
  return JSON.stringify(record, (_key, value) =>
    typeof value === "number" && !Number.isInteger(value) ? Number(value.toPrecision(4)) : value,
  );
}

/**
 * Takes apart the lines of a book. Dropped are: what is no record; what another pack, version or painter has made; losses
 * outside 0 to 6 and features that no picture has; records of fewer than four boxes, or whose losses are all alike; the
 * same record again. Records of one picture share the weight of one, however many there are.
 * @param made of the records that are wanted
 */
export function siftRecords(lines: Iterable<string>, made: string): SiftedRecords {
  const dropped = { corrupt: 0, "of-another": 0, impossible: 0, "too-few": 0, repeated: 0 };
  const kept: { record: LossRecord; picture: string }[] = [];
  const seen = new Set<string>();
  const perPicture = new Map<string, number>();
  for (const line of lines) {
    const read = readRecord(line, made);
    if (typeof read === "string") {
      dropped[read]++;
      continue;
    }
    if (seen.has(line)) {
      dropped.repeated++;
      continue;
    }
    seen.add(line);
    const picture = pictureKey(read.mean);
    perPicture.set(picture, (perPicture.get(picture) ?? 0) + 1);
    kept.push({ record: read, picture });
  }
  const pictures = kept.map(({ record, picture }) => pictureOf(record, 1 / (perPicture.get(picture) ?? 1)));
  return { pictures, dropped };
}

function readRecord(line: string, made: string): LossRecord | DropReason {
  const parsed = recordSchema.safeParse(jsonOrNull(line));
  if (!parsed.success) return isOfAnotherVersion(line) ? "of-another" : "corrupt";
  const record = parsed.data;
  if (record.version !== featuresVersion || record.made !== made) return "of-another";
  if (!isPossible(record)) return "impossible";
  const spread = Math.max(...record.losses) - Math.min(...record.losses);
  return record.boxes.length < fewestBoxes || spread < 1e-3 ? "too-few" : record;
}

/** Zod takes no infinities and no NaN for numbers, and JSON has none. */
function jsonOrNull(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}

/** A later layout may have other fields. */
function isOfAnotherVersion(line: string): boolean {
  const found = z.looseObject({ version: z.int() }).safeParse(jsonOrNull(line));
  return found.success && found.data.version !== featuresVersion;
}

/** Shares, cosines, logarithms of ratios and losses all lie far within this. */
const furthestFeature = 20;

function isPossible({ mean, spread, boxes, losses }: LossRecord): boolean {
  const isNear = (value: number) => Math.abs(value) <= furthestFeature;
  return (
    losses.every((loss) => loss >= 0 && loss <= 6) &&
    spread.every((value) => value > 0 && isNear(value)) &&
    [mean, ...boxes].every((values) => values.every(isNear))
  );
}

/** The features that do not hang on the texts: where the boxes lie, attention, ViT features. */
const textless = featureNames.indexOf("crop-prompt");

/** The same for all records of one picture, whatever was asked of it. @param mean of all its boxes' features */
export function pictureKey(mean: ArrayLike<number>): string {
  return Array.from({ length: textless }, (_, feature) => (mean[feature] ?? 0).toPrecision(3)).join(" ");
}

function pictureOf({ mean, spread, boxes, losses }: LossRecord, weight: number): PriorPicture {
  return {
    features: { data: Float32Array.from(boxes.flat()), shape: [boxes.length, count] },
    own: { mean: Float32Array.from(mean), spread: Float32Array.from(spread) },
    losses,
    weight,
  };
}
