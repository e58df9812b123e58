/** How far choices are from the best ones: 0 is each anchor's best proposal, 1 the mean of its proposals. */
export interface Regret {
  /** Mean over the anchors that count; `null` when none does. */
  readonly value: number | null;
  /** Anchors whose losses differ by less than 1e-3, so that any choice is as good. */
  readonly leftOut: number;
}

/**
 * Mean over anchors of (l(chosen) - min l) / (mean l - min l).
 *
 * @param losses `[anchor][proposal]`, each of a full-quality painting.
 * @param choices `[anchor]`, the proposal chosen before duplicates are removed.
 */
export function regret(losses: readonly (readonly number[])[], choices: readonly number[]): Regret {
  const regrets: number[] = [];
  for (const [anchor, row] of losses.entries()) {
    const least = Math.min(...row);
    if (Math.max(...row) - least < 1e-3) continue;
    const mean = row.reduce((sum, loss) => sum + loss, 0) / row.length;
    regrets.push(((row[choices[anchor] ?? 0] ?? Number.NaN) - least) / (mean - least));
  }
  const value = regrets.length === 0 ? null : regrets.reduce((sum, one) => sum + one, 0) / regrets.length;
  return { value, leftOut: losses.length - regrets.length };
}

/**
 * The best of the results against the best of all boxes: 0 where one of the results is the best box, 1 where the best
 * result is as good as the mean box.
 *
 * @param losses `[anchor][proposal]`, each of a full-quality painting.
 * @param choices of which each has a result.
 */
export function bestOfAll(
  losses: readonly (readonly number[])[],
  choices: readonly { readonly anchor: number; readonly proposal: number }[],
): number {
  const all = losses.flat();
  const least = Math.min(...all);
  const mean = all.reduce((sum, loss) => sum + loss, 0) / all.length;
  const best = Math.min(...choices.map(({ anchor, proposal }) => losses[anchor]?.[proposal] ?? Number.NaN));
  return mean - least < 1e-3 ? 0 : (best - least) / (mean - least);
}
