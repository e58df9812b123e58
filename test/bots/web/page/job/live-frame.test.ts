import { describe, expect, it } from "vitest";
import { approach, emptyFrame, targetOf } from "../../../../../src/bots/web/page/job/live-frame.ts";
import { applyChange, bestDrafts, bestOf, shareOf } from "../../../../../src/bots/web/page/state/live.ts";

const box = { left: 0, top: 0, width: 8, height: 8 };
const features = {
  attention: [[1]],
  anchors: [
    { x: 4, y: 4, attention: 0.5 },
    { x: 12, y: 4, attention: 0.5 },
  ],
  proposals: [
    [box, box],
    [box, box],
  ],
};
const draft = (anchor: number, proposal: number) => ({ anchor, proposal, side: 1, rgb: "AAAA" });
const losses = { clip: 0, structure: 0, direction: 0, total: 0 };
const result = (rank: number | null, url: string) => ({
  ...{ rank, url, anchor: 0, box, losses, unsafe: null },
});
const seen = applyChange(null, { phase: "features", features });

describe("a job's run as it is told", () => {
  it("begins with nothing known, and every box of an anchor as likely as the others", () => {
    expect(shareOf(seen)).toBe(0);
    expect(targetOf(seen)).toMatchObject({
      ...{ attention: 1, anchors: 1, best: null, drafts: [null, null] },
      boxes: [
        [0.5, 0.5],
        [0.5, 0.5],
      ],
    });
    expect(targetOf(applyChange(null, { phase: "loading" }))).toMatchObject({ attention: 0, anchors: 0 });
  });

  it("adds drafts, and has results by rank, each once", () => {
    const first = applyChange(seen, { newDrafts: [draft(0, 1)], newResults: [result(2, "b")] });
    const second = applyChange(first, {
      newDrafts: [draft(1, 0)],
      newResults: [result(1, "a"), result(2, "c")],
    });
    expect(second.drafts).toEqual([draft(0, 1), draft(1, 0)]);
    expect(second.results.map(({ url }) => url)).toEqual(["a", "c"]);
    expect(second.features).toBe(features);
  });

  it("shows of each anchor the draft that lost least, or the latest while no loss is known", () => {
    const drafted = applyChange(seen, { newDrafts: [draft(0, 0), draft(0, 1)] });
    expect(bestDrafts(drafted)).toEqual([draft(0, 1), null]);
    const learned = applyChange(drafted, {
      round: {
        round: 1,
        probabilities: [
          [0.9, 0.1],
          [0.5, 0.5],
        ],
        losses: [
          [0.4, 0.7],
          [null, null],
        ],
      },
    });
    expect(bestDrafts(learned)).toEqual([draft(0, 0), null]);
    expect(bestOf(learned)).toEqual([0, 0]);
    expect(targetOf(learned).boxes[0]).toEqual([0.9, 0.1]);
  });
});

it("has the first result until all are ranked", () => {
  const first = applyChange(seen, { newResults: [result(null, "first")] });
  expect(first.results.map(({ url }) => url)).toEqual(["first"]);
  const ranked = applyChange(first, { newResults: [result(1, "a")] });
  expect(ranked.results.map(({ url }) => url)).toEqual(["a"]);
});

describe("the way to what is known", () => {
  it("comes nearer with each step, and ends at it", () => {
    const target = targetOf(applyChange(seen, { newDrafts: [draft(1, 0)] }));
    let frame = emptyFrame;
    let before = 0;
    for (let step = 0; step < 60 && frame !== target; step++) {
      frame = approach(frame, target, 50);
      const now = frame.boxes[0]?.[0] ?? 0;
      expect(now).toBeGreaterThanOrEqual(before);
      before = now;
    }
    expect(frame).toBe(target);
  });

  it("is there at once for who prefers reduced motion", () => {
    const target = targetOf(applyChange(seen, { newDrafts: [draft(1, 0)] }));
    expect(approach(emptyFrame, target, Number.POSITIVE_INFINITY)).toBe(target);
  });

  it("lets a new draft appear in place of the one before", () => {
    const first = targetOf(applyChange(seen, { newDrafts: [draft(0, 0)] }));
    const second = targetOf(applyChange(seen, { newDrafts: [draft(0, 0), draft(0, 1)] }));
    const frame = approach(first, second, 16);
    expect(frame.drafts[0]?.draft).toEqual(draft(0, 1));
    expect(frame.drafts[0]?.strength).toBeLessThan(0.2);
  });
});
