import { describe, expect, it } from "vitest";
import {
  createWatchdog,
  leastCancel,
  leastSilence,
} from "../../../../src/pipeline/workers/edits/watchdog.ts";
import type { Progress } from "../../../../src/types.ts";

const count = { version: 1, stepsDone: 0, stepsTotal: 10, secondsLeft: null } as const;
const loading: Progress = { ...count, phase: "loading" };
const features: Progress = { ...count, phase: "features", attention: [], anchors: [], proposals: [] };
const painting: Progress = { ...count, phase: "painting", quality: "draft", anchors: [0], step: 1, steps: 4 };
const loadMilliseconds = 600_000;
const cold = { longestRunMilliseconds: 0, loadMilliseconds };

describe("the watchdog of a worker", () => {
  it("lets a worker be silent while it loads and warms up, for as long as that may take", () => {
    const watchdog = createWatchdog({ warm: false, ...cold });
    expect(watchdog.wait(loadMilliseconds)).toBeNull();
    watchdog.advanced(loading, 0);
    expect(watchdog.wait(loadMilliseconds)).toBeNull();
    watchdog.advanced(features, 100);
    expect(watchdog.wait(loadMilliseconds)).toBeNull();
    expect(watchdog.wait(1)).toBe("not-loaded");
  });

  it("takes signs of life for no step of loading", () => {
    const watchdog = createWatchdog({ warm: true, ...cold });
    watchdog.advanced(loading, 0);
    expect(watchdog.wait(loadMilliseconds)).toBeNull();
    watchdog.heard();
    expect(watchdog.wait(1)).toBe("not-loaded");
  });

  it("lets a job that is not painting yet wait for its server too", () => {
    const watchdog = createWatchdog({ warm: false, ...cold, serverMilliseconds: 1_200_000 });
    expect(watchdog.wait(loadMilliseconds + 1_200_000)).toBeNull();
    expect(watchdog.wait(1)).toBe("not-loaded");
  });

  it.each(["before it tells anything", "while it loads", "while it warms up"])(
    "gives a job that is cancelled %s the time that any cancelled one has",
    (when) => {
      const watchdog = createWatchdog({ warm: false, ...cold });
      if (when === "while it loads") watchdog.advanced(loading, 0);
      if (when === "while it warms up") watchdog.advanced(features, 0);
      expect(watchdog.wait(leastSilence)).toBeNull();
      watchdog.cancelling();
      expect(watchdog.wait(leastCancel)).toBeNull();
      watchdog.heard();
      expect(watchdog.wait(1)).toBe("deaf");
    },
  );

  it("holds for the least time after the first painting, and starts anew with each sign of life", () => {
    const watchdog = createWatchdog({ warm: false, ...cold });
    watchdog.advanced(painting, 100);
    expect(watchdog.wait(leastSilence)).toBeNull();
    watchdog.heard();
    expect(watchdog.wait(leastSilence)).toBeNull();
    expect(watchdog.wait(1)).toBe("hung");
  });

  it("lets a job stand still for as long as a server may paint, but not fall silent", () => {
    const watchdog = createWatchdog({ warm: true, ...cold, serverMilliseconds: 600_000 });
    watchdog.advanced(painting, 100);
    for (let waited = 0; waited <= 600_000; waited += leastSilence) {
      expect(watchdog.wait(leastSilence)).toBeNull();
      watchdog.heard();
    }
    expect(watchdog.wait(leastSilence + 1)).toBe("hung");
  });

  it("holds for three times the longest run where runs are long", () => {
    const watchdog = createWatchdog({ warm: false, ...cold });
    watchdog.advanced(painting, 20_000);
    watchdog.advanced(painting, 1000);
    expect(watchdog.wait(60_000)).toBeNull();
    expect(watchdog.wait(1)).toBe("hung");
  });

  it("ends also where there are signs of life but no progress", () => {
    const watchdog = createWatchdog({ warm: false, ...cold });
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

  it("gives a cancelled job less time, whatever its worker still says", () => {
    const watchdog = createWatchdog({ warm: false, ...cold });
    watchdog.advanced(painting, 100);
    watchdog.cancelling();
    for (let waited = 0; waited < leastCancel; waited += 1000) {
      expect(watchdog.wait(1000)).toBeNull();
      watchdog.advanced(painting, 100);
      watchdog.cancelling();
    }
    expect(watchdog.wait(1)).toBe("deaf");
  });
});
