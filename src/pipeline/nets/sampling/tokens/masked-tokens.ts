/** How many tokens stay masked after each step: by a quarter of a cosine, or evenly. */
export const maskingSchedules = ["cosine", "linear"] as const;
export type MaskingSchedule = (typeof maskingSchedules)[number];

/** Tokens of one grid and how sure the network is of each codebook entry. */
export interface TokenStep {
  /** Tokens so far, row-major; `maskId` where one is masked. */
  readonly tokens: readonly number[];
  /** `[codebook, tokens]`, of every entry at every token. */
  readonly logits: Float32Array;
  /** Id of a masked token. */
  readonly maskId: number;
  /** Tokens that are to be masked after this step, at least 0; `null` at the last step, after which none is. */
  readonly masked: number | null;
  /** Of the noise on the confidence; 0 masks the least sure. */
  readonly temperature: number;
  readonly draws: TokenDraws;
}

/** The random numbers of one step. */
export interface TokenDraws {
  /** An entry of the codebook for a token, drawn by its probabilities, which sum to 1. */
  entry(token: number, probabilities: Float32Array): number;
  /** Standard Gumbel noise for a token's confidence. */
  gumbel(token: number): number;
}

/** Tokens after a step. */
export interface TokenStepResult {
  /** Every token, as it would be if this were the last step. */
  readonly predicted: readonly number[];
  /** The same with the least sure masked again. */
  readonly tokens: readonly number[];
}

/**
 * A step of confidence decoding (MaskGIT, https://arxiv.org/abs/2202.04200): an entry is drawn for each masked token, then those
 * of the least confidence, log p + temperature · Gumbel, are masked again. Tokens that are known stay.
 */
export function stepTokens({
  tokens,
  logits,
  maskId,
  masked,
  temperature,
  draws,
}: TokenStep): TokenStepResult {
  const predicted = [...tokens];
  const confidences = new Float32Array(tokens.length).fill(Number.POSITIVE_INFINITY);
  const probabilities = new Float32Array(logits.length / tokens.length);
  for (const [token, id] of tokens.entries()) {
    if (id !== maskId) continue;
    softmaxOf(logits, token, tokens.length, probabilities);
    const entry = draws.entry(token, probabilities);
    predicted[token] = entry;
    const sureness = Math.log(Math.max(probabilities[entry] as number, 1e-20));
    confidences[token] = sureness + temperature * draws.gumbel(token);
  }
  if (masked === null) return { predicted, tokens: predicted };
  const cutOff = confidences.toSorted()[masked] as number;
  const again = (token: number): boolean => (confidences[token] as number) < cutOff;
  return { predicted, tokens: predicted.map((id, token) => (again(token) ? maskId : id)) };
}

export interface MaskedCount {
  readonly schedule: MaskingSchedule;
  /** Steps done after this one over all steps, above 0 to 1. */
  readonly share: number;
  /** Tokens of the grid, masked ones at the start, and those that are masked before this step. */
  readonly all: number;
  readonly startedWith: number;
  readonly maskedNow: number;
}

/** How many tokens are masked after a step: what the schedule says, at least 1, and fewer than before. */
export function maskedAfter({ schedule, share, all, startedWith, maskedNow }: MaskedCount): number {
  const left = schedule === "cosine" ? Math.cos((share * Math.PI) / 2) : 1 - share;
  // In 32 bits, as the recordings have it: a product that falls on a whole number must be floored alike.
  const ratio = Math.fround(Math.fround(startedWith / all) * Math.fround(left));
  const wanted = Math.floor(Math.fround(all * ratio));
  return Math.max(1, Math.min(maskedNow - 1, wanted));
}

/** softmax of the logits of one token, `[codebook]`, into `out`. */
function softmaxOf(logits: Float32Array, token: number, tokens: number, out: Float32Array): void {
  let largest = Number.NEGATIVE_INFINITY;
  for (let entry = 0; entry < out.length; entry++) {
    largest = Math.max(largest, logits[entry * tokens + token] as number);
  }
  let sum = 0;
  for (let entry = 0; entry < out.length; entry++) {
    const value = Math.exp((logits[entry * tokens + token] as number) - largest);
    out[entry] = value;
    sum += value;
  }
  for (let entry = 0; entry < out.length; entry++) out[entry] = (out[entry] as number) / sum;
}
