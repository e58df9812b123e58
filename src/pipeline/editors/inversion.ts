import { setImmediate as nextTurn } from "node:timers/promises";
import { EditError, throwIfCancelled } from "../../errors.ts";
import { createDdimInversion } from "../nets/sampling/ddim-inversion.ts";
import { valueAt } from "../nets/sampling/noise-schedule.ts";
import type { Tensor } from "../nets/tensor.ts";
import { type EditorParts, guided, type Streams } from "./streams.ts";

export interface InversionOptions {
  /** Of the whole schedule. */
  readonly steps: number;
  /** How many of them are taken, from the clean end; all of them by default. */
  readonly taken?: number;
  /** What the picture shows. */
  readonly text: Tensor;
  /** With a guidance above 1: what it is guided away from. */
  readonly negative?: Tensor | null;
  readonly guidance?: number;
  readonly signal?: AbortSignal | undefined;
  readonly onStep?: (() => void) | undefined;
}

/**
 * Walks a picture's latents to the noise that DDIM would make them of.
 * @returns the latents after each step, from the cleanest to the noisiest.
 * @throws EditError `inversion-diverged` where they leave the range that latents have; `cancelled` between steps
 */
export async function invert(
  { scheduler }: Pick<EditorParts, "scheduler">,
  streams: Streams,
  { steps, taken = steps, text, negative = null, guidance = 1, signal, onStep }: InversionOptions,
): Promise<Float32Array[]> {
  const inversion = createDdimInversion(scheduler, { steps });
  const latents = streams.clean.data.slice();
  const walked: Float32Array[] = [];
  for (let index = 0; index < taken; index++) {
    throwIfCancelled(signal);
    const texts = negative === null || guidance === 1 ? [text] : [negative, text];
    const rows = texts.map((one) => ({ latents, text: one, picture: streams.clean.data }));
    const [first = latents, second] = await streams.predict(rows, valueAt(inversion.timesteps, index));
    inversion.step(index, second ? guided(first, second, guidance) : first, latents);
    requireInRange(latents);
    walked.push(latents.slice());
    onStep?.();
    await nextTurn();
  }
  return walked;
}

/** Latents have a spread of about 1 at every level of noise; one of so many times that is no picture's. */
const largestSpread = 20;

/** @throws EditError `inversion-diverged` where latents are no picture's, at any level of noise, or no numbers. */
export function requireInRange(latents: Float32Array, when = "the picture was turned into noise"): void {
  const square = latents.reduce((sum, value) => sum + value * value, 0) / latents.length;
  if (square <= largestSpread ** 2) return;
  throw new EditError(
    "inversion-diverged",
    `Expected latents with a spread of about 1 while ${when}, got ${Math.sqrt(square).toPrecision(3)}. Try more steps.`,
  );
}
