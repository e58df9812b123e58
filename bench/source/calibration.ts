/** What was made of one picture. */
export interface Guess {
  readonly text: string;
  /** 0 to 1. */
  readonly confidence: number;
  /** CLIP's cosine of the place and the noun, -1 to 1. */
  readonly cosine: number;
  readonly isRight: boolean;
}

const bins = 5;

/** Expected calibration error: how far confidence is from how often it is right, in bins of 0.2, weighted by their guesses. */
export function calibrationError(guesses: readonly Pick<Guess, "confidence" | "isRight">[]): number {
  let error = 0;
  for (let bin = 0; bin < bins; bin++) {
    const some = guesses.filter(
      ({ confidence }) => Math.min(bins - 1, Math.floor(confidence * bins)) === bin,
    );
    const sum = some.reduce((total, { confidence, isRight }) => total + confidence - Number(isRight), 0);
    error += Math.abs(sum) / guesses.length;
  }
  return error;
}

/** The cosine that tells inside from outside best: most of the inside at or above it plus most of the outside below. */
export function bestThreshold(
  inside: readonly Pick<Guess, "cosine">[],
  outside: readonly Pick<Guess, "cosine">[],
): number {
  const candidates = [...inside, ...outside].map(({ cosine }) => cosine);
  let best = { threshold: -1, score: 0 };
  for (const threshold of candidates) {
    const score =
      shareOf(inside, ({ cosine }) => cosine >= threshold) +
      shareOf(outside, ({ cosine }) => cosine < threshold);
    if (score > best.score) best = { threshold, score };
  }
  return best.threshold;
}

export function shareOf<T>(all: readonly T[], holds: (one: T) => boolean): number {
  return all.filter(holds).length / all.length;
}
