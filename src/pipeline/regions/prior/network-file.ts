import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { EditError } from "../../../errors.ts";
import { writeWholeFile } from "../../../whole-file.ts";
import { openSafetensors, readTensor, type Safetensors } from "../../nets/safetensors.ts";
import type { Tensor } from "../../nets/tensor.ts";
import { safetensorsFile } from "../../nets/write-safetensors.ts";
import { featureNames, featuresVersion } from "./box-features.ts";
import { memberLength, type PriorNetworkWeights } from "./prior-network.ts";
import type { PriorPicture } from "./train-prior.ts";

/** A prior network as it lies in a file. */
export interface PriorNetworkFile {
  readonly weights: PriorNetworkWeights;
  /** As `edit.json` states it. */
  readonly version: string;
  /** What saw and painted the pictures that it was trained on: pack, version, inpainter. */
  readonly made: string;
  /** The standard deviation that one picture's losses usually have, above 0. */
  readonly lossSpread: number;
  /** Pictures to rehearse when it learns more, and others that tell whether it has forgotten. */
  readonly reference: readonly PriorPicture[];
}

/** At most, so that it is a trifle in every pack. */
const mostBytes = 300_000;
const features = featureNames.length;

/**
 * Reads `region-network.safetensors`.
 * @returns it, and the sha256 of its bytes
 * @throws EditError `pack-file-missing`; `weights-corrupt`, `weights-tensor-*`; `network-unsupported` for one of other features
 */
export async function readPriorNetwork(
  path: string,
): Promise<PriorNetworkFile & { readonly sha256: string }> {
  const file = await openSafetensors(path);
  const size = {
    features,
    hidden: wholeOf(file, "hidden", 256),
    members: wholeOf(file, "members", 64),
  };
  if (file.metadata.get("features") !== String(featuresVersion)) {
    const got = file.metadata.get("features") ?? "none";
    throw new EditError(
      "network-unsupported",
      `Expected ${path} to be of features ${featuresVersion}, got ${got}.`,
    );
  }
  const length = size.members * memberLength(size);
  return {
    weights: {
      ...size,
      mean: (await readTensor(file, "mean", [features])).data,
      spread: (await readTensor(file, "spread", [features])).data,
      parameters: (await readTensor(file, "parameters", [length])).data,
    },
    version: file.metadata.get("version") ?? "",
    made: file.metadata.get("made") ?? "",
    lossSpread: spreadOf(file),
    reference: await readReference(file),
    sha256: createHash("sha256")
      .update(await readFile(path))
      .digest("hex"),
  };
}

/**
 * Reads one that was learned from losses of a pack, its version and painter, and is of use for no others.
 * @throws EditError as `readPriorNetwork`; `network-unsupported` where another made it
 */
export async function readLearnedNetwork(path: string, made: string): ReturnType<typeof readPriorNetwork> {
  const found = await readPriorNetwork(path);
  if (found.made === made) return found;
  throw new EditError(
    "network-unsupported",
    `Expected ${path} to be learned from edits of ${made}, got ${found.made}.`,
  );
}

/**
 * Writes it, whole or not at all.
 * @throws RangeError where it would be larger than 300 kB; what the system refuses as it comes
 */
export async function writePriorNetwork(path: string, network: PriorNetworkFile): Promise<void> {
  const { weights, version, made, lossSpread, reference } = network;
  const { hidden, members, mean, spread, parameters } = weights;
  const metadata = {
    features: String(featuresVersion),
    hidden: String(hidden),
    members: String(members),
    version,
    made,
    lossSpread: String(lossSpread),
  };
  const row = (data: Float32Array): Tensor => ({ data, shape: [data.length] });
  const tensors = {
    mean: row(mean),
    spread: row(spread),
    parameters: row(parameters),
    ...(reference.length > 0 ? referenceTensors(reference) : {}),
  };
  const bytes = safetensorsFile(tensors, metadata);
  if (bytes.length > mostBytes)
    throw new RangeError(`Expected a region network of at most ${mostBytes} bytes, got ${bytes.length}.`);
  await writeWholeFile(path, bytes, { isSynced: true });
}

function wholeOf({ metadata, file }: Safetensors, key: string, most: number): number {
  const value = Number(metadata.get(key));
  if (Number.isInteger(value) && value >= 1 && value <= most) return value;
  throw new EditError(
    "network-unsupported",
    `Expected ${key} of ${file} to be 1 to ${most}, got ${metadata.get(key)}.`,
  );
}

function spreadOf({ metadata, file }: Safetensors): number {
  const value = Number(metadata.get("lossSpread"));
  if (value > 0 && value <= 6) return value;
  const got = metadata.get("lossSpread");
  throw new EditError(
    "network-unsupported",
    `Expected lossSpread of ${file} to be above 0, to 6, got ${got}.`,
  );
}

/** All boxes of all pictures in a row, and how many each picture has. */
function referenceTensors(pictures: readonly PriorPicture[]): Record<string, Tensor> {
  const boxes = pictures.reduce((sum, { losses }) => sum + losses.length, 0);
  const joined = (parts: readonly ArrayLike<number>[]) =>
    Float32Array.from(parts.flatMap((part) => Array.from(part)));
  return {
    "reference.counts": {
      data: Float32Array.from(pictures, ({ losses }) => losses.length),
      shape: [pictures.length],
    },
    "reference.mean": {
      data: joined(pictures.map(({ own }) => own.mean)),
      shape: [pictures.length, features],
    },
    "reference.spread": {
      data: joined(pictures.map(({ own }) => own.spread)),
      shape: [pictures.length, features],
    },
    "reference.features": {
      data: joined(pictures.map((one) => one.features.data)),
      shape: [boxes, features],
    },
    "reference.losses": { data: joined(pictures.map(({ losses }) => losses)), shape: [boxes] },
  };
}

async function readReference(file: Safetensors): Promise<PriorPicture[]> {
  const count = file.tensors.get("reference.counts")?.shape[0] ?? 0;
  if (count === 0) return [];
  const counts = (await readTensor(file, "reference.counts", [count])).data;
  const boxes = counts.reduce((sum, one) => sum + one, 0);
  const mean = (await readTensor(file, "reference.mean", [count, features])).data;
  const spread = (await readTensor(file, "reference.spread", [count, features])).data;
  const rows = (await readTensor(file, "reference.features", [boxes, features])).data;
  const losses = (await readTensor(file, "reference.losses", [boxes])).data;
  let end = 0;
  return Array.from(counts, (length, picture) => {
    const start = end;
    end += length;
    const ofPicture = (data: Float32Array) => data.slice(picture * features, (picture + 1) * features);
    return {
      features: { data: rows.slice(start * features, end * features), shape: [length, features] },
      own: { mean: ofPicture(mean), spread: ofPicture(spread) },
      losses: [...losses.subarray(start, end)],
      weight: 1,
    };
  });
}
