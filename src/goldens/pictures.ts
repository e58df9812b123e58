import path from "node:path";
import { z } from "zod";
import type { Rgb } from "../pipeline/image/picture.ts";
import { loadPreprocessor, type Preprocessor, preprocess, resized } from "../pipeline/image/preprocess.ts";
import type { Tensor } from "../pipeline/nets/tensor.ts";
import { roiAlign, roiMaxPool } from "../pipeline/regions/roi-pool.ts";
import type { GoldenCase, Outputs } from "./case.ts";
import { type Check, resizerRule } from "./compare.ts";

const preprocessingParamsSchema = z.object({
  /** Side that the small pictures come to, in pixels. */
  small: z.int().min(1),
});

/** CLIP's and DINO's preprocessing of one picture, at their own sizes and shrunk to a small one. */
export async function computePreprocessing(golden: GoldenCase): Promise<Outputs> {
  const { small } = preprocessingParamsSchema.parse(golden.params);
  const picture = await pictureOf(golden);
  const clip = await loadPreprocessor(path.join(golden.folder, "clip"));
  const vit = await loadPreprocessor(path.join(golden.folder, "dino"));
  const square = { width: small, height: small };
  const outputs: Outputs = new Map([
    ...sampledPixels(golden, "clip", picture, clip),
    ...sampledPixels(golden, "clip_small", picture, { ...clip, resize: small, crop: square }),
    ...sampledPixels(golden, "vit", picture, vit),
    ...sampledPixels(golden, "vit_small", picture, { ...vit, resize: square }),
  ]);
  for (const [name, preprocessor] of [["clip", clip] as const, ["vit", vit] as const]) {
    const whole = resized(picture, preprocessor);
    const size = BigInt64Array.of(BigInt(whole.height), BigInt(whole.width));
    outputs.set(`${name}.resized_size`, { data: size, shape: [2] });
    const corner = golden.rules.get(`${name}.resized_corner`)?.shape ?? [];
    outputs.set(`${name}.resized_corner`, cornerOf(whole, corner[0] ?? 0, corner[1] ?? 0));
  }
  return outputs;
}

/** Pictures of another resizer than Pillow's are held to the mean difference that the cases allow them. */
export function lenientPixels(output: string, actual: Tensor, recorded: Tensor): Check {
  return resizerRule(output.endsWith("resized_corner") ? 2 : 0.03, output, actual, recorded);
}

const roiParamsSchema = z.object({
  l: z.int().min(1),
  spatial_scale: z.number().positive(),
  sampling_ratio: z.int().min(1),
});

/** RoI max-pooling and RoIAlign of every box. */
export async function computeRoiPooling(golden: GoldenCase): Promise<Outputs> {
  const { l, spatial_scale, sampling_ratio } = roiParamsSchema.parse(golden.params);
  const batch = await golden.floatInput("features");
  const features = { data: batch.data, shape: batch.shape.slice(1) };
  const { data, shape } = await golden.floatInput("boxes");
  const boxes = Array.from({ length: shape[0] ?? 0 }, (_, row) => [...data.subarray(4 * row, 4 * row + 4)]);
  return new Map([
    ["max_pool", roiMaxPool(features, boxes, spatial_scale, l)],
    ["align", roiAlign(features, boxes, spatial_scale, l, sampling_ratio)],
  ]);
}

async function pictureOf(golden: GoldenCase): Promise<Rgb> {
  const { data, shape } = await golden.floatInput("image");
  return { width: shape[1] ?? 0, height: shape[0] ?? 0, rgb: Uint8Array.from(data) };
}

/** A name that ends in `_s8` has every eighth row and column, one without has all. */
function sampledPixels(
  golden: GoldenCase,
  prefix: string,
  picture: Rgb,
  preprocessor: Preprocessor,
): [string, Tensor][] {
  const outputs = [...golden.rules.keys()].filter((name) => name.startsWith(`${prefix}.pixel_values`));
  const pixels = outputs.length > 0 ? preprocess(picture, preprocessor) : null;
  return outputs.flatMap((name) => {
    const stride = Number(/_s(\d+)$/.exec(name)?.[1] ?? 1);
    return pixels ? [[name, everyNth(pixels, stride)] as [string, Tensor]] : [];
  });
}

/** `[3, rows, columns]` of a batch of one. */
function everyNth({ data, shape }: Tensor, stride: number): Tensor {
  const [, channels = 0, height = 0, width = 0] = shape;
  const rows = Math.ceil(height / stride);
  const columns = Math.ceil(width / stride);
  const picked = new Float32Array(channels * rows * columns);
  let written = 0;
  for (let channel = 0; channel < channels; channel++) {
    for (let row = 0; row < height; row += stride) {
      for (let column = 0; column < width; column += stride) {
        picked[written++] = data[(channel * height + row) * width + column] ?? 0;
      }
    }
  }
  return { data: picked, shape: [channels, rows, columns] };
}

/** The upper left `[height, width, 3]`. */
function cornerOf(picture: Rgb, height: number, width: number): Tensor {
  const data = new Float32Array(height * width * 3);
  for (let row = 0; row < height; row++) {
    const start = row * picture.width * 3;
    data.set(picture.rgb.subarray(start, start + width * 3), row * width * 3);
  }
  return { data, shape: [height, width, 3] };
}
