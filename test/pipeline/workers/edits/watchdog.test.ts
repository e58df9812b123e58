import { describe, expect, it } from "vitest";
import { createPatience, leastPatience } from "../../../../src/pipeline/workers/edits/watchdog.ts";
import type { Progress } from "../../../../src/types.ts";

const count = { version: 1, stepsDone: 0, stepsTotal: 10, secondsLeft: null } as const;
const loading: Progress = { ...count, phase: "loading" };
const features: Progress = { ...count, phase: "features", attention: [], anchors: [], proposals: [] };
const painting: Progress = { ...count, phase: "painting", quality: "draft", anchors: [0], step: 1, steps: 4 };
const hour = 3_600_000;

describe("patience with a worker", () => {
  it("has no bound while it loads or warms up", () => {
    const patience = createPatience({ warm: false, longestRunMilliseconds: 0 });
    expect(patience.wait(hour)).toBeNull();
    patience.advanced(loading, 0);
    patience.cancelling();
    expect(patience.wait(hour)).toBeNull();
    patience.advanced(features, 100);
    expect(patience.wait(hour)).toBeNull();
  });

  it("has no bound while a warm worker loads another pack", () => {
    const patience = createPatience({ warm: true, longestRunMilliseconds: 100 });
    patience.advanced(loading, 0);
    expect(patience.wait(hour)).toBeNull();
  });

  it("holds for the least time after the first painting, and starts anew with each sign of life", () => {
    const patience = createPatience({ warm: false, longestRunMilliseconds: 0 });
    patience.advanced(painting, 100);
    expect(patience.wait(leastPatience)).toBeNull();
    patience.heard();
    expect(patience.wait(leastPatience)).toBeNull();
    expect(patience.wait(1)).toBe("hung");
  });

  it("lets a job stand still for as long as a server may paint, but not fall silent", () => {
    const patience = createPatience({ warm: true, longestRunMilliseconds: 0, serverMilliseconds: 600_000 });
    patience.advanced(painting, 100);
    for (let waited = 0; waited <= 600_000; waited += leastPatience) {
      expect(patience.wait(leastPatience)).toBeNull();
      patience.heard();
    }
    expect(patience.wait(leastPatience + 1)).toBe("hung");
  });

  it("holds for three times the longest run where runs are long", () => {
    const patience = createPatience({ warm: false, longestRunMilliseconds: 0 });
    patience.advanced(painting, 20_000);
    patience.advanced(painting, 1000);
    expect(patience.wait(60_000)).toBeNull();
    expect(patience.wait(1)).toBe("hung");
  });

  it("ends also where there are signs of life but no progress", () => {
    const patience = createPatience({ warm: false, longestRunMilliseconds: 0 });
    patience.advanced(painting, 100);
    let end: string | null = null;
    let seconds = 0;
    while (end === null && seconds < 1000) {
      patience.heard();
      end = patience.wait(1000);
      seconds += 1;
    }
    expect(end).toBe("hung");
    expect(seconds).toBe((12 * leastPatience) / 1000 + 1);
  });

  it("gives a cancelled job the same time, whatever its worker still says", () => {
    const patience = createPatience({ warm: false, longestRunMilliseconds: 0 });
    patience.advanced(painting, 100);
    patience.cancelling();
    for (let waited = 0; waited < leastPatience; waited += 1000) {
      expect(patience.wait(1000)).toBeNull();
      patience.advanced(painting, 100);
      patience.cancelling();
    }
    expect(patience.wait(1)).toBe("deaf");
  });
});
