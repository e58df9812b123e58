import path from "node:path";
import { z } from "zod";
import { latentMask, maskPixels } from "../pipeline/inpainters/pixels.ts";
import { decodeLatents, encodeLatents } from "../pipeline/inpainters/stable-diffusion/latents.ts";
import { encodePrompts } from "../pipeline/inpainters/stable-diffusion/stable-diffusion.ts";
import { loadTextReader } from "../pipeline/inpainters/stable-diffusion/texts.ts";
import { loadAutoencoder } from "../pipeline/nets/autoencoders/autoencoder.ts";
import { type Lora, openLora } from "../pipeline/nets/lora/lora.ts";
import type { Runtime } from "../pipeline/nets/runtime.ts";
import { createSampler, readSchedulerConfig } from "../pipeline/nets/sampling/create-sampler.ts";
import { type DenoiseOptions, denoise, firstStep } from "../pipeline/nets/sampling/denoise.ts";
import type { Tensor } from "../pipeline/nets/tensor.ts";
import { loadTokenizer } from "../pipeline/nets/tokenizer.ts";
import { loadUnet } from "../pipeline/nets/unet/unet.ts";
import type { GoldenCase, Outputs } from "./case.ts";
import { stacked } from "./stacked.ts";

const paramsSchema = z.object({
  prompt: z.string(),
  negative_prompt: z.string(),
  guidance_scale: z.number(),
  num_inference_steps: z.int(),
  eta: z.number().default(0),
  /** Strength by the name of the run. */
  runs: z.record(z.string(), z.number()),
  /** Files of `model/` whose weights are added. */
  loras: z.array(z.object({ file: z.string(), scale: z.number() })).default([]),
});

/** Of the text encoders. */
const positions = 77;

/** Paints the recorded picture through the inpainter's own loop, with recorded noise in place of drawn noise. */
export async function computePipeline(golden: GoldenCase, runtime: Runtime): Promise<Outputs> {
  const params = paramsSchema.parse(golden.params);
  // diffusers guides above 1 alone.
  const guidance = Math.max(params.guidance_scale, 1);
  const at = (folder: string) => path.join(golden.folder, "model", folder);
  const loras: Lora[] = [];
  for (const { file, scale } of params.loras) loras.push(await openLora(at(file), scale));
  const scheduler = await readSchedulerConfig(path.join(at("scheduler"), "scheduler_config.json"));
  const own = { textEncoder: at("text_encoder"), tokenizer: at("tokenizer") };
  const second = { textEncoder: at("text_encoder_2"), tokenizer: at("tokenizer_2") };
  const isXl = golden.name.startsWith("pipeline-sdxl");
  await using texts = await loadTextReader({ ...own, second: isXl ? second : null, runtime, loras });
  await using unet = await loadUnet({ folder: at("unet"), runtime, loras });
  await using autoencoder = await loadAutoencoder({ folder: at("vae"), runtime });
  const outputs: Outputs = new Map();

  const prompts = { prompt: params.prompt, negative: params.negative_prompt, guidance };
  const tokenizer = await loadTokenizer(own.tokenizer);
  outputs.set("input_ids", tokenizer.encode([prompts.negative, prompts.prompt], positions).ids);
  if (isXl) {
    const other = await loadTokenizer(second.tokenizer);
    outputs.set("input_ids_2", other.encode([prompts.negative, prompts.prompt], positions).ids);
  }
  const text = await encodePrompts({ texts, unet }, prompts);
  const told = text.negative ? [text.negative, text.prompt] : [text.prompt];
  outputs.set("prompt_embeds", stacked(told.map(({ states }) => states)));
  const pooled = told.flatMap((one) => (one.pooled ? [one.pooled] : []));
  if (pooled.length > 0) outputs.set("pooled_prompt_embeds", stacked(pooled));

  const unit = await golden.floatInput("image");
  const image = { data: unit.data.map((value) => 2 * value - 1), shape: unit.shape };
  const mask = await golden.floatInput("mask");
  const noiseOf = async (name: string) => (await golden.floatInput(name)).data;
  const known = {
    mask: latentMask(mask, autoencoder.factor),
    masked: await encodeLatents(autoencoder, maskPixels(image, mask), await noiseOf("vae_noise_masked")),
    image: await encodeLatents(autoencoder, image, await noiseOf("vae_noise_image")),
  };
  outputs.set("mask_latent", known.mask);
  outputs.set("masked_image_latents", known.masked);
  outputs.set("image_latents", known.image);

  const noise = await golden.floatInput("noise");
  for (const [run, strength] of Object.entries(params.runs)) {
    const steps = params.num_inference_steps;
    const sampler = createSampler(scheduler, { steps, eta: params.eta });
    const start = firstStep(steps, strength);
    const stepNoises = golden.inputNames.includes(`${run}.step_noise`)
      ? await golden.floatInput(`${run}.step_noise`)
      : null;
    const size = noise.data.length;
    const stepNoise = (index: number) =>
      stepNoises?.data.subarray((index - start) * size, (index - start + 1) * size) ?? new Float32Array(size);
    outputs.set(`${run}.timesteps`, wholeNumbers(sampler.timesteps.slice(start)));
    const clean = await recordedWalk(
      { unet, sampler, guidance, text, factor: autoencoder.factor, known, start, noise, stepNoise },
      (name, value) => outputs.set(`${run}.${name}`, value),
    );
    const decoded = await decodeLatents(autoencoder, clean);
    outputs.set(`${run}.decoded`, decoded);
    const inUnit = decoded.data.map((value) => Math.min(Math.max(value / 2 + 0.5, 0), 1));
    outputs.set(`${run}.image`, { data: inUnit, shape: decoded.shape });
  }
  return outputs;
}

/** `denoise`, with the latents and predictions of every step put down. */
async function recordedWalk(
  options: DenoiseOptions,
  record: (name: string, value: Tensor) => void,
): Promise<Tensor> {
  const latentSteps: Tensor[] = [];
  const predictions: Tensor[] = [];
  const [count = 0, , height = 0, width = 0] = options.known.mask.shape;
  const shape = [count, options.noise.shape[1] ?? 0, height, width];
  const clean = await denoise({
    ...options,
    onStep(latents, prediction) {
      const copy = { data: latents.slice(), shape };
      if (prediction === null) {
        record("start_latents", copy);
        return;
      }
      latentSteps.push({ ...copy, shape: [1, ...shape] });
      predictions.push({ data: prediction.slice(), shape: [1, ...shape] });
    },
  });
  record("latents", stacked(latentSteps));
  record("noise_pred", stacked(predictions));
  return clean;
}

function wholeNumbers(values: readonly number[]) {
  return { data: BigInt64Array.from(values, (value) => BigInt(Math.trunc(value))), shape: [values.length] };
}
