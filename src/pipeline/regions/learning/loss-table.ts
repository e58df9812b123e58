/** What is known of the losses of all proposals; boxes that coincide share an entry. */
export interface LossTable {
  /** `[anchor][proposal]`; `null` where not painted. A copy. */
  losses(): (number | null)[][];
  /** `[anchor][proposal]`: sampling steps behind each loss, 0 where not painted. A copy. */
  steps(): number[][];
  loss(anchor: number, proposal: number): number | null;
  stepsOf(anchor: number, proposal: number): number;
  /** Which box this is: equal numbers mean one box. */
  boxOf(anchor: number, proposal: number): number;
  /** A loss at more steps replaces one at fewer. */
  record(anchor: number, proposal: number, steps: number, loss: number): void;
}

/**
 * An empty table.
 *
 * @param boxKeys `[anchor][proposal]`: equal keys are one box. All boxes are different when left out.
 */
export function createLossTable(
  anchors: number,
  proposals: number,
  boxKeys?: readonly (readonly string[])[] | undefined,
): LossTable {
  const boxes = numberBoxes(anchors, proposals, boxKeys);
  const known = new Map<number, { readonly loss: number; readonly steps: number }>();
  const boxOf = (anchor: number, proposal: number) => boxes[anchor * proposals + proposal] ?? -1;
  const loss = (anchor: number, proposal: number) => known.get(boxOf(anchor, proposal))?.loss ?? null;
  const stepsOf = (anchor: number, proposal: number) => known.get(boxOf(anchor, proposal))?.steps ?? 0;
  const rows = <T>(cell: (anchor: number, proposal: number) => T) =>
    Array.from({ length: anchors }, (_, anchor) =>
      Array.from({ length: proposals }, (_, proposal) => cell(anchor, proposal)),
    );
  return {
    losses: () => rows(loss),
    steps: () => rows(stepsOf),
    loss,
    stepsOf,
    boxOf,
    record(anchor, proposal, steps, value) {
      if (steps >= stepsOf(anchor, proposal)) known.set(boxOf(anchor, proposal), { loss: value, steps });
    },
  };
}

function numberBoxes(
  anchors: number,
  proposals: number,
  boxKeys: readonly (readonly string[])[] | undefined,
): number[] {
  const first = new Map<string, number>();
  return Array.from({ length: anchors * proposals }, (_, cell) => {
    const key = boxKeys?.[Math.floor(cell / proposals)]?.[cell % proposals] ?? `cell ${cell}`;
    const number = first.get(key) ?? cell;
    first.set(key, number);
    return number;
  });
}
