/** What a judge that is no person sees of one result. */
export interface Judged {
  /** S by two scorers. */
  readonly qualities: readonly [number, number];
  /** By both, whether the new thing is recognised and the old one gone: each 0 or 1; none where nobody can say. */
  readonly recognised: readonly number[];
}

/**
 * Which of two results of one picture an automatic judge prefers, for want of people: 1 is the first, 0 the second, 1/2 a tie. Both scorers
 * must give the same one the higher S, and what was asked for must not be seen less often in it than in the other; else it is a tie.
 */
export function automaticPreference(a: Judged, b: Judged): number {
  const [first, second] = a.qualities.map((value, index) => Math.sign(value - (b.qualities[index] ?? 0)));
  if (first === undefined || first !== second || first === 0) return 0.5;
  const seen = Math.sign(sum(a.recognised) - sum(b.recognised));
  return seen === -first ? 0.5 : (first + 1) / 2;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
