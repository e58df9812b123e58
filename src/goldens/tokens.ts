import type { CodebookIds } from "../pipeline/nets/autoencoders/vq-autoencoder.ts";
import type { TokenDraws } from "../pipeline/nets/sampling/tokens/masked-tokens.ts";
import type { GoldenCase } from "./case.ts";

// What the recordings of models that paint tokens share.

/** An entry is the argmax of its probability over recorded Exp(1) noise. */
export async function recordedDraws(
  golden: GoldenCase,
  run: string,
  tokens: number,
): Promise<(step: number) => TokenDraws> {
  const { data: exponential } = await golden.floatInput(`${run}token_exponential`);
  const { data: gumbel } = await golden.floatInput(`${run}gumbel`);
  return (step) => ({
    entry(token, probabilities) {
      const start = (step * tokens + token) * probabilities.length;
      const race = probabilities.map((one, entry) => one / (exponential[start + entry] as number));
      return race.indexOf(Math.max(...race));
    },
    gumbel: (token) => gumbel[step * tokens + token] ?? 0,
  });
}

/** A grid of entries, `[batch, height, width]`. */
export async function gridInput(golden: GoldenCase, name: string): Promise<CodebookIds> {
  const {
    data,
    shape: [batch = 0, height = 0, width = 0],
  } = await golden.idInput(name);
  return { data, shape: [batch, height, width] };
}

/** Whole numbers of some shape. */
export function idsOf<const Shape extends readonly number[]>(ids: readonly number[], shape: Shape) {
  return { data: BigInt64Array.from(ids, BigInt), shape };
}
