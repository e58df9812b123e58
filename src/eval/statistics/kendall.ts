/**
 * Kendall's rank correlation tau-b of two lists of values that belong together, -1 to 1: the pairs in the same order less those in
 * the opposite one, over the pairs that neither list ties. `NaN` where a list has no two values that differ.
 */
export function kendallTau(a: readonly number[], b: readonly number[]): number {
  if (a.length !== b.length) throw new RangeError(`Expected ${a.length} values, got ${b.length} others.`);
  let [same, opposite, tiedInA, tiedInB] = [0, 0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    for (let j = 0; j < i; j++) {
      const inA = Math.sign((a[i] ?? 0) - (a[j] ?? 0));
      const inB = Math.sign((b[i] ?? 0) - (b[j] ?? 0));
      if (inA === 0) tiedInA++;
      if (inB === 0) tiedInB++;
      if (inA * inB > 0) same++;
      else if (inA * inB < 0) opposite++;
    }
  }
  const pairs = (a.length * (a.length - 1)) / 2;
  return (same - opposite) / Math.sqrt((pairs - tiedInA) * (pairs - tiedInB));
}
