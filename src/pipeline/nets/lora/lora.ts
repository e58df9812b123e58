import { readFile } from "node:fs/promises";
import path from "node:path";
import { EditError } from "../../../errors.ts";
import { required } from "../required.ts";
import {
  type FloatTensor,
  findTensor,
  openSafetensors,
  readNumber,
  type Safetensors,
} from "../safetensors.ts";
import { sizeOf } from "../tensor.ts";
import { firstNamesOf } from "./first-names.ts";
import { type LoraPart, type LoraTarget, readLoraName } from "./names.ts";
import { peftConfig, peftFile, readScaleSources, type ScaleSource } from "./settings.ts";

/**
 * A low-rank change of one weight, https://arxiv.org/abs/2106.09685: `factor` · up · down is added to it. `up` is
 * `[to, rank]`, `down` `[rank, the rest of the weight]`, with sides of 1 left as the file has them.
 */
export interface LowRank {
  /** The `.safetensors` file that both come from, a real path. */
  readonly file: string;
  readonly up: LowRankPart;
  readonly down: LowRankPart;
  readonly rank: number;
  readonly factor: number;
  /** Added to the weight when the network is opened; else two narrow layers run beside the weight's own. */
  readonly isAdded: boolean;
}

/** A tensor with its bytes: they lie outside of the folder that a graph's weights have to lie in. */
export interface LowRankPart extends FloatTensor {
  readonly bytes: Uint8Array;
}

/** What LoRAs change in one network: by the name of the network's own tensor. */
export type WeightChanges = ReadonlyMap<string, readonly LowRank[]>;

/** A LoRA whose names are understood; what it holds stays on disk. */
export interface Lora {
  readonly weights: Safetensors;
  readonly layers: readonly LoraLayer[];
  readonly addAbove: number;
}

export interface LoraOptions {
  /**
   * What would cost more than this share of a layer's products as narrow layers beside it is added to the layer's
   * weights. The default is measured (docs/performance.md): adding costs memory, as ONNX Runtime holds the terms of a
   * sum until it is done with all, and a UNet has most of its weights where narrow layers cost next to nothing.
   */
  readonly addAbove?: number;
}

const defaultAddAbove = 0.15;

interface LoraLayer {
  readonly target: LoraTarget;
  /** The layer's name in the network, with `_` for each dot: kohya's names know no more. */
  readonly name: string;
  readonly up: string;
  readonly down: string;
  readonly rank: number;
  readonly factor: number;
}

/**
 * Opens a LoRA for linear layers and convolutions as diffusers, PEFT and kohya-ss write them. `scale` multiplies it.
 * Each layer is multiplied by its alpha over its rank, as the layer, the file's description or PEFT's configuration says it.
 * @throws EditError `pack-file-missing`, `weights-corrupt`, `pack-invalid`; `network-unsupported` for a tensor that is no
 *   part of a plain LoRA of a UNet or a text encoder, and where two places say different scales; `weights-tensor-missing` and `weights-tensor-shape` for a part that lacks
 *   or does not fit the other one, naming file and tensor.
 */
export async function openLora(
  file: string,
  scale: number,
  { addAbove = defaultAddAbove }: LoraOptions = {},
): Promise<Lora> {
  const weights = await openSafetensors(file);
  const sources = await readScaleSources(file, weights);
  const layers = new Map<string, NamedParts>();
  for (const tensor of weights.tensors.keys()) {
    const { target, layer, part } = readLoraName(tensor, weights.file);
    const name = layer.replaceAll(".", "_");
    const found = layers.get(`${target} ${name}`) ?? { target, layer, name, parts: {} };
    layers.set(`${target} ${name}`, found);
    const before = found.parts[part];
    if (before !== undefined) throw unsupported(weights.file, `one of ${before} and ${tensor}`, "both");
    found.parts[part] = tensor;
  }
  const read = [...layers.values()].map((named) => readLayer(named, { file, weights, sources, scale }));
  return { weights, layers: await Promise.all(read), addAbove };
}

/**
 * Reads what LoRAs change in one network. A LoRA's file has about a tenth of the network's size; it is held in memory
 * as long as what this gives.
 * @throws EditError `network-unsupported` for a layer that the network does not have, `weights-tensor-shape` for one
 *   that is of another shape there, naming file and tensor.
 */
export async function readWeightChanges(
  loras: readonly Lora[],
  target: LoraTarget,
  network: Safetensors,
): Promise<WeightChanges> {
  const tensors = layersOf(network, target);
  const changes = new Map<string, LowRank[]>();
  for (const { weights, layers, addAbove } of loras) {
    const own = layers.filter((layer) => layer.target === target);
    if (own.length === 0) continue;
    const bytes = await readFile(weights.file);
    for (const layer of own) {
      const tensor = tensors.get(withoutRoot(layer.name, target));
      if (tensor === undefined) {
        throw unsupported(weights.file, `layers that ${network.file} has`, `the tensor ${layer.down}`);
      }
      const { shape } = required(network.tensors.get(tensor), `the tensor ${tensor}`);
      const change = lowRankOf(layer, { weights, bytes }, shape);
      const isAdded = shareOf(change, shape) > addAbove;
      changes.set(tensor, [...(changes.get(tensor) ?? []), { ...change, isAdded }]);
    }
  }
  return changes;
}

