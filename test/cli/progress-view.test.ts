import { describe, expect, it } from "vitest";
import { barLineOf, createProgressView } from "../../src/cli/progress-view.ts";
import type { Terminal } from "../../src/cli/terminal.ts";
import type { Progress } from "../../src/types.ts";

const count = { version: 1, stepsDone: 42, stepsTotal: 168, secondsLeft: 6.2 } as const;
const loading: Progress = { ...count, stepsDone: 0, stepsTotal: 0, secondsLeft: null, phase: "loading" };
const features: Progress = {
  ...count,
  phase: "features",
  attention: [],
  anchors: [{ x: 1, y: 1, attention: 0.1 }],
  proposals: [],
};
const painting = (step: number, anchors = [0, 1, 2]): Progress => ({
  ...count,
  phase: "painting",
  quality: "draft",
  anchors,
  step,
  steps: 4,
});
const round: Progress = { ...count, phase: "round", round: 2, probabilities: [], losses: [] };

function recorder(options: {
  isScreen: boolean;
  columns?: number;
}): Terminal & { readonly written: string[] } {
  const written: string[] = [];
  return {
    written,
    out: () => expect.unreachable("progress goes to standard error"),
    say: (text) => void written.push(`${text}\n`),
    draw: (text) => void written.push(text),
    isScreen: options.isScreen,
    columns: options.columns ?? 80,
  };
}

const standing: Progress = {
  ...count,
  phase: "result",
  rank: null,
  file: "first-result.png",
  anchor: 0,
  box: { left: 0, top: 0, width: 8, height: 8 },
  scores: { t2i: 0.3, i2i: 0.8, quality: 1.4 },
  losses: { clip: 0.7, structure: 0.1, direction: 0.2, total: 1 },
  unsafe: null,
};

describe("the first result", () => {
  const firstLine = (file: string) => `first result: ${file}`;

  it("is told in a line that stays above the bar, which goes on", () => {
    const terminal = recorder({ isScreen: true, columns: 20 });
    const view = createProgressView(terminal, { quiet: false, firstLine });
    view.show(painting(2));
    const drawn = terminal.written.at(-1)?.length ?? 0;
    view.show(standing);
    view.show(painting(3));
    expect(terminal.written.slice(1, 3)).toEqual([
      `\r${" ".repeat(drawn - 1)}\r`,
      "first result: first-result.png\n",
    ]);
    expect(terminal.written).toHaveLength(4);
  });

  it("is told in a line of its own elsewhere, and not at all where nobody says how or nothing is to be told", () => {
    const lines = recorder({ isScreen: false });
    createProgressView(lines, { quiet: false, firstLine }).show(standing);
    expect(lines.written).toEqual(["first result: first-result.png\n"]);
    const silent = recorder({ isScreen: false });
    createProgressView(silent, { quiet: false }).show(standing);
    createProgressView(silent, { quiet: true, firstLine }).show(standing);
    expect(silent.written).toEqual([]);
  });
});

describe("the bar on a screen", () => {
  it("says how far it is, what is painted where, which step, and how long it will take", () => {
    expect(barLineOf(painting(2), 100)).toBe(
      "[#####---------------]  25 %  painting drafts of 3 anchors, step 2/4  about 6 s left",
    );
    expect(barLineOf(painting(2), 80)).toMatch(
      /^\[#+-+\] {2}25 % {2}painting drafts of 3 anchors, step 2\/4 {2}about 6 s left$/,
    );
    expect(barLineOf(painting(2, [4]), 200)).toContain("of anchor 5,");
    expect(barLineOf({ ...painting(2), secondsLeft: 240 }, 200)).toContain("about 4 min left");
    expect(barLineOf({ ...painting(2), secondsLeft: null }, 200)).not.toContain("left");
  });

  it("says nothing of anchors where the box was given", () => {
    expect(barLineOf({ ...features, anchors: [] }, 100)).toBeNull();
  });

  it.each([200, 84, 60, 40, 20, 10, 4, 1])("never fills a line of %i columns", (columns) => {
    for (const progress of [loading, features, painting(3), round]) {
      expect(barLineOf(progress, columns)?.length).toBeLessThan(Math.max(columns, 1));
    }
  });

  it("is drawn over itself and taken away at the end", () => {
    const terminal = recorder({ isScreen: true, columns: 200 });
    const view = createProgressView(terminal, { quiet: false });
    view.show(loading);
    view.show(painting(1));
    view.show(features);
    view.end();
    expect(screenAfter(terminal.written)).toBe("");
    expect(terminal.written.join("")).not.toContain("\n");
    view.end();
    expect(screenAfter(terminal.written)).toBe("");
  });

  it("leaves nothing of a longer line under a shorter one", () => {
    const terminal = recorder({ isScreen: true, columns: 200 });
    const view = createProgressView(terminal, { quiet: false });
    view.show(painting(1));
    view.show(features);
    expect(screenAfter(terminal.written)).toBe(barLineOf(features, 200));
  });
});

describe("plain lines", () => {
  it("are one for each stage, not for each step", () => {
    const terminal = recorder({ isScreen: false });
    const view = createProgressView(terminal, { quiet: false });
    for (const progress of [features, painting(1), painting(2), painting(3), painting(4), round, round]) {
      view.show(progress);
    }
    view.end();
    expect(terminal.written).toEqual([
      "1 anchor found\n",
      "painting drafts of 3 anchors\n",
      "learning, round 2\n",
    ]);
  });

  it("begin only when the picture and the pack have proved sound", () => {
    const terminal = recorder({ isScreen: false });
    const view = createProgressView(terminal, { quiet: false });
    view.show(loading);
    view.end();
    expect(terminal.written).toEqual([]);
  });

  it("are none with --quiet, on a screen or not", () => {
    for (const isScreen of [true, false]) {
      const terminal = recorder({ isScreen });
      const view = createProgressView(terminal, { quiet: true });
      view.show(features);
      view.show(painting(1));
      view.end();
      expect(terminal.written).toEqual([]);
    }
  });
});

/** What a screen of one line shows after the text: a carriage return goes back to its start. */
function screenAfter(written: readonly string[]): string {
  const cells: string[] = [];
  let column = 0;
  for (const character of written.join("")) {
    if (character === "\r") column = 0;
    else cells[column++] = character;
  }
  return cells.join("").trimEnd();
}
