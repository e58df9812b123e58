import type { LiveDraft, LiveState } from "../../protocol.ts";
import { bestDrafts, bestOf, probabilitiesOf } from "../state/live.ts";

// What the picture of an edit that is being learned shows at one instant: it moves towards what is known, so that a change
// every few seconds is seen as one.

/** One instant: strengths are 0 to 1. */
export interface LiveFrame {
  /** Of the attention map. */
  readonly attention: number;
  /** Of the anchors. */
  readonly anchors: number;
  /** `[anchor][proposal]` */
  readonly boxes: readonly (readonly number[])[];
  /** The box that lost least of all so far: its anchor and proposal; `null` before the first round. */
  readonly best: readonly [anchor: number, proposal: number] | null;
  /** One for each anchor; `null` where nothing was painted. */
  readonly drafts: readonly ({ readonly draft: LiveDraft; readonly strength: number } | null)[];
}

/** Nothing is seen yet. */
export const emptyFrame: LiveFrame = { attention: 0, anchors: 0, boxes: [], best: null, drafts: [] };

/** Where the picture goes with what is known now. */
export function targetOf(live: LiveState): LiveFrame {
  const isKnown = live.features !== null;
  // First what draws attention is seen, then it makes way for what is learned of it.
  const attention = !isKnown ? 0 : live.round || live.drafts.length > 0 ? 0.35 : 1;
  const isPainting = live.painting?.quality === "full";
  return {
    attention: isPainting ? 0 : attention,
    anchors: isKnown ? 1 : 0,
    boxes: probabilitiesOf(live),
    best: bestOf(live),
    drafts: bestDrafts(live).map((draft) => draft && { draft, strength: 1 }),
  };
}

/**
 * The instant after so many milliseconds on the way to the target.
 * @returns The target itself once no difference can be seen.
 */
export function approach(frame: LiveFrame, target: LiveFrame, milliseconds: number): LiveFrame {
  const share = 1 - Math.exp(-milliseconds / 260);
  let isThere = true;
  const step = (from: number, to: number) => {
    const next = from + (to - from) * share;
    if (Math.abs(to - next) < 0.004) return to;
    isThere = false;
    return next;
  };
  const next: LiveFrame = {
    best: target.best,
    attention: step(frame.attention, target.attention),
    anchors: step(frame.anchors, target.anchors),
    boxes: target.boxes.map((row, anchor) =>
      row.map((probability, index) => step(frame.boxes[anchor]?.[index] ?? 0, probability)),
    ),
    drafts: target.drafts.map((to, anchor) => {
      if (!to) return null;
      const from = frame.drafts[anchor];
      const strength = from && from.draft === to.draft ? from.strength : 0;
      return { draft: to.draft, strength: step(strength, to.strength) };
    }),
  };
  return isThere ? target : next;
}
