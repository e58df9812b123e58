import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createPositions, type Positions } from "../../../src/bots/delivery/positions.ts";
import type { Standing } from "../../../src/queue/scheduler.ts";

let queue: string[];
let asked: number;
let told: string[];
let positions: Positions;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
  queue = [];
  asked = 0;
  told = [];
  positions = createPositions({
    scheduler: {
      async standings() {
        asked += 1;
        return new Map(
          queue.map((job, index): [string, Standing] => [job, { position: index + 1, seconds: null }]),
        );
      },
    },
    tell: async (job) => void told.push(job),
    onFailure: (error) => {
      throw error;
    },
    clock: () => Date.now(),
  });
});
afterEach(() => {
  positions[Symbol.dispose]();
  vi.useRealTimers();
});

/** Runs the timers until nothing more is told; between some jobs others get their turn, in real time. */
async function settle(): Promise<void> {
  for (let quiet = 0; quiet < 5; ) {
    const before = told.length;
    await vi.runAllTimersAsync();
    await new Promise((resolve) => setImmediate(resolve));
    quiet = told.length === before ? quiet + 1 : 0;
  }
}

async function changeTo(...jobs: string[]): Promise<readonly string[]> {
  queue = jobs;
  told = [];
  positions.changed();
  await settle();
  return told;
}

describe("positions", () => {
  it("are told of jobs whose position is another, and of no others", async () => {
    expect(await changeTo("a", "b", "c")).toEqual(["a", "b", "c"]);
    expect(await changeTo("a", "b", "c")).toEqual([]);
    expect(await changeTo("a", "c", "b")).toEqual(["b", "c"]);
    expect(await changeTo("c", "b")).toEqual(["b", "c"]);
    expect(await changeTo("c")).toEqual([]);
  });

  it("are asked for once where many changes come together, and never where none comes", async () => {
    queue = ["a"];
    for (let change = 0; change < 10; change++) positions.changed();
    await settle();
    await vi.advanceTimersByTimeAsync(10 * 60_000);
    expect({ asked, told }).toEqual({ asked: 1, told: ["a"] });
  });

  it("are told of a long queue bit by bit, each job once", async () => {
    const jobs = Array.from({ length: 450 }, (_, index) => `job ${index}`);
    expect(await changeTo(...jobs)).toEqual(jobs);
    expect(asked).toBe(3);
  });

  it("are asked for at most once a second, unless a job came in since", async () => {
    queue = ["a"];
    expect(await positions.of("a")).toMatchObject({ position: 1 });
    queue = ["b", "a"];
    expect(await positions.of("a")).toMatchObject({ position: 1 });
    expect(await positions.of("b")).toMatchObject({ position: 1 });
    await vi.advanceTimersByTimeAsync(1000);
    queue = ["a"];
    expect(await positions.of("b")).toBeNull();
    expect(asked).toBe(3);
  });

  it("are told no more once disposed of", async () => {
    queue = ["a"];
    positions.changed();
    positions[Symbol.dispose]();
    positions.changed();
    await settle();
    expect(told).toEqual([]);
  });
});
