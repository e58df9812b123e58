import { setImmediate as nextTurn } from "node:timers/promises";
import { throwIfCancelled } from "../../errors.ts";
import { encodeTexts } from "../inpainters/stable-diffusion/texts.ts";
import { type BackStep, createDdimInversion } from "../nets/sampling/ddim-inversion.ts";
import { valueAt } from "../nets/sampling/noise-schedule.ts";
import type { Editing, EditorRequest } from "./editor.ts";
import { invert } from "./inversion.ts";
import { learnNullStates, mostUpdates, type NullStates } from "./null-states.ts";
import { type EditorParts, guided, openStreams } from "./streams.ts";

/** For whoever looks at what was learned of a picture. */
export interface NullTextOptions {
  readonly onLearned?: (states: readonly NullStates[]) => void;
}

/**
 * Null-text inversion (https://arxiv.org/abs/2211.09794): the picture is turned into noise for the source, unguided; at each step back the
 * empty prompt's states are learned so that the guided walk stays with the picture; then it is painted for the prompt with what was
 * learned in the place of the empty prompt. All steps are DDIM's, whatever sampler the pack has.
 */
export async function beginNullText(
  parts: EditorParts,
  { prompt, source, negative, guidance }: EditorRequest,
  { onLearned }: NullTextOptions = {},
): Promise<Editing> {
  const [shown, wanted, away] = await encodeTexts(parts, [source, prompt, negative]);
  if (!shown || !wanted || !away) throw new RangeError("Expected three texts, got fewer.");
  return {
    async edit(picture, { steps, signal, onStep, onLatents }) {
      throwIfCancelled(signal);
      const streams = await openStreams(parts, picture);
      const schedule = createDdimInversion(parts.scheduler, { steps });
      const all = steps * (1 + mostUpdates + 1);
      let done = 0;
      const tick = () => onStep?.(++done, all);

      // 0. Before the first step is told, so that whoever waits knows how long the longest run takes: the gradient once, for nothing.
      if (guidance !== 1) {
        const { data: latents } = streams.clean;
        const aim = { factor: 1, target: latents };
        await streams.textGradient({ latents, text: away, picture: latents }, 0, aim);
      }

      // 1. The picture as noise, for the source.
      const walked = await invert(parts, streams, { steps, text: shown, signal, onStep: tick });
      const trajectory = [streams.clean.data, ...walked];

      // 2. What stands for the empty prompt at each step.
      const learned = await learnNullStates(streams, {
        ...{ schedule, trajectory, text: shown, start: away, guidance, signal, onUpdate: tick },
      });
      onLearned?.(learned);

      // 3. From the noise to the prompt.
      const latents = (trajectory[steps] ?? streams.clean.data).slice();
      for (const [step, { states }] of learned.entries()) {
        throwIfCancelled(signal);
        const index = steps - 1 - step;
        const rows = [states, wanted].map((text) => ({ latents, text, picture: streams.clean.data }));
        const timestep = valueAt(schedule.timesteps, index);
        const [from = latents, to = latents] = await streams.predict(rows, timestep);
        stepBack(schedule.back(index), guided(from, to, guidance), latents);
        tick();
        onLatents?.(latents);
        await nextTurn();
      }
      return { rgb: await streams.decode(latents), mask: null };
    },
  };
}

/** Replaces latents by the cleaner ones of a step. */
export function stepBack(
  { sample, output }: BackStep,
  prediction: Float32Array,
  latents: Float32Array,
): void {
  for (let i = 0; i < latents.length; i++) {
    latents[i] = sample * (latents[i] as number) + output * (prediction[i] as number);
  }
}
