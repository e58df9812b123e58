import path from "node:path";
import { z } from "zod";
import { beginDiffEdit } from "../pipeline/editors/diffedit.ts";
import type { EditedPicture, EditorPicture } from "../pipeline/editors/editor.ts";
import { beginInstructPix2Pix } from "../pipeline/editors/instruct-pix2pix.ts";
import { invert } from "../pipeline/editors/inversion.ts";
import type { NullStates } from "../pipeline/editors/null-states.ts";
import { beginNullText } from "../pipeline/editors/null-text.ts";
import { type EditorName, openEditor } from "../pipeline/editors/open.ts";
import { type EditorParts, openStreams } from "../pipeline/editors/streams.ts";
import { pixelTensor } from "../pipeline/inpainters/pixels.ts";
import { encodeTexts, loadTextReader } from "../pipeline/inpainters/stable-diffusion/texts.ts";
import { loadAutoencoder } from "../pipeline/nets/autoencoders/autoencoder.ts";
import { required } from "../pipeline/nets/required.ts";
import type { Runtime } from "../pipeline/nets/runtime.ts";
import { readSchedulerConfig, type SchedulerConfig } from "../pipeline/nets/sampling/create-sampler.ts";
import { createDdimInversion } from "../pipeline/nets/sampling/ddim-inversion.ts";
import { type Ids, sidesOf, type Tensor } from "../pipeline/nets/tensor.ts";
import { loadUnet } from "../pipeline/nets/unet/unet.ts";
import type { GoldenCase, Outputs } from "./case.ts";
import { stacked } from "./stacked.ts";

const paramsSchema = z.object({
  prompt: z.string(),
  source: z.string().default(""),
  negative_prompt: z.string(),
  guidance_scale: z.number(),
  num_inference_steps: z.int(),
});

/** InstructPix2Pix with recorded noise: latents after each step, and the picture. */
export async function computeInstructPix2Pix(golden: GoldenCase, runtime: Runtime): Promise<Outputs> {
  return await withParts(golden, runtime, async (parts) => {
    const { request, steps } = requestOf(golden);
    const start = await golden.floatInput("noise");
    const drawn = await golden.floatInput("step_noise");
    const editing = await beginInstructPix2Pix(parts, request, {
      start: () => start.data.slice(),
      step: (index, size) => drawn.data.subarray(index * size, (index + 1) * size),
    });
    const picture = await pictureInput(golden);
    const latents: Tensor[] = [];
    const onLatents = (now: Float32Array) => latents.push({ data: now.slice(), shape: [1, ...start.shape] });
    const { rgb } = await editing.edit(picture, { steps, onLatents });
    return new Map([
      ["latents", stacked(latents)],
      ["image", unitPicture(rgb, picture)],
    ]);
  });
}

/** DiffEdit with recorded noise for its mask: mask, inversion, latents after each step, and the picture. */
export async function computeDiffEdit(golden: GoldenCase, runtime: Runtime): Promise<Outputs> {
  return await withParts(golden, runtime, async (parts) => {
    const { request, steps } = requestOf(golden);
    const maps = await golden.floatInput("map_noise");
    const noise = (map: number, size: number) => maps.data.subarray(map * size, (map + 1) * size);
    const { picture, walked, asRow, asBatch } = await invertedInput(golden, parts, Math.floor(steps * 0.8));
    const latents: Tensor[] = [];
    const onLatents = (now: Float32Array) => latents.push(asBatch(now));
    const editing = await beginDiffEdit(parts, request, noise);
    const { rgb, mask } = await editing.edit(picture, { steps, onLatents });
    const cells = required(mask, "the mask of DiffEdit");
    return new Map([
      ["mask", { data: cells.data, shape: [1, cells.height, cells.width] }],
      ["inverted", stacked(walked.map(asRow))],
      ["latents", stacked(latents)],
      ["image", unitPicture(rgb, picture)],
    ]);
  });
}

/** Null-text inversion: the inversion, what was learned at each step, latents after each step of the edit, and the picture. */
export async function computeNullText(golden: GoldenCase, runtime: Runtime): Promise<Outputs> {
  return await withParts(golden, runtime, async (parts) => {
    const { request, steps } = requestOf(golden);
    const { picture, walked, asRow, asBatch } = await invertedInput(golden, parts);
    let learned: readonly NullStates[] = [];
    const editing = await beginNullText(parts, request, { onLearned: (states) => (learned = states) });
    const latents: Tensor[] = [];
    const onLatents = (now: Float32Array) => latents.push(asBatch(now));
    const { rgb } = await editing.edit(picture, { steps, onLatents });
    const updates = BigInt64Array.from(learned, ({ updates }) => BigInt(updates));
    return new Map<string, Tensor | Ids>([
      ["inverted", stacked(walked.map(asRow))],
      ["states", stacked(learned.map(({ states }) => states))],
      ["updates", { data: updates, shape: [steps] }],
      ["latents", stacked(latents)],
      ["image", unitPicture(rgb, picture)],
    ]);
  });
}

