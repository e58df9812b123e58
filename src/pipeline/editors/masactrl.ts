import { encodeTexts } from "../inpainters/stable-diffusion/texts.ts";
import type { TapPlan } from "../nets/graph/taps.ts";
import type { Ids, Tensor } from "../nets/tensor.ts";
import type { UnetPlaces } from "../nets/unet/places.ts";
import type { Editing, EditorRequest } from "./editor.ts";
import { paintFromNoise } from "./from-noise.ts";
import { type EditorParts, guided, rowNumbers } from "./streams.ts";

/** The step from which on the target looks at the source, as its authors' default. */
export const firstMutualStep = 4;

/** Rows of a step in which the target looks at the source: without the text, then with it. */
const rows = { freeSource: 0, freeTarget: 1, source: 2, target: 3 } as const;

/**
 * MasaCtrl (https://arxiv.org/abs/2304.08465): the picture is turned into noise for the source, and painted from it for the prompt; from
 * step 4 and layer 10 on the self-attentions of what is painted read keys and values of the picture's own walk.
 */
export const beginMasactrl = (parts: EditorParts, request: EditorRequest) =>
  begin(parts, request, { isMasked: false });

/**
 * The same with masks (its section 3.4): where either text's words look in the maps of cross-attention, what is inside reads what is
 * inside alone, and what is outside what is outside.
 */
export const beginMaskedMasactrl = (parts: EditorParts, request: EditorRequest) =>
  begin(parts, request, { isMasked: true });

async function begin(
  parts: EditorParts,
  { prompt, source, negative, guidance }: EditorRequest,
  { isMasked }: { readonly isMasked: boolean },
): Promise<Editing> {
  const texts = [negative, negative, source, prompt];
  const states = await encodeTexts(parts, texts);
  const [away, , shown, wanted] = states;
  if (!away || !shown || !wanted) throw new RangeError("Expected four texts, got fewer.");
  const tapped = parts.unet.tapped(mutualPlan(parts.unet.places, isMasked));
  const given: Record<string, Tensor | Ids> = {
    keysFrom: rowNumbers([rows.freeSource, rows.freeSource, rows.source, rows.source]),
    ...(isMasked
      ? {
          subject: parts.texts.subjectsOf(texts),
          keyMask: rowNumbers(texts.map(() => rows.source)),
          queryMask: rowNumbers(texts.map(() => rows.target)),
          isApart: { data: Float32Array.of(0, 1, 0, 1), shape: [texts.length] },
        }
      : {}),
  };
  return {
    edit: (picture, options) =>
      paintFromNoise(parts, picture, {
        ...{ ...options, shown, sampler: "ddim" },
        // The picture's own walk goes along as far as it is looked at.
        async predict(streams, { input, walked, timestep, index }) {
          if (index < firstMutualStep) {
            const target = [away, wanted].map((text) => ({ latents: input, text }));
            const [from = input, to = input] = await streams.predict(target, timestep);
            return guided(from, to, guidance);
          }
          const all = states.map((text, row) => ({ latents: row % 2 === 0 ? walked : input, text }));
          const said = await streams.predict(
            all,
            timestep,
            async (inputs) => (await tapped.run(inputs, given)).prediction,
          );
          return guided(said[rows.freeTarget] ?? input, said[rows.target] ?? input, guidance);
        },
      }),
  };
}

/**
 * Layer 10 of Stable Diffusion's 16 is the first of the way up's second block that attends, which is what it is in UNets of other
 * depths; maps are those at a quarter of the latents' side (16 × 16 of 64 × 64) before it.
 */
function mutualPlan({ attentions }: UnetPlaces, isMasked: boolean): TapPlan {
  const up = attentions.filter(({ way }) => way === "up");
  const [firstBlock = 0] = up.map(({ block }) => block);
  const later = up.filter(({ block }) => block > firstBlock);
  const mutual = later.length > 0 ? later : up;
  const before = attentions.slice(
    0,
    attentions.findIndex(({ self }) => self === mutual[0]?.self),
  );
  const levels = before.map(({ level }) => level);
  const level = levels.includes(2) ? 2 : Math.max(...levels);
  return {
    rows: { keysFrom: mutual.flatMap(({ self }) => [`${self}.key`, `${self}.value`]) },
    ...(isMasked
      ? {
          subject: {
            maps: before.filter((place) => place.level === level).map(({ cross }) => cross),
            attentions: mutual.map(({ self }) => self),
          },
        }
      : {}),
  };
}
