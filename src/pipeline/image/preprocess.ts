import path from "node:path";
import { z } from "zod";
import { EditError } from "../../errors.ts";
import { readTextFile, withoutNulls } from "../../packs/text-file.ts";
import type { Box } from "../../types.ts";
import type { Tensor } from "../nets/tensor.ts";
import type { Size } from "./framing.ts";
import type { Retouched, Rgb } from "./picture.ts";
import { createResampler, type Kernel, resample } from "./resample.ts";

/** What a network's `preprocessor_config.json` asks for. */
export interface Preprocessor {
  /** A number is the length of the shortest edge, the other edge following; a size is taken as it is. */
  readonly resize: number | Size;
  readonly kernel: Kernel;
  /** The middle that is cut out after resizing; `null` keeps all. */
  readonly crop: Size | null;
  /** Bytes are multiplied by it first; 1/255 as a rule. */
  readonly rescale: number;
  /** By channel. */
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
}

/** Normalised pixels of one picture, a batch of one. */
export interface PixelValues extends Tensor {
  readonly shape: readonly [batch: 1, channels: 3, height: number, width: number];
}

/**
 * Reads `preprocessor_config.json` from a network's folder, or the `image_processor` of the `processor_config.json` that
 * transformers 5 writes for CLIP.
 * @throws EditError `pack-file-missing`, `pack-invalid`.
 */
export async function loadPreprocessor(folder: string): Promise<Preprocessor> {
  const file = path.join(folder, "preprocessor_config.json");
  const text = await readTextFile(file).catch(() => null);
  if (text !== null) return parsePreprocessor(parseJson(text, file), file);
  const whole = path.join(folder, "processor_config.json");
  const wholeText = await readTextFile(whole).catch((cause: unknown) => {
    throw new EditError(
      "pack-file-missing",
      `Expected the image processor ${file} or ${whole}, got neither file.`,
      { cause },
    );
  });
  const parsed = processorSchema.safeParse(parseJson(wholeText, whole));
  if (parsed.success) return parsePreprocessor(parsed.data.image_processor, whole);
  throw new EditError("pack-invalid", `Expected image_processor in ${whole}, got none.`);
}

const processorSchema = z.object({ image_processor: z.record(z.string(), z.unknown()) });

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new EditError("pack-invalid", `Expected ${file} to be JSON, got ${cause}.`, { cause });
  }
}

/**
 * Reads the contents of a `preprocessor_config.json` of transformers' CLIP and ViT image processors, old and new. A key
 * that is `null` was not said.
 * @throws EditError `pack-invalid`, with `file` in the message.
 */
export function parsePreprocessor(json: unknown, file: string): Preprocessor {
  const said = z.looseObject({}).safeParse(withoutNulls(json)).data ?? {};
  const type = String(said.image_processor_type ?? said.feature_extractor_type ?? "");
  const isClip = type.startsWith("CLIP");
  const unsaid = isClip ? clipDefaults : type.startsWith("ViT") ? vitDefaults : {};
  const parsed = configSchema.safeParse({ ...unsaid, ...said });
  if (!parsed.success) {
    const problem = z.prettifyError(parsed.error).replaceAll("\n", " ");
    throw new EditError("pack-invalid", `Expected ${file} to describe an image processor, got ${problem}.`);
  }
  const config = parsed.data;
  const cropped = config.do_center_crop ?? isClip;
  return {
    resize: resizeOf(config.size, isClip),
    kernel: kernelsByPillow[config.resample ?? (isClip ? 3 : 2)],
    crop: cropped ? squareOr(config.crop_size ?? 224) : null,
    rescale: config.rescale_factor,
    mean: config.image_mean,
    std: config.image_std,
  };
}

const side = z.int().min(1).max(4096);
const sides = z.object({ height: side, width: side });
const channels = z.tuple([z.number(), z.number(), z.number()]);

/** What transformers' own processors take for what is not said; of others nothing is known. */
const clipDefaults = {
  size: { shortest_edge: 224 },
  image_mean: [0.48145466, 0.4578275, 0.40821073],
  image_std: [0.26862954, 0.26130258, 0.27577711],
};
const vitDefaults = { size: 224, image_mean: [0.5, 0.5, 0.5], image_std: [0.5, 0.5, 0.5] };

const configSchema = z.object({
  do_resize: z.literal(true).default(true),
  do_normalize: z.literal(true).default(true),
  do_rescale: z.literal(true).default(true),
  size: z.union([side, z.object({ shortest_edge: side }), sides]),
  do_center_crop: z.boolean().optional(),
  crop_size: z.union([side, sides]).optional(),
  resample: z.union([z.literal(1), z.literal(2), z.literal(3)]).optional(),
  rescale_factor: z
    .number()
    .positive()
    .default(1 / 255),
  image_mean: channels,
  image_std: channels,
});

/** Pillow's numbers for its filters. */
const kernelsByPillow = { 1: "lanczos", 2: "linear", 3: "cubic" } as const;

function resizeOf(size: z.infer<typeof configSchema>["size"], isClip: boolean): number | Size {
  if (typeof size === "number") return isClip ? size : squareOr(size);
  return "shortest_edge" in size ? size.shortest_edge : size;
}

function squareOr(size: number | Size): Size {
  return typeof size === "number" ? { width: size, height: size } : size;
}

/** The size that `preprocessor` resizes a picture to, before any crop. */
export function resizedSize(picture: Size, preprocessor: Preprocessor): Size {
  const { resize } = preprocessor;
  if (typeof resize !== "number") return resize;
  const short = Math.min(picture.width, picture.height);
  const long = Math.max(picture.width, picture.height);
  const other = Math.trunc((resize * long) / short);
  return picture.width <= picture.height
    ? { width: resize, height: other }
    : { width: other, height: resize };
}

