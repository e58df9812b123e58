import { boxKey } from "../proposals.ts";
import { type ChooserRequest, choiceAt, type ProposedChoice } from "./chooser.ts";

/**
 * One box for each anchor, none twice: an anchor whose best box an anchor before it has takes its next best. One all of
 * whose boxes are taken gets none.
 *
 * @param order `[anchor]`: its proposals, best first.
 */
export function distinctChoices(
  order: readonly (readonly number[])[],
  proposals: ChooserRequest["proposals"],
): readonly ProposedChoice[] {
  const taken = new Set<string>();
  return order.flatMap((row, anchor) => {
    const free = row
      .map((proposal) => choiceAt(proposals, anchor, proposal))
      .find(({ box }) => !taken.has(boxKey(box)));
    if (free) taken.add(boxKey(free.box));
    return free ? [free] : [];
  });
}