/** Methods whose target reads another stream of the batch: the inversion that they share, latents after each step, a picture. */
export async function computeStreams(golden: GoldenCase, runtime: Runtime): Promise<Outputs> {
  return await withParts(golden, runtime, async (parts) => {
    const { request, steps } = requestOf(golden);
    const { picture, walked, asBatch } = await invertedInput(golden, parts);

    async function edited(name: EditorName): Promise<EditedPicture & { readonly latents: Tensor }> {
      await using editor = openEditor(name, parts, { side: picture.width });
      const latents: Tensor[] = [];
      const onLatents = (now: Float32Array) => latents.push(asBatch(now));
      const editing = await editor.begin(request);
      const result = await editing.edit(picture, { steps, onLatents });
      return { ...result, latents: stacked(latents) };
    }

    const masactrl = await edited("masactrl");
    return new Map([
      ["inverted", stacked(walked.map(asBatch))],
      ["masactrl", masactrl.latents],
      ["masactrl_image", unitPicture(masactrl.rgb, picture)],
      ["masactrl_mask", (await edited("masactrl-mask")).latents],
      ["plug_and_play", (await edited("plug-and-play")).latents],
    ]);
  });
}

/** The case's picture and, for its source, its latents at each of `taken` steps to noise; all steps by default. */
async function invertedInput(golden: GoldenCase, parts: EditorParts, taken?: number) {
  const { request, steps } = requestOf(golden);
  const picture = await pictureInput(golden);
  const streams = await openStreams(parts, picture);
  const [text] = await encodeTexts(parts, [request.source]);
  const options = { steps, text: required(text, "a text"), ...(taken !== undefined && { taken }) };
  const walked = await invert(parts, streams, options);
  const [, ...shape] = sidesOf(streams.clean, 4);
  const asRow = (data: Float32Array): Tensor => ({ data: data.slice(), shape: [1, ...shape] });
  /** A batch of one: of a step, as whoever stacks steps has them. */
  const asBatch = (data: Float32Array): Tensor => ({ data: data.slice(), shape: [1, 1, ...shape] });
  return { picture, walked, asRow, asBatch };
}

/** Walks the inverse of DDIM along recorded model outputs. */
export async function computeDdimInversion(golden: GoldenCase): Promise<Outputs> {
  const outputs: Outputs = new Map();
  for (const [name, config] of Object.entries(golden.params)) {
    const start = await golden.floatInput(`${name}.sample`);
    const { data, shape } = await golden.floatInput(`${name}.model_outputs`);
    const steps = shape[0] ?? 0;
    const inversion = createDdimInversion(config as SchedulerConfig, { steps });
    const sample = start.data.slice();
    const size = sample.length;
    const walked = inversion.timesteps.map((_, index) => {
      inversion.step(index, data.subarray(index * size, (index + 1) * size), sample);
      return { data: sample.slice(), shape: [1, ...start.shape] };
    });
    outputs.set(`${name}.samples`, stacked(walked));
    const timesteps = BigInt64Array.from(inversion.timesteps, BigInt);
    outputs.set(`${name}.timesteps`, { data: timesteps, shape: [steps] });
  }
  return outputs;
}

async function withParts(
  golden: GoldenCase,
  runtime: Runtime,
  use: (parts: EditorParts) => Promise<Outputs>,
): Promise<Outputs> {
  const at = (folder: string) => path.join(golden.folder, "model", folder);
  const folders = { textEncoder: at("text_encoder"), tokenizer: at("tokenizer"), second: null };
  await using texts = await loadTextReader({ ...folders, runtime });
  await using unet = await loadUnet({ folder: at("unet"), runtime });
  await using autoencoder = await loadAutoencoder({ folder: at("vae"), runtime });
  const scheduler = await readSchedulerConfig(path.join(at("scheduler"), "scheduler_config.json"));
  return await use({ texts, unet, autoencoder, scheduler });
}

function requestOf(golden: GoldenCase) {
  const params = paramsSchema.parse(golden.params);
  const { prompt, source, negative_prompt: negative, guidance_scale: guidance } = params;
  return { request: { prompt, source, negative, guidance, seed: 0 }, steps: params.num_inference_steps };
}

/** `image` `[1, 3, h, w]` in 0..1 as bytes. */
async function pictureInput(golden: GoldenCase): Promise<EditorPicture> {
  const { data, shape } = await golden.floatInput("image");
  const [, , height = 0, width = 0] = shape;
  const area = height * width;
  const rgb = Uint8Array.from({ length: 3 * area }, (_, i) =>
    Math.round(255 * (data[(i % 3) * area + Math.floor(i / 3)] ?? 0)),
  );
  return { width, height, rgb };
}

/** Bytes as `[1, 3, h, w]` in 0..1. */
function unitPicture(rgb: Uint8Array, size: { readonly width: number; readonly height: number }): Tensor {
  const { data, shape } = pixelTensor([rgb], size, 1);
  return { data: data.map((value) => value / 2 + 0.5), shape };
}
