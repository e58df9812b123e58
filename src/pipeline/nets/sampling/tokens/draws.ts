import { createRandom } from "../../../random.ts";
import type { TokenDraws } from "./masked-tokens.ts";

/**
 * Numbers of one step from a seed, the same for a token whatever else is masked. `grid` names the grid's size: grids of
 * different sizes have unrelated numbers.
 */
export function seededDraws(seed: number, step: number, grid: string): TokenDraws {
  const numberOf = (purpose: "entry" | "gumbel") => {
    const random = createRandom(seed, `tokens ${purpose} ${step} ${grid}`);
    const drawn: number[] = [];
    return (token: number): number => {
      while (drawn.length <= token) drawn.push(purpose === "entry" ? random.uniform() : random.gumbel());
      return drawn[token] as number;
    };
  };
  const uniform = numberOf("entry");
  return {
    entry: (token, probabilities) => entryAt(probabilities, uniform(token)),
    gumbel: numberOf("gumbel"),
  };
}

/** The entry at which the sum of probabilities first exceeds `share` of them all. */
function entryAt(probabilities: Float32Array, share: number): number {
  let all = 0;
  for (const probability of probabilities) all += probability;
  let sum = 0;
  let last = 0;
  for (let entry = 0; entry < probabilities.length; entry++) {
    const probability = probabilities[entry] as number;
    if (probability === 0) continue;
    last = entry;
    sum += probability;
    if (sum > share * all) return entry;
  }
  return last;
}