/** The weights of a network's layers, by all names that LoRAs have for them. */
function layersOf(network: Safetensors, target: LoraTarget): Map<string, string> {
  const weight = ".weight";
  const layers = [...network.tensors.keys()]
    .filter((tensor) => tensor.endsWith(weight))
    .map((tensor) => tensor.slice(0, -weight.length));
  const firstNames = target === "unet" ? firstNamesOf(layers) : new Map<string, string>();
  const named = [...firstNames, ...layers.map((layer) => [layer, layer] as const)];
  return new Map(
    named.map(([layer, name]) => [withoutRoot(name.replaceAll(".", "_"), target), `${layer}${weight}`]),
  );
}

/** Files of newer transformers leave `text_model.` out; LoRAs always have it. */
function withoutRoot(layer: string, target: LoraTarget): string {
  return target === "unet" ? layer : layer.replace(/^text_model_/, "");
}

interface NamedParts {
  readonly target: LoraTarget;
  /** As the file has it. */
  readonly layer: string;
  readonly name: string;
  readonly parts: Partial<Record<LoraPart, string>>;
}

interface ReadOptions {
  /** As it was asked for, links not followed. */
  readonly file: string;
  readonly weights: Safetensors;
  readonly sources: readonly ScaleSource[];
  readonly scale: number;
}

async function readLayer(
  { target, layer, name, parts }: NamedParts,
  { file, weights, sources, scale }: ReadOptions,
): Promise<LoraLayer> {
  const { up, down } = parts;
  if (up === undefined || down === undefined) {
    throw new EditError(
      "weights-tensor-missing",
      `Expected both parts of a low-rank layer in ${weights.file}, got ${up ?? down ?? parts.alpha} alone.`,
    );
  }
  const rank = weights.tensors.get(down)?.shape[0] ?? 0;
  const alpha = parts.alpha === undefined ? null : await readNumber(weights, parts.alpha);
  const own = alpha === null ? [] : [{ where: `${parts.alpha}`, factor: alpha / rank }];
  const others = sources.map((source) => {
    return { where: source.where, factor: source.factorOf({ target, name: layer, rank }) };
  });
  const factor = oneFactor([...own, ...others], { file, down });
  return { target, name, up, down, rank, factor: scale * factor };
}

/** All places that state a factor have to state the same; where none does it is 1, which is what most tools write. */
function oneFactor(
  stated: readonly { readonly where: string; readonly factor: number | null }[],
  { file, down }: { readonly file: string; readonly down: string },
): number {
  const [first, ...others] = stated.flatMap(({ where, factor }) =>
    factor === null ? [] : [{ where, factor }],
  );
  if (first === undefined) {
    if (path.basename(file) !== peftFile) return 1;
    const config = path.join(path.dirname(file), peftConfig);
    throw new EditError(
      "pack-file-missing",
      `Expected ${config}, which says how much of the LoRA is added, got no such file.`,
    );
  }
  const other = others.find(({ factor }) => Math.abs(factor - first.factor) > 1e-6 * Math.abs(factor));
  if (other === undefined) return first.factor;
  throw unsupported(
    file,
    `one scale for ${down}`,
    `${first.factor} by ${first.where} and ${other.factor} by ${other.where}`,
  );
}

function lowRankOf(
  layer: LoraLayer,
  { weights, bytes }: { readonly weights: Safetensors; readonly bytes: Uint8Array },
  shape: readonly number[],
): Omit<LowRank, "isAdded"> {
  const { rank, factor } = layer;
  const shapeOf = (tensor: string) => required(weights.tensors.get(tensor), `the tensor ${tensor}`).shape;
  const [to = 0, ...rest] = shape;
  const [upTo = 0, upRank = 0, ...upKernel] = shapeOf(layer.up);
  const [, ...downRest] = shapeOf(layer.down);
  if (shape.length < 2 || rank < 1 || downRest.length < 1 || !isSame(downRest, rest)) {
    throw wrongShape(weights.file, layer.down, `[rank, ${rest.join(", ")}]`, shapeOf(layer.down));
  }
  if (upTo !== to || upRank !== rank || upKernel.some((side) => side !== 1)) {
    throw wrongShape(weights.file, layer.up, `[${to}, ${rank}]`, shapeOf(layer.up));
  }
  const partOf = (tensor: string): LowRankPart => {
    const found = findTensor(weights, tensor, shapeOf(tensor));
    return { ...found, bytes: bytes.subarray(found.offset, found.offset + found.length) };
  };
  if (!Number.isFinite(factor))
    throw unsupported(weights.file, "a finite alpha", `${factor} for ${layer.down}`);
  return { file: weights.file, up: partOf(layer.up), down: partOf(layer.down), rank, factor };
}

/** Products of the two narrow layers over those of the layer itself. */
function shareOf({ rank }: Pick<LowRank, "rank">, [to = 1, ...rest]: readonly number[]): number {
  const columns = sizeOf(rest);
  return (rank * (to + columns)) / (to * columns);
}

/** A 1×1 convolution and a linear layer are the same; nothing else may differ. */
function isSame(a: readonly number[], b: readonly number[]): boolean {
  const trimmed = ([first, ...kernel]: readonly number[]) =>
    [first, ...(kernel.every((side) => side === 1) ? [] : kernel)].join();
  return trimmed(a) === trimmed(b);
}

function unsupported(file: string, expected: string, got: string): EditError {
  return new EditError("network-unsupported", `Expected ${expected} in ${file}, got ${got}.`);
}

function wrongShape(file: string, tensor: string, expected: string, got: readonly number[]): EditError {
  return new EditError(
    "weights-tensor-shape",
    `Expected tensor ${tensor} of ${file} in the shape ${expected}, got [${got.join(", ")}].`,
  );
}
