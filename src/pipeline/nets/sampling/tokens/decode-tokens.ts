import { setImmediate as nextTurn } from "node:timers/promises";
import { EditError, throwIfCancelled } from "../../../../errors.ts";

import { type MaskingSchedule, maskedAfter, stepTokens, type TokenDraws } from "./masked-tokens.ts";

export interface DecodeTokensOptions {
  /** Grids of one size, row-major, each with `maskId` where a token is to be painted. */
  readonly grids: readonly (readonly number[])[];
  readonly maskId: number;
  readonly schedule: MaskingSchedule;
  /** Of the whole schedule, at least 1. */
  readonly steps: number;
  /** The first that is taken, from 0: fewer steps leave less time to look again. */
  readonly start: number;
  /** Of the confidence's noise at the first step; it falls evenly to 0 at the last. */
  readonly temperature: number;
  /** Logits `[grids, codebook, tokens]` for all grids at a step, from 0, guided. */
  predict(grids: readonly (readonly number[])[], step: number): Promise<Float32Array>;
  /** The random numbers of a step, which all grids share: so losses compare boxes and not luck. */
  draws(step: number): TokenDraws;
  readonly signal?: AbortSignal | undefined;
  /** After each step, with the tokens and what would be there if it were the last. */
  readonly onStep?:
    | ((tokens: readonly (readonly number[])[], predicted: readonly (readonly number[])[]) => void)
    | undefined;
}

/**
 * Paints masked tokens in steps, the surest first.
 * @returns the grids without a masked token.
 * @throws EditError `cancelled` between steps; what `predict` throws
 */
export async function decodeTokens(options: DecodeTokensOptions): Promise<(readonly number[])[]> {
  const { maskId, schedule, steps, start, temperature, draws, signal, onStep } = options;
  let grids = [...options.grids];
  const startedWith = grids.map((grid) => maskedIn(grid, maskId));
  for (let step = start; step < steps; step++) {
    throwIfCancelled(signal);
    const logits = await options.predict(grids, step);
    const size = logits.length / grids.length;
    const isLast = step === steps - 1;
    const results = grids.map((tokens, index) => {
      const maskedNow = maskedIn(tokens, maskId);
      const count = {
        ...{ schedule, share: (step + 1) / steps, all: tokens.length, maskedNow },
        startedWith: startedWith[index] ?? 0,
      };
      return stepTokens({
        ...{ tokens, maskId },
        logits: logits.subarray(index * size, (index + 1) * size),
        // A grid without a masked token has nothing to paint.
        masked: isLast || maskedNow === 0 ? null : maskedAfter(count),
        temperature: temperatureAt(step, steps, temperature),
        draws: draws(step),
      });
    });
    grids = results.map(({ tokens }) => tokens);
    onStep?.(
      grids,
      results.map(({ predicted }) => predicted),
    );
    await nextTurn();
  }
  if (grids.some((grid) => grid.includes(maskId)))
    throw new EditError(
      "internal",
      "Expected every token to be painted after the last step, got a masked one.",
    );
  return grids;
}

function temperatureAt(step: number, steps: number, first: number): number {
  return steps === 1 ? first : first * (1 - step / (steps - 1));
}

function maskedIn(grid: readonly number[], maskId: number): number {
  return grid.reduce((count, id) => count + (id === maskId ? 1 : 0), 0);
}
