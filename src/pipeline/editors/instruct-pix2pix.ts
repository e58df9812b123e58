import { throwIfCancelled } from "../../errors.ts";
import { encodeTexts } from "../inpainters/stable-diffusion/texts.ts";
import { createSampler } from "../nets/sampling/create-sampler.ts";
import { createRandom } from "../random.ts";
import type { Editing, EditorRequest } from "./editor.ts";
import { type EditorParts, openStreams } from "./streams.ts";
import { walk } from "./walk.ts";

/** How much the result is held to the picture, as its authors' default. */
const imageGuidance = 1.5;

/** Noise of an edit: at the start and, where the sampler draws any, at each step. */
export interface EditorNoise {
  start(size: number): Float32Array;
  step(index: number, size: number): Float32Array;
}

export function seededNoise(seed: number): EditorNoise {
  return {
    start: (size) => createRandom(seed, `editor ${size}`).gaussians(size),
    step: (index, size) => createRandom(seed, `editor step ${index} ${size}`).gaussians(size),
  };
}

/**
 * InstructPix2Pix (https://arxiv.org/abs/2211.09800): a UNet of 8 channels is shown the picture's latents, not scaled, and follows an
 * instruction. Three rows a step: with both, with the picture alone, with neither (its equation 3).
 */
export async function beginInstructPix2Pix(
  parts: EditorParts,
  { prompt, negative, guidance, seed }: EditorRequest,
  noise: EditorNoise = seededNoise(seed),
): Promise<Editing> {
  const [instruction, away] = await encodeTexts(parts, [prompt, negative]);
  if (!instruction || !away) throw new RangeError("Expected two texts, got fewer.");
  return {
    async edit(picture, { steps, signal, onStep, onLatents }) {
      throwIfCancelled(signal);
      const streams = await openStreams(parts, picture);
      const sampler = createSampler(parts.scheduler, { steps });
      const seen = streams.clean.data.map((value) => value / parts.autoencoder.scalingFactor);
      const unseen = new Float32Array(seen.length);
      const latents = noise.start(seen.length).map((value) => value * sampler.initNoiseSigma);
      await walk({
        ...{ sampler, latents, signal },
        noise: (index) => noise.step(index, seen.length),
        async predict(input, timestep) {
          const rows = [
            { latents: input, text: instruction, picture: seen },
            { latents: input, text: away, picture: seen },
            { latents: input, text: away, picture: unseen },
          ];
          const [both = input, image = input, neither = input] = await streams.predict(rows, timestep);
          return neither.map((value, i) => {
            const [withBoth, withImage] = [both[i] as number, image[i] as number];
            return value + guidance * (withBoth - withImage) + imageGuidance * (withImage - value);
          });
        },
        onStep(now, index) {
          onStep?.(index + 1, sampler.timesteps.length);
          onLatents?.(now);
        },
      });
      return { rgb: await streams.decode(latents), mask: null };
    },
  };
}
