import { describe, expect, it } from "vitest";
import { createWatchdog, leastSilence } from "../../../../src/pipeline/workers/edits/watchdog.ts";
import type { Progress } from "../../../../src/types.ts";

const count = { version: 1, stepsDone: 0, stepsTotal: 10, secondsLeft: null } as const;
const loading: Progress = { ...count, phase: "loading" };
const features: Progress = { ...count, phase: "features", attention: [], anchors: [], proposals: [] };
const painting: Progress = { ...count, phase: "painting", quality: "draft", anchors: [0], step: 1, steps: 4 };
const hour = 3_600_000;

describe("the watchdog of a worker", () => {
  it("has no bound while it loads or warms up", () => {
    const watchdog = createWatchdog({ warm: false, longestRunMilliseconds: 0 });
    expect(watchdog.wait(hour)).toBeNull();
    watchdog.advanced(loading, 0);
    watchdog.cancelling();
    expect(watchdog.wait(hour)).toBeNull();
    watchdog.advanced(features, 100);
    expect(watchdog.wait(hour)).toBeNull();
  });

  it("has no bound while a warm worker loads another pack", () => {
    const watchdog = createWatchdog({ warm: true, longestRunMilliseconds: 100 });
    watchdog.advanced(loading, 0);
    expect(watchdog.wait(hour)).toBeNull();
  });

  it("holds for the least time after the first painting, and starts anew with each sign of life", () => {
    const watchdog = createWatchdog({ warm: false, longestRunMilliseconds: 0 });
    watchdog.advanced(painting, 100);
    expect(watchdog.wait(leastSilence)).toBeNull();
    watchdog.heard();
    expect(watchdog.wait(leastSilence)).toBeNull();
    expect(watchdog.wait(1)).toBe("hung");
  });

  it("lets a job stand still for as long as a server may paint, but not fall silent", () => {
    const watchdog = createWatchdog({ warm: true, longestRunMilliseconds: 0, serverMilliseconds: 600_000 });
    watchdog.advanced(painting, 100);
    for (let waited = 0; waited <= 600_000; waited += leastSilence) {
      expect(watchdog.wait(leastSilence)).toBeNull();
      watchdog.heard();
    }
    expect(watchdog.wait(leastSilence + 1)).toBe("hung");
  });

  it("holds for three times the longest run where runs are long", () => {
    const watchdog = createWatchdog({ warm: false, longestRunMilliseconds: 0 });
    watchdog.advanced(painting, 20_000);
    watchdog.advanced(painting, 1000);
    expect(watchdog.wait(60_000)).toBeNull();
    expect(watchdog.wait(1)).toBe("hung");
  });

  it("ends also where there are signs of life but no progress", () => {
    const watchdog = createWatchdog({ warm: false, longestRunMilliseconds: 0 });
    watchdog.advanced(painting, 100);
    let end: string | null = null;
    let seconds = 0;
    while (end === null && seconds < 1000) {
      watchdog.heard();
      end = watchdog.wait(1000);
      seconds += 1;
    }
    expect(end).toBe("hung");
    expect(seconds).toBe((12 * leastSilence) / 1000 + 1);
  });

  it("gives a cancelled job the same time, whatever its worker still says", () => {
    const watchdog = createWatchdog({ warm: false, longestRunMilliseconds: 0 });
    watchdog.advanced(painting, 100);
    watchdog.cancelling();
    for (let waited = 0; waited < leastSilence; waited += 1000) {
      expect(watchdog.wait(1000)).toBeNull();
      watchdog.advanced(painting, 100);
      watchdog.cancelling();
    }
    expect(watchdog.wait(1)).toBe("deaf");
  });
});
