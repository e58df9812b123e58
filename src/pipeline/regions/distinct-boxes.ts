import type { Box } from "../../types.ts";
import { boxKey } from "./proposals.ts";

/** The boxes of a picture, each once, and where each stands among the proposals. */
export interface DistinctBoxes {
  readonly boxes: readonly Box[];
  /** `[anchor][proposal]`: which of `boxes` it is. */
  readonly numbers: readonly (readonly number[])[];
  /** `[box]`: the first of the proposals that it is. */
  readonly first: readonly { readonly anchor: number; readonly proposal: number }[];
}

/** @param proposals `[anchor][proposal]`; boxes that coincide, within an anchor or between anchors, are one. */
export function distinctBoxes(proposals: readonly (readonly Box[])[]): DistinctBoxes {
  const known = new Map<string, number>();
  const boxes: Box[] = [];
  const first: { anchor: number; proposal: number }[] = [];
  const numbers = proposals.map((row, anchor) =>
    row.map((box, proposal) => {
      const key = boxKey(box);
      const number = known.get(key) ?? boxes.length;
      if (number === boxes.length) {
        known.set(key, number);
        boxes.push(box);
        first.push({ anchor, proposal });
      }
      return number;
    }),
  );
  return { boxes, numbers, first };
}