/** The picture at the size that `preprocessor` resizes it to, before any crop. */
export function resized(picture: Rgb, preprocessor: Preprocessor): Rgb {
  const { width, height } = resizedSize(picture, preprocessor);
  return { width, height, rgb: resample(picture, width, height, preprocessor.kernel) };
}

/** What transformers' image processor gives for a picture: resized, its middle cut out, normalised. */
export function preprocess(picture: Rgb, preprocessor: Preprocessor): PixelValues {
  const whole = resized(picture, preprocessor);
  const cut = preprocessor.crop === null ? whole : centreOf(whole, preprocessor.crop);
  return normalised(cut, preprocessor);
}

function centreOf(picture: Rgb, crop: Size): Rgb {
  const left = Math.floor((picture.width - crop.width) / 2);
  const top = Math.floor((picture.height - crop.height) / 2);
  if (left < 0 || top < 0) {
    throw new EditError(
      "pack-invalid",
      `Expected a crop inside ${picture.width} x ${picture.height}, got ${crop.width} x ${crop.height}.`,
    );
  }
  const rgb = new Uint8Array(crop.width * crop.height * 3);
  for (let row = 0; row < crop.height; row++) {
    const from = ((top + row) * picture.width + left) * 3;
    rgb.set(picture.rgb.subarray(from, from + crop.width * 3), row * crop.width * 3);
  }
  return { width: crop.width, height: crop.height, rgb };
}

/**
 * Shows whole pictures to CLIP, squashed to `side` by `side`, into `out` `[3, side, side]`. Nothing is cropped, because an edit
 * near the edge of a wide picture must count like one in its middle. Of a retouched picture only the box is looked at
 * anew; what its original gave is remembered until another original comes.
 */
export function createClipViewer(
  side: number,
  preprocessor: Preprocessor,
): (picture: Rgb | Retouched, out: Float32Array) => void {
  const tables = valueTables(preprocessor);
  const whole = { left: 0, top: 0, width: side, height: side };
  const see = (picture: Rgb) => {
    const resampler = createResampler(picture, side, side, preprocessor.kernel);
    const data = new Float32Array(3 * side * side);
    normalise(resampler.whole, side, whole, tables, data);
    return { picture, resampler, data };
  };
  let remembered: ReturnType<typeof see> | null = null;

  return (picture, out) => {
    if (!("original" in picture)) return out.set(see(picture).data);
    if (remembered?.picture !== picture.original) remembered = see(picture.original);
    const { rgb, changed } = remembered.resampler.ofCopy(picture, picture.box);
    out.set(remembered.data);
    normalise(rgb, side, changed, tables, out);
  };
}

/** A picture is shown to the ViT at most this many times as long as it is short. */
const longestAspect = 3;

export interface VitPixelsOptions extends Preprocessor {
  /** The length that the picture's short side comes to, in pixels. */
  readonly shortSide: number;
  /** Side of the network's patches, in pixels. */
  readonly patch: number;
}

/**
 * The picture as the ViT sees it, aspect kept: the short side at `shortSide`, both sides rounded to the patch. A
 * picture longer than 3:1 is squashed to it, so a patch still stands for the same share of the picture everywhere.
 */
export function vitPixels(picture: Rgb, options: VitPixelsOptions): PixelValues {
  const { width, height } = vitSize(picture, options);
  const rgb = resample(picture, width, height, options.kernel);
  return normalised({ width, height, rgb }, options);
}

/** The size of `vitPixels`. */
export function vitSize(
  picture: Size,
  { shortSide, patch }: Pick<VitPixelsOptions, "shortSide" | "patch">,
): Size {
  const short = Math.max(1, Math.round(shortSide / patch)) * patch;
  const scale = shortSide / Math.min(picture.width, picture.height);
  const along = (length: number) =>
    Math.min(longestAspect * short, Math.max(short, Math.round((length * scale) / patch) * patch));
  return { width: along(picture.width), height: along(picture.height) };
}

/** Bytes to `(byte * rescale - mean) / std`, planar. */
function normalised({ width, height, rgb }: Rgb, preprocessor: Preprocessor): PixelValues {
  const data = new Float32Array(3 * width * height);
  normalise(rgb, width, { left: 0, top: 0, width, height }, valueTables(preprocessor), data);
  return { data, shape: [1, 3, height, width] };
}

/** The same for a part of the picture, `width` pixels a line, written in its place. */
function normalise(
  rgb: Uint8Array,
  width: number,
  area: Box,
  tables: readonly Float32Array[],
  data: Float32Array,
): void {
  const plane = data.length / 3;
  for (const [channel, values] of tables.entries()) {
    for (let row = area.top; row < area.top + area.height; row++) {
      let pixel = row * width + area.left;
      for (const end = pixel + area.width; pixel < end; pixel++) {
        data[channel * plane + pixel] = values[rgb[pixel * 3 + channel] as number] as number;
      }
    }
  }
}

/** The value of each byte, by channel. */
function valueTables({ rescale, mean, std }: Preprocessor): Float32Array[] {
  return ([0, 1, 2] as const).map((channel) => valuesOf(rescale, mean[channel], std[channel]));
}

/** The value of each byte, rounded to float32 where the reference implementation rounds. */
function valuesOf(rescale: number, mean: number, std: number): Float32Array {
  const float = Math.fround;
  return Float32Array.from(
    { length: 256 },
    (_, byte) => float(float(byte * rescale) - float(mean)) / float(std),
  );
}
