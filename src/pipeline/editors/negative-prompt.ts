import { throwIfCancelled } from "../../errors.ts";
import { encodeTexts } from "../inpainters/stable-diffusion/texts.ts";
import { createSampler } from "../nets/sampling/create-sampler.ts";
import type { Editing, EditorRequest } from "./editor.ts";
import { invert } from "./inversion.ts";
import { type EditorParts, guided, openStreams } from "./streams.ts";
import { walk } from "./walk.ts";

/**
 * Negative-prompt inversion (https://arxiv.org/abs/2305.16807): the picture is turned into noise for the source, and painted from it for
 * the prompt, with the source in the place of the empty prompt: where both say the same, the picture comes back.
 */
export async function beginNegativePrompt(
  parts: EditorParts,
  { prompt, source, guidance }: EditorRequest,
): Promise<Editing> {
  const [shown, wanted] = await encodeTexts(parts, [source, prompt]);
  if (!shown || !wanted) throw new RangeError("Expected two texts, got fewer.");
  return {
    async edit(picture, { steps, signal, onStep, onLatents }) {
      throwIfCancelled(signal);
      const streams = await openStreams(parts, picture);
      const sampler = createSampler(parts.scheduler, { steps });
      const all = steps + sampler.timesteps.length;
      let done = 0;
      const tick = () => onStep?.(++done, all);
      const inverted = await invert(parts, streams, { steps, text: shown, signal, onStep: tick });
      const latents = (inverted.at(-1) ?? streams.clean.data).slice();
      await walk({
        ...{ sampler, latents, signal },
        async predict(input, timestep) {
          const rows = [shown, wanted].map((text) => ({
            ...{ latents: input, text, picture: streams.clean.data },
          }));
          const [from = input, to = input] = await streams.predict(rows, timestep);
          return guided(from, to, guidance);
        },
        onStep(now) {
          tick();
          onLatents?.(now);
        },
      });
      return { rgb: await streams.decode(latents), mask: null };
    },
  };
}
