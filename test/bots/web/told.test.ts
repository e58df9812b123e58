import { EventEmitter } from "node:events";
import type { ServerResponse } from "node:http";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { applied, changeOf, emptyLiveState, merged } from "../../../src/bots/web/jobs/live-state.ts";
import { seriesOf } from "../../../src/bots/web/operator/series.ts";
import { createStreams } from "../../../src/bots/web/server/streams.ts";
import type { Progress } from "../../../src/types.ts";

const count = { version: 1, stepsDone: 3, stepsTotal: 10, secondsLeft: 4 } as const;
const draft = (proposal: number): Progress => ({
  ...count,
  phase: "draft",
  anchor: 0,
  proposal,
  thumbnail: { side: 1, rgb: new Uint8Array([1, 2, proposal]) },
});
const round = (number: number, losses: (number | null)[][]): Progress => ({
  ...count,
  phase: "round",
  round: number,
  probabilities: [[0.5, 0.5]],
  losses,
});

it("what is told of a job one by one, and put together first, makes the same state", () => {
  const told = [draft(1), round(1, [[null, 1]]), draft(2), round(2, [[0.5, 1]])];
  let state = emptyLiveState;
  let change = {};
  for (const progress of told) {
    const next = changeOf(state, progress, (file) => file);
    state = applied(state, next);
    change = merged(change, next);
  }
  expect(applied(emptyLiveState, change)).toEqual(state);
  expect(state.drafts.map(({ proposal, rgb }) => [proposal, Buffer.from(rgb, "base64")[2]])).toEqual([
    [1, 1],
    [2, 2],
  ]);
  expect(state.losses).toEqual([
    { round: 1, mean: 1, least: 1 },
    { round: 2, mean: 0.75, least: 0.5 },
  ]);
});

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A connection that keeps what it is sent. */
function connection() {
  const sent: string[] = [];
  let ended = false;
  const response = Object.assign(new EventEmitter(), {
    writableLength: 0,
    socket: null,
    writeHead() {},
    write: (text: string) => void sent.push(text),
    end(text = "") {
      if (text) sent.push(text);
      ended = true;
      response.emit("close");
    },
    destroy() {
      ended = true;
      response.emit("close");
    },
  });
  return {
    response: response as unknown as ServerResponse,
    events: () =>
      sent
        .join("")
        .split("\n\n")
        .flatMap((block) => /^event: (\w+)$/m.exec(block)?.[1] ?? []),
    text: () => sent.join(""),
    isEnded: () => ended,
    stall() {
      response.writableLength = 10_000_000;
    },
  };
}

it("a page hears what is learned at most ten times a second, all of it, and of its own rooms alone", () => {
  using streams = createStreams({ clock: () => 0, start: "one", isShared: false });
  const [mine, others] = [connection(), connection()];
  streams.open(mine.response, { member: "alice", isOperator: false });
  streams.open(others.response, { member: "bob", isOperator: true });
  for (let step = 0; step < 1000; step++) {
    streams.tellLive("own-alice", "job", {
      stepsDone: step,
      newDrafts: [{ anchor: 0, proposal: step, side: 1, rgb: "" }],
    });
    vi.advanceTimersByTime(1);
  }
  vi.advanceTimersByTime(200);
  const live = mine.events().filter((name) => name === "live");
  expect(live.length).toBeGreaterThan(5);
  expect(live.length).toBeLessThanOrEqual(11);
  expect(mine.text().match(/"proposal":/g)).toHaveLength(1000);
  expect(others.events()).not.toContain("live");
  for (let index = 0; index < 50; index++) streams.tellOperators();
  vi.advanceTimersByTime(1500);
  expect(others.events().filter((name) => name === "operator")).toHaveLength(1);
  expect(mine.events()).not.toContain("operator");
});

it("a page that hears nothing else hears a beat within every two seconds; one that does not read is cut off", () => {
  using streams = createStreams({ clock: () => 0, start: "one", isShared: false });
  const [idle, stalled] = [connection(), connection()];
  streams.open(idle.response, { member: "alice", isOperator: false });
  streams.open(stalled.response, { member: "alice", isOperator: false });
  stalled.stall();
  vi.advanceTimersByTime(10_100);
  expect(idle.events()).toEqual(["hello", ...Array.from({ length: 5 }, () => "beat")]);
  expect([stalled.isEnded(), idle.isEnded(), streams.size]).toEqual([true, false, 1]);
});

it("charts count each job where it was ordered and where it ended, and the waits of those that began", () => {
  const hour = 3_600_000;
  const now = 100 * hour;
  const job = (
    createdAt: number,
    startedAt: number | null,
    finishedAt: number | null,
    outcome: "done" | "failed" | null,
  ) => ({
    ...{ createdAt, startedAt, finishedAt, outcome },
  });
  const jobs = [
    job(now - 2 * hour, now - 2 * hour + 10_000, now - hour, "done"),
    job(now - 2 * hour, now - 2 * hour + 30_000, now - 2 * hour + 60_000, "failed"),
    job(now - 60_000, null, null, null),
    job(now - 90 * hour, now - 90 * hour, now - 90 * hour, "done"),
  ];
  const { step, points } = seriesOf(jobs, 24, now);
  expect(step).toBe(15 * 60);
  expect(points.length).toBeLessThanOrEqual(97);
  const sum = (name: "ordered" | "done" | "failed") =>
    points.reduce((total, point) => total + point[name], 0);
  expect([sum("ordered"), sum("done"), sum("failed")]).toEqual([3, 1, 1]);
  expect(points.find(({ waitMedian }) => waitMedian !== null)).toMatchObject({
    waitMedian: 20,
    waitLongest: 30,
  });
  expect(points.find(({ runMedian }) => runMedian !== null)?.runMedian).toBe(
    (hour - 10_000 + hour - hour) / 1000,
  );
});
