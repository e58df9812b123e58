import { throwIfCancelled } from "../../errors.ts";
import type { GridMask } from "../image/picture.ts";
import { encodeTexts } from "../inpainters/stable-diffusion/texts.ts";
import { createSampler } from "../nets/sampling/create-sampler.ts";
import { firstEntry } from "../nets/sampling/denoise.ts";
import { sidesOf, type Tensor } from "../nets/tensor.ts";
import { createRandom } from "../random.ts";
import type { Editing, EditorRequest } from "./editor.ts";
import { invert } from "./inversion.ts";
import { type EditorParts, guided, openStreams, type Streams } from "./streams.ts";
import { walk } from "./walk.ts";

/** DiffEdit's settings, as its authors' defaults. */
const maps = 10;
/** Part of the noise schedule at which the predictions are compared. */
const maskStrength = 0.5;
/** Differences count up to so many times their mean; half of that is the mask's edge. */
const clampRatio = 3;
const threshold = 0.5;
/** Part of the noise schedule that the picture is turned into noise over, and painted anew. */
const strength = 0.8;

/** The four texts: what the picture shows and is to show, and what each is guided away from. */
interface Texts {
  readonly negative: Tensor;
  readonly source: Tensor;
  readonly prompt: Tensor;
}

/** Noise of one map of the mask. */
export type MapNoise = (map: number, size: number) => Float32Array;

/**
 * DiffEdit (https://arxiv.org/abs/2210.11427): where what the UNet predicts for prompt and source differs is the mask; the picture is
 * turned into noise for the source, and painted from it for the prompt inside the mask.
 */
export async function beginDiffEdit(
  parts: EditorParts,
  { prompt, source, negative, guidance, seed }: EditorRequest,
  noise: MapNoise = (map, size) => createRandom(seed, `diffedit ${map} ${size}`).gaussians(size),
): Promise<Editing> {
  const [away, shown, wanted] = await encodeTexts(parts, [negative, source, prompt]);
  if (!away || !shown || !wanted) throw new RangeError("Expected three texts, got fewer.");
  const texts: Texts = { negative: away, source: shown, prompt: wanted };
  return {
    async edit(picture, { steps, signal, onStep, onLatents }) {
      throwIfCancelled(signal);
      const streams = await openStreams(parts, picture);
      const sampler = createSampler(parts.scheduler, { steps });
      const start = firstEntry(sampler, steps, strength);
      const taken = sampler.timesteps.length - start;
      const all = maps + 2 * taken;
      let done = 0;
      const tick = () => onStep?.(++done, all);

      // 1. The mask.
      const mask = await maskOf(parts, streams, { texts, guidance, steps, noise, signal, onStep: tick });

      // 2. The picture as noise, for the source.
      const inverted = await invert(parts, streams, {
        ...{ steps, taken, text: texts.source, signal, onStep: tick },
      });
      const byEntry = inverted.toReversed();

      // 3. From there to the prompt; outside the mask the walk of the picture is kept.
      const latents = (byEntry[0] ?? streams.clean.data).slice();
      await walk({
        ...{ sampler, start, latents, signal },
        async predict(input, timestep) {
          const rows = [texts.negative, texts.prompt].map((text) => ({
            ...{ latents: input, text, picture: streams.clean.data },
          }));
          const [from = input, to = input] = await streams.predict(rows, timestep);
          return guided(from, to, guidance);
        },
        onStep(now, index) {
          keepOutside(now, byEntry[index - start] ?? streams.clean.data, mask);
          tick();
          onLatents?.(now);
        },
      });
      return { rgb: await streams.decode(latents), mask };
    },
  };
}

interface MaskOptions {
  readonly texts: Texts;
  readonly guidance: number;
  readonly steps: number;
  readonly noise: MapNoise;
  readonly signal: AbortSignal | undefined;
  readonly onStep: () => void;
}

/** 1 where guided predictions for prompt and source differ by more than half of what they are clamped at, else 0. */
export async function maskOf(
  { scheduler }: Pick<EditorParts, "scheduler">,
  streams: Streams,
  { texts, guidance, steps, noise, signal, onStep }: MaskOptions,
): Promise<GridMask> {
  const sampler = createSampler(scheduler, { steps });
  const entry = firstEntry(sampler, steps, maskStrength);
  const [, channels, height, width] = sidesOf(streams.clean, 4);
  const sums = new Float32Array(height * width);
  const noisy = new Float32Array(streams.clean.data.length);
  const scale = sampler.inputScale(entry);
  for (let map = 0; map < maps; map++) {
    throwIfCancelled(signal);
    sampler.addNoise(streams.clean.data, noise(map, noisy.length), entry, noisy);
    const latents = noisy.map((value) => value * scale);
    const rows = [texts.negative, texts.source, texts.prompt].map((text) => ({
      ...{ latents, text, picture: streams.clean.data },
    }));
    const [away = latents, source = latents, prompt = latents] = await streams.predict(
      rows,
      sampler.timesteps[entry] ?? 0,
    );
    const [forSource, forPrompt] = [guided(away, source, guidance), guided(away, prompt, guidance)];
    for (const [i, value] of forPrompt.entries()) {
      const cell = i % sums.length;
      sums[cell] = (sums[cell] as number) + Math.abs(value - (forSource[i] as number)) / (maps * channels);
    }
    onStep();
  }
  const most = (sums.reduce((sum, value) => sum + value, 0) / sums.length) * clampRatio;
  const data = sums.map((value) => (Math.min(value, most) / most <= threshold ? 0 : 1));
  return { width, height, data };
}

/** Takes `kept` where the mask is 0. */
function keepOutside(latents: Float32Array, kept: Float32Array, { data }: GridMask): void {
  for (let i = 0; i < latents.length; i++) {
    const weight = data[i % data.length] as number;
    latents[i] = weight * (latents[i] as number) + (1 - weight) * (kept[i] as number);
  }
}
