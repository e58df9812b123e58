import { encodeTexts } from "../inpainters/stable-diffusion/texts.ts";
import type { Editing, EditorRequest } from "./editor.ts";
import { paintFromNoise } from "./from-noise.ts";
import { type EditorParts, guided } from "./streams.ts";

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
    edit: (picture, options) =>
      paintFromNoise(parts, picture, {
        ...{ ...options, shown },
        async predict(streams, { input, timestep }) {
          const rows = [shown, wanted].map((text) => ({
            ...{ latents: input, text, picture: streams.clean.data },
          }));
          const [from = input, to = input] = await streams.predict(rows, timestep);
          return guided(from, to, guidance);
        },
      }),
  };
}
