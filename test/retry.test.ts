import { describe, expect, it } from "vitest";
import { createRetries, pauseFor, type RetryPolicy, type RetryTiming, retry } from "../src/retry.ts";

/** A clock that only pauses move, and what was paused for. */
function fakeTime(random = 0.5) {
  const pauses: number[] = [];
  const state = { now: 0 };
  const timing: RetryTiming = {
    now: () => state.now,
    random: () => random,
    pause: async (milliseconds) => {
      pauses.push(milliseconds);
      state.now += milliseconds;
    },
  };
  return { pauses, state, timing };
}

/** Fails so many times, each time with the next number, then gives `done`. */
function failing(
  times: number,
  errorOf: (count: number) => Error = (count) => new Error(`failure ${count}`),
) {
  let count = 0;
  return Object.assign(
    async () => {
      if (++count <= times) throw errorOf(count);
      return "done";
    },
    { tries: () => count },
  );
}

const growing: RetryPolicy = { pauses: { first: 100, longest: 1000 } };

describe("retry", () => {
  it("waits twice as long after each failure, up to the longest pause", async () => {
    const { pauses, timing } = fakeTime();
    await expect(retry(failing(6), growing, { timing })).resolves.toBe("done");
    expect(pauses).toEqual([100, 200, 400, 800, 1000, 1000]);
  });

  it("makes a pause by a quarter shorter or longer at most, by chance", async () => {
    const [shortest, longest] = [fakeTime(0), fakeTime(1)];
    await retry(failing(2), growing, { timing: shortest.timing });
    await retry(failing(2), growing, { timing: longest.timing });
    expect(shortest.pauses).toEqual([75, 150]);
    expect(longest.pauses).toEqual([125, 250]);
  });

  it("of listed pauses makes one try more than there are pauses, and throws what the last one failed with", async () => {
    const { pauses, timing } = fakeTime();
    const work = failing(9);
    await expect(retry(work, { pauses: [5, 70, 9] }, { timing })).rejects.toThrow("failure 4");
    expect(pauses).toEqual([5, 70, 9]);
    expect(work.tries()).toBe(4);
  });

  it("ends after so many attempts, the first included", async () => {
    const { timing } = fakeTime();
    const work = failing(9);
    await expect(retry(work, { ...growing, attempts: 3 }, { timing })).rejects.toThrow("failure 3");
    expect(work.tries()).toBe(3);
  });

  it("does not repeat what will not pass, and may be stricter with the first failures than with later ones", async () => {
    const { timing } = fakeTime();
    const work = failing(9);
    const policy: RetryPolicy = { ...growing, isPassing: (_, failures) => failures < 2 };
    await expect(retry(work, policy, { timing })).rejects.toThrow("failure 2");
    expect(work.tries()).toBe(2);
  });

  it("waits exactly as long as the other side asks, and gives up where that is too long", async () => {
    const asked = [7, null, 4000];
    const { pauses, timing } = fakeTime();
    const work = failing(9, (count) =>
      Object.assign(new Error(`failure ${count}`), { asked: asked[count - 1] }),
    );
    const policy: RetryPolicy = {
      ...growing,
      askedPause: (error) => (error as { asked: number | null }).asked,
      longestAskedPause: 3000,
    };
    await expect(retry(work, policy, { timing })).rejects.toThrow("failure 3");
    expect(pauses).toEqual([7, 200]);
  });

  it("begins no try after its budget, by the monotonic clock, and tells each try what is left", async () => {
    const { state, timing } = fakeTime();
    const left: number[] = [];
    const work = async (milliseconds: number) => {
      left.push(milliseconds);
      state.now += 50;
      throw new Error("down");
    };
    await expect(retry(work, { ...growing, budget: 500 }, { timing })).rejects.toThrow("down");
    // 50 + 100 + 50 + 200 + 50 ms, and a pause of 400 ms does not fit any more.
    expect(left).toEqual([500, 350, 100]);
  });

  it("ends a pause as soon as it is cancelled, without another try", async () => {
    const work = failing(9);
    const stop = new AbortController();
    const onFailure = () => stop.abort();
    const policy: RetryPolicy = { pauses: [2 ** 30] };
    const trying = retry(work, policy, { signal: stop.signal, onFailure });
    await expect(trying).rejects.toMatchObject({ code: "cancelled" });
    expect(work.tries()).toBe(1);
  });

  it("makes one more try on being cancelled where that is wanted, and throws what it fails with", async () => {
    const policy: RetryPolicy = { pauses: { first: 2 ** 30, longest: 2 ** 30 } };
    for (const [times, expected] of [
      [9, "failure 2"],
      [1, null],
    ] as const) {
      const work = failing(times);
      const stop = new AbortController();
      const onFailure = () => stop.abort();
      const trying = retry(work, policy, { signal: stop.signal, endsWithTry: true, onFailure });
      if (expected) await expect(trying).rejects.toThrow(expected);
      else await expect(trying).resolves.toBe("done");
      expect(work.tries()).toBe(2);
    }
  });

  it("tells of every failure, with the pause that follows", async () => {
    const { timing } = fakeTime();
    const told: unknown[] = [];
    const onFailure = (error: unknown, failures: number, pause: number | null) =>
      told.push([(error as Error).message, failures, pause]);
    await retry(failing(3), { pauses: [10, 20] }, { timing, onFailure }).catch(() => {});
    expect(told).toEqual([
      ["failure 1", 1, 10],
      ["failure 2", 2, 20],
      ["failure 3", 3, null],
    ]);
  });
});

describe("retries that are waited for elsewhere", () => {
  it("begin to count again after a success, while the budget goes on", () => {
    const { state, timing } = fakeTime();
    const retries = createRetries({ ...growing, attempts: 3, budget: 1000 }, timing);
    expect(retries.pauseAfter(new Error())).toBe(100);
    expect(retries.pauseAfter(new Error())).toBe(200);
    retries.startAgain();
    expect(retries.failures).toBe(0);
    expect(retries.pauseAfter(new Error())).toBe(100);
    state.now = 950;
    expect(retries.millisecondsLeft).toBe(50);
    expect(retries.pauseAfter(new Error())).toBeNull();
  });
});

describe("a pause", () => {
  it("ends with the first of several signals, also one that was aborted before", async () => {
    const [first, second] = [new AbortController(), new AbortController()];
    const pause = pauseFor(2 ** 30, first.signal, undefined, second.signal);
    second.abort();
    await pause;
    await pauseFor(2 ** 30, second.signal);
    await pauseFor(0);
    expect(first.signal.aborted).toBe(false);
  });
});
