import { encodeTexts } from "../inpainters/stable-diffusion/texts.ts";
import type { TapPlan } from "../nets/graph/taps.ts";
import type { UnetPlaces } from "../nets/unet/places.ts";
import type { Editing, EditorRequest } from "./editor.ts";
import { paintFromNoise } from "./from-noise.ts";
import { type EditorParts, guided, rowNumbers } from "./streams.ts";

/** Shares of the steps, from the noisy end, in which features and attention are the picture's: its authors' defaults. */
const featureShare = 0.8;
const attentionShare = 0.5;

/**
 * Plug-and-Play diffusion features (https://arxiv.org/abs/2211.12572): the picture is turned into noise for the source, and painted from
 * it for the prompt, with features of one residual block and the queries and keys of self-attentions those of the picture's own walk.
 */
export async function beginPlugAndPlay(
  parts: EditorParts,
  { prompt, source, negative, guidance }: EditorRequest,
): Promise<Editing> {
  const [shown, away, wanted] = await encodeTexts(parts, [source, negative, prompt]);
  if (!shown || !away || !wanted) throw new RangeError("Expected three texts, got fewer.");
  const tapped = parts.unet.tapped(injectionPlan(parts.unet.places));
  return {
    edit: (picture, options) =>
      paintFromNoise(parts, picture, {
        ...{ ...options, shown, sampler: "ddim" },
        // The picture's own walk goes along as long as anything is taken from it.
        async predict(streams, { input, walked, timestep, index }) {
          const target = [away, wanted].map((text) => ({ latents: input, text }));
          if (index >= Math.floor(options.steps * featureShare)) {
            const [from = input, to = input] = await streams.predict(target, timestep);
            return guided(from, to, guidance);
          }
          const takesAttention = index < Math.floor(options.steps * attentionShare);
          const given = {
            featuresFrom: rowNumbers([0, 0, 0]),
            attentionFrom: rowNumbers(takesAttention ? [0, 0, 0] : [0, 1, 2]),
          };
          const [, from = input, to = input] = await streams.predict(
            [{ latents: walked, text: shown }, ...target],
            timestep,
            async (inputs) => (await tapped.run(inputs, given)).prediction,
          );
          return guided(from, to, guidance);
        },
      }),
  };
}

/**
 * The second residual block of the way up's first block that attends, and self-attentions from there on: blocks 4 to 11 of Stable
 * Diffusion's decoder.
 */
function injectionPlan({ attentions, residuals }: UnetPlaces): TapPlan {
  const up = attentions.filter(({ way }) => way === "up");
  const [first = 0] = up.map(({ block }) => block);
  const block = residuals.filter((place) => place.way === "up" && place.block === first && place.layer === 1);
  const chosen = up.filter((place) => place.block > first || place.layer > 0);
  return {
    rows: {
      featuresFrom: block.map(({ features }) => features),
      attentionFrom: chosen.flatMap(({ self }) => [`${self}.query`, `${self}.key`]),
    },
  };
}
