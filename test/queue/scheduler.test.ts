import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { EditError } from "../../src/errors.ts";
import type { JobChange } from "../../src/queue/job-change.ts";
import type { LaneSpec } from "../../src/queue/lane-spec.ts";
import { createScheduler, type Scheduler, type SchedulerOptions } from "../../src/queue/scheduler.ts";
import { deathLimits } from "../../src/store/jobs.ts";
import { openSqliteStore } from "../../src/store/sqlite/store.ts";
import type { Store } from "../../src/store/store.ts";
import { type JobOptions, newJob, progress, result } from "../store/jobs.ts";
import { createHeldLanes, type HeldLanes, turn, until } from "./lanes.ts";

describe("scheduler", () => {
  let folder: string;
  let store: Store;
  let scheduler: Scheduler;
  let now: number;
  let changes: JobChange[];
  let logged: { level: string; text: string; details: Readonly<Record<string, unknown>> | undefined }[];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "lrbot-scheduler-"));
    store = await openSqliteStore({ folder });
    now = 1_000_000;
    changes = [];
    logged = [];
  });
  afterEach(async () => {
    await scheduler[Symbol.asyncDispose]();
    await store[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  const schedule = async (lanes: readonly LaneSpec[], options: Partial<SchedulerOptions> = {}) => {
    scheduler = createScheduler({
      ...{
        store,
        lanes,
        clock: () => now,
        monotonic: () => now,
        progressMilliseconds: 0,
        retryMilliseconds: 1,
      },
      log: (level, text, details) => logged.push({ level, text, details }),
      ...options,
    });
    scheduler.onChange((change) => changes.push(change));
    await scheduler.start();
  };
  const held = async (names = ["cpu"], options: Parameters<typeof createHeldLanes>[1] = {}) => {
    const lanes = createHeldLanes(names, options);
    await schedule(lanes.specs);
    return lanes;
  };
  const ask = async (options: JobOptions = {}) => {
    now++;
    const { id } = await store.jobs.add(newJob(options), now);
    scheduler.wake();
    return id;
  };
  const stateOf = async (id: string) => (await store.jobs.find(id))?.state;
  const reaches = (id: string, state: string) => until(async () => (await stateOf(id)) === state);
  const died = () => new EditError("worker-died", "Expected an answer, got the worker's end.");
  const started = ({ runs }: HeldLanes) => runs.map(({ job }) => job.id);

  describe("a lane whose server does not answer", () => {
    const unreachable = () => new EditError("inpainter-unreachable", "Expected an answer, got ECONNREFUSED.");
    const two = async (options: Partial<SchedulerOptions> = {}) => {
      const lanes = createHeldLanes(["a1111:0", "comfyui:0"]);
      await schedule(lanes.specs, options);
      return lanes;
    };

    it("passes its job on to another lane, with nothing told of a failure", async () => {
      const lanes = await two();
      const id = await ask();
      const first = await lanes.run(0);
      first.fail(unreachable());
      const second = await lanes.run(1);
      expect(second.job.id).toBe(id);
      expect(second.lane).not.toBe(first.lane);
      second.finish();
      await reaches(id, "posting");
      expect(await store.jobs.find(id)).toMatchObject({ failure: null, workerDeaths: 0 });
      expect(changes.map(({ kind }) => kind)).toEqual(["running", "waiting", "running", "posting"]);
    });

    it("leaves jobs to the others for a while, and then claims again", async () => {
      const lanes = await two({ restMilliseconds: 50 });
      await ask();
      const first = await lanes.run(0);
      first.fail(unreachable());
      await lanes.run(1);
      // The other lane is busy: only the one that rested can run it.
      const later = await ask({ user: "b" });
      const third = await lanes.run(2);
      expect({ job: third.job.id, lane: third.lane }).toEqual({ job: later, lane: first.lane });
    });

    it("rests as long as it should", async () => {
      const lanes = await two({ restMilliseconds: 1e8 });
      await ask();
      (await lanes.run(0)).fail(unreachable());
      await lanes.run(1);
      const later = await ask({ user: "b" });
      await turn();
      expect(await stateOf(later)).toBe("waiting");
      expect(lanes.runs).toHaveLength(2);
    });

    it("fails its job where the others do not answer either, and goes on with the next", async () => {
      const lanes = await two();
      const id = await ask();
      (await lanes.run(0)).fail(unreachable());
      (await lanes.run(1)).fail(unreachable());
      await reaches(id, "posting");
      expect((await store.jobs.find(id))?.failure).toMatchObject({ code: "inpainter-unreachable" });
      expect(lanes.runs).toHaveLength(2);
      const next = await ask();
      (await lanes.run(2)).fail(unreachable());
      await reaches(next, "posting");
    });

    it("leaves a lane at work where all fail at the same moment", async () => {
      const lanes = await two();
      const ids = [await ask(), await ask({ user: "b" })];
      const runs = [await lanes.run(0), await lanes.run(1)];
      for (const run of runs) run.fail(unreachable());
      const third = await lanes.run(2);
      expect({ job: third.job.id, lane: third.lane }).toEqual({ job: runs[0]?.job.id, lane: runs[1]?.lane });
      third.finish();
      for (const id of ids) await reaches(id, "posting");
      expect((await store.jobs.find(runs[1]?.job.id ?? ""))?.failure?.code).toBe("inpainter-unreachable");
    });

    it("lets its job wait for the next start where the program is ending", async () => {
      const lanes = await two();
      const id = await ask();
      const run = await lanes.run(0);
      const drained = scheduler.drain();
      run.fail(unreachable());
      await drained;
      expect(await stateOf(id)).toBe("waiting");
      expect(lanes.runs).toHaveLength(1);
    });

    it("fails its job where the other one is paused", async () => {
      const lanes = await two();
      await scheduler.pause("comfyui:0");
      const id = await ask();
      (await lanes.run(0)).fail(unreachable());
      await reaches(id, "posting");
      expect((await store.jobs.find(id))?.failure).toMatchObject({ code: "inpainter-unreachable" });
    });
  });

  it("claims nothing before it is started", async () => {
    const lanes = createHeldLanes(["cpu"]);
    scheduler = createScheduler({ store, lanes: lanes.specs, log: () => {} });
    const id = await ask();
    await turn();
    expect(await stateOf(id)).toBe("waiting");
    await scheduler.start();
    expect((await lanes.run(0)).job.id).toBe(id);
  });

  it("runs a job and stores its result, telling each change after the store has it", async () => {
    const lanes = await held();
    const id = await ask();
    const run = await lanes.run(0);
    expect(await stateOf(id)).toBe("running");
    expect(scheduler.lanes).toMatchObject([{ name: "cpu", isPaused: false, running: { job: id } }]);
    run.progress(progress(5));
    await turn();
    expect((await store.jobs.find(id))?.progress).toEqual(progress(5));
    expect(scheduler.lanes[0]?.running?.secondsLeft).toBe(95);
    run.finish();
    await reaches(id, "posting");
    await turn();
    expect(await store.jobs.find(id)).toMatchObject({ outcome: "done", result: result() });
    expect(scheduler.lanes[0]?.running).toBeNull();
    expect(changes).toEqual(["running", "progress", "posting"].map((kind) => ({ job: id, kind })));
  });

  it("holds one job a lane, and leaves the rest in the store", async () => {
    const lanes = await held(["cuda:0", "cuda:1"]);
    const ids = [await ask(), await ask(), await ask(), await ask()];
    await lanes.run(1);
    await turn();
    expect(lanes.runs).toHaveLength(2);
    expect(await store.jobs.count({ states: ["waiting"] })).toBe(2);
    lanes.runs[0]?.finish();
    await lanes.run(2);
    await turn();
    expect(started(lanes)).toEqual(ids.slice(0, 3));
  });

  it("stores an error with its code, and an unforeseen one with a reference that the log has too", async () => {
    const lanes = await held();
    const [known, unforeseen, odd] = [await ask(), await ask(), await ask()];
    (await lanes.run(0)).fail(new EditError("out-of-memory", "Expected memory, got none."));
    (await lanes.run(1)).fail(new TypeError("x is not a function"));
    (await lanes.run(2)).fail("no error at all");
    await reaches(odd, "posting");
    expect((await store.jobs.find(known))?.failure).toEqual({
      ...{ code: "out-of-memory", message: "Expected memory, got none.", reference: null },
    });
    for (const id of [unforeseen, odd]) {
      const failure = (await store.jobs.find(id))?.failure;
      expect(failure).toMatchObject({ code: "internal", reference: expect.stringMatching(/^[0-9a-f]{8}$/) });
      const entry = logged.find(({ details }) => details?.reference === failure?.reference);
      expect(entry).toMatchObject({ level: "error", details: { job: id, error: expect.anything() } });
    }
  });

  describe("cancelling", () => {
    it("ends a job for its person at once, while its lane is busy until the worker answers", async () => {
      const lanes = await held(["cpu"], { onAbort: "ignore" });
      const [first, second] = [await ask(), await ask()];
      const run = await lanes.run(0);
      expect(await scheduler.cancel(first)).toBe(true);
      expect(await store.jobs.find(first)).toMatchObject({ state: "posting", outcome: "cancelled" });
      expect(run.signal.aborted).toBe(true);
      await turn();
      expect(started(lanes)).toEqual([first]);
      expect(scheduler.lanes[0]?.running?.job).toBe(first);
      run.progress(progress(9));
      run.finish();
      const next = await lanes.run(1);
      expect(next.job.id).toBe(second);
      next.finish();
      expect(await store.jobs.find(first)).toMatchObject({
        outcome: "cancelled",
        result: null,
        progress: null,
      });
      expect(changes.filter(({ job }) => job === first).map(({ kind }) => kind)).toEqual([
        "running",
        "posting",
      ]);
    });

    it("never starts a job that was cancelled while it waited", async () => {
      const lanes = await held();
      const [first, second, third] = [await ask(), await ask(), await ask()];
      await lanes.run(0);
      expect(await scheduler.cancel(second)).toBe(true);
      expect(await scheduler.cancel(second)).toBe(false);
      lanes.runs[0]?.finish();
      expect((await lanes.run(1)).job.id).toBe(third);
      expect(started(lanes)).toEqual([first, third]);
    });

    it("takes a job off its lane that was forgotten in the store", async () => {
      const lanes = await held();
      const id = await ask({ user: "ann" });
      const run = await lanes.run(0);
      await store.jobs.forget({ platform: "chat", user: "ann" }, now);
      expect(await scheduler.cancel(id)).toBe(false);
      expect(run.signal.aborted).toBe(true);
    });

    it("says that an unknown job is over", async () => {
      await held();
      expect(await scheduler.cancel("unknown")).toBe(false);
    });
  });

  describe("deaths", () => {
    it("runs a job again whose worker died, and fails it after too many times", async () => {
      const lanes = await held();
      const id = await ask();
      for (let death = 0; death <= deathLimits.workerDeaths; death++) {
        const { job, fail } = await lanes.run(death);
        expect(job).toMatchObject({ id, workerDeaths: death });
        fail(died());
      }
      await reaches(id, "posting");
      expect(await store.jobs.find(id)).toMatchObject({
        ...{ outcome: "failed", failure: { code: "worker-died" }, restarts: 0 },
      });
      await turn();
      expect(lanes.runs).toHaveLength(deathLimits.workerDeaths + 1);
      expect(changes.map(({ kind }) => kind)).toEqual([
        ...Array.from({ length: deathLimits.workerDeaths }, () => ["running", "waiting"]).flat(),
        ...["running", "posting"],
      ]);
    });

    it("counts a run that somebody else ended as a death, so that it cannot go on for ever", async () => {
      const lanes = await held();
      const id = await ask();
      (await lanes.run(0)).fail(new EditError("cancelled", "Expected to finish, got SIGINT."));
      for (let death = 1; death <= deathLimits.workerDeaths; death++) {
        const { job, fail } = await lanes.run(death);
        expect(job).toMatchObject({ id, workerDeaths: death });
        fail(new EditError("cancelled", "Expected to finish, got SIGINT."));
      }
      await reaches(id, "posting");
      expect((await store.jobs.find(id))?.failure?.code).toBe("worker-died");
    });

    it("recovers what ran when the process was killed, and counts a restart", async () => {
      const { id } = await store.jobs.add(newJob(), 1);
      await store.jobs.claim({ lane: "cpu", packs: null, loadedPack: null, loadingMilliseconds: 0 }, 2);
      const lanes = await held();
      expect((await lanes.run(0)).job).toMatchObject({ id, restarts: 1 });
      expect(changes[0]).toEqual({ job: id, kind: "waiting" });
    });

    it("gives a running job back when it is disposed of, and counts nothing", async () => {
      const lanes = await held();
      const id = await ask();
      const run = await lanes.run(0);
      await scheduler[Symbol.asyncDispose]();
      expect(run.signal.aborted).toBe(true);
      expect(await store.jobs.find(id)).toMatchObject({
        ...{ state: "waiting", outcome: null, restarts: 0, workerDeaths: 0 },
      });
    });

    it("keeps a result that comes while it is being disposed of", async () => {
      const lanes = await held(["cpu"], { onAbort: "ignore" });
      const id = await ask();
      const run = await lanes.run(0);
      const disposed = scheduler[Symbol.asyncDispose]();
      run.finish();
      await disposed;
      expect(await store.jobs.find(id)).toMatchObject({ state: "posting", outcome: "done" });
    });
  });

  describe("pausing", () => {
    it("lets the running job finish, claims nothing more, and goes on when resumed", async () => {
      const lanes = await held();
      const [first, second] = [await ask(), await ask()];
      const run = await lanes.run(0);
      expect(await scheduler.pause("cpu")).toBe(true);
      expect(scheduler.lanes).toMatchObject([{ isPaused: true, running: { job: first } }]);
      run.finish();
      await reaches(first, "posting");
      await turn();
      expect(await stateOf(second)).toBe("waiting");
      expect(await scheduler.resume("cpu")).toBe(true);
      expect((await lanes.run(1)).job.id).toBe(second);
    });

    it("runs nothing where it cannot be read which lanes are paused, until one is resumed", async () => {
      await store.settings.set("", "lanes", { paused: "cuda:0" });
      await held(["cuda:0", "cuda:1"]);
      expect(scheduler.lanes.map(({ isPaused }) => isPaused)).toEqual([true, true]);
      expect(scheduler.arePausesUnreadable).toBe(true);
      expect(logged).toContainEqual(
        expect.objectContaining({
          level: "error",
          details: expect.objectContaining({ code: "settings-unreadable" }),
        }),
      );
      const id = await ask();
      await scheduler.resume("cuda:1");
      expect(scheduler.arePausesUnreadable).toBe(false);
      await reaches(id, "running");
      expect((await store.jobs.find(id))?.lane).toBe("cuda:1");
      expect(await store.settings.get("", "lanes")).toEqual({ paused: ["cuda:0"] });
    });

    it("pauses one lane or all, and knows no lane by another name", async () => {
      const lanes = await held(["cuda:0", "cuda:1"]);
      await scheduler.pause("cuda:0");
      await ask();
      expect((await lanes.run(0)).lane).toBe("cuda:1");
      expect(await scheduler.pause("cuda:2")).toBe(false);
      expect(await scheduler.resume("cuda:2")).toBe(false);
      await scheduler.pause(null);
      expect(scheduler.lanes.map(({ isPaused }) => isPaused)).toEqual([true, true]);
      await scheduler.resume(null);
      expect(scheduler.lanes.map(({ isPaused }) => isPaused)).toEqual([false, false]);
    });

    it("outlives the process", async () => {
      await held();
      await scheduler.pause("cpu");
      await scheduler[Symbol.asyncDispose]();
      const lanes = await held();
      const id = await ask();
      await turn();
      expect(scheduler.lanes).toMatchObject([{ isPaused: true }]);
      expect(await stateOf(id)).toBe("waiting");
      await scheduler.resume(null);
      expect((await lanes.run(0)).job.id).toBe(id);
    });
  });

  it("drains: claims nothing more and resolves when nothing runs", async () => {
    const lanes = await held();
    const [first, second] = [await ask(), await ask()];
    const run = await lanes.run(0);
    let isDrained = false;
    const drained = scheduler.drain().then(() => {
      isDrained = true;
    });
    expect(scheduler.isDraining).toBe(true);
    await turn();
    expect(isDrained).toBe(false);
    run.finish();
    await drained;
    expect([await stateOf(first), await stateOf(second)]).toEqual(["posting", "waiting"]);
    scheduler.wake();
    await turn();
    expect(lanes.runs).toHaveLength(1);
  });

  it("drains and gives back what still loads, and counts nothing; what paints is finished", async () => {
    const lanes = await held(["cpu", "cuda:0", "cuda:1"]);
    const [silent, loading, painting] = [await ask(), await ask(), await ask()];
    const runs = [await lanes.run(0), await lanes.run(1), await lanes.run(2)];
    runs[1]?.progress(progress(0));
    runs[2]?.progress({ ...progress(3), phase: "features", attention: [], anchors: [], proposals: [] });
    const drained = scheduler.drain({ givesBackLoading: true });
    await reaches(silent, "waiting");
    await reaches(loading, "waiting");
    expect(runs.map(({ signal }) => signal.aborted)).toEqual([true, true, false]);
    runs[2]?.finish();
    await drained;
    expect(await stateOf(painting)).toBe("posting");
    expect(await store.jobs.find(loading)).toMatchObject({ restarts: 0, workerDeaths: 0 });
    expect(changes.filter(({ kind }) => kind === "waiting").map(({ job }) => job)).toEqual([silent, loading]);
  });

  describe("loaded packs", () => {
    it("prefers the pack that a lane has loaded, until another has waited for longer than loading took", async () => {
      const lanes = await held();
      await ask({ user: "ann", pack: "mini" });
      (await lanes.run(0)).finish(result({ load: 5000, total: 7000 }));
      await until(() => scheduler.lanes[0]?.loadedPack === "mini" && scheduler.lanes[0].running === null);
      await ask({ user: "ann", pack: "mini" });
      const busy = await lanes.run(1);
      const large = await ask({ user: "ben", pack: "large" });
      const small = [await ask({ user: "cleo", pack: "mini" }), await ask({ user: "cleo", pack: "mini" })];
      busy.finish();
      expect((await lanes.run(2)).job.id).toBe(small[0]);
      now += 5000;
      lanes.runs[2]?.finish();
      expect((await lanes.run(3)).job.id).toBe(large);
    });

    it("are preferred to no job that waited since before the clock was set back", async () => {
      const lanes = await held();
      await ask({ user: "ann", pack: "mini" });
      (await lanes.run(0)).finish(result({ load: 5000, total: 7000 }));
      await until(() => scheduler.lanes[0]?.loadedPack === "mini" && scheduler.lanes[0].running === null);
      await ask({ user: "ann", pack: "mini" });
      const busy = await lanes.run(1);
      const large = await ask({ user: "ben", pack: "large" });
      now -= 3_600_000;
      await ask({ user: "ann", pack: "mini" });
      busy.finish();
      expect((await lanes.run(2)).job.id).toBe(large);
    });

    it("knows of no loaded pack once the worker is gone", async () => {
      const lanes = await held();
      await ask({ pack: "mini" });
      const run = await lanes.run(0);
      run.progress({ ...progress(1), phase: "done" });
      expect(scheduler.lanes[0]?.loadedPack).toBe("mini");
      run.fail(died());
      await lanes.run(1);
      expect(scheduler.lanes[0]?.loadedPack).toBeNull();
    });

    it("claims only what a lane can run", async () => {
      const small = createHeldLanes(["small"], { packs: ["mini"] });
      const large = createHeldLanes(["large"], { packs: ["large"] });
      await schedule([...small.specs, ...large.specs]);
      const [one, two] = [await ask({ pack: "large" }), await ask({ pack: "mini" })];
      expect((await small.run(0)).job.id).toBe(two);
      expect((await large.run(0)).job.id).toBe(one);
    });
  });

  describe("standings", () => {
    it("tell positions in fair order, and starts once something was measured", async () => {
      const lanes = await held();
      await ask({ user: "ann" });
      const run = await lanes.run(0);
      const [third, first, second] = [
        await ask({ user: "ann" }),
        await ask({ user: "ben" }),
        await ask({ user: "cleo" }),
      ];
      expect(await scheduler.standings()).toEqual(
        new Map([first, second, third].map((id, index) => [id, { position: index + 1, seconds: null }])),
      );
      run.finish(result({ load: 1000, total: 11_000 }));
      const next = await lanes.run(1);
      next.progress(progress(96));
      const standings = await scheduler.standings();
      expect([...standings.keys()]).toEqual([second, third]);
      expect([...standings.values()]).toEqual([
        { position: 1, seconds: 4 },
        { position: 2, seconds: 14 },
      ]);
      await scheduler.pause(null);
      expect((await scheduler.standings()).get(second)).toEqual({ position: 1, seconds: null });
    });

    it.each([
      ["back an hour", -3_600_000],
      ["ahead a day", 86_400_000],
    ])("tell the same time left where the clock is set %s", async (_, step) => {
      let passed = 0;
      const lanes = createHeldLanes(["cpu"]);
      await schedule(lanes.specs, { monotonic: () => passed });
      await ask();
      (await lanes.run(0)).finish(result({ load: 0, total: 30_000 }));
      await ask();
      const run = await lanes.run(1);
      const left = () => scheduler.lanes[0]?.running?.secondsLeft;
      expect(left()).toBe(30);
      passed += 10_000;
      now += step;
      expect(left()).toBe(20);
      run.progress(progress(85));
      passed += 5000;
      now -= step;
      expect(left()).toBe(10);
    });
  });

  it("expects on a lane without measurements what was measured on another", async () => {
    const lanes = await held(["cuda:0", "cuda:1"]);
    await scheduler.pause("cuda:1");
    await ask();
    (await lanes.run(0)).finish(result({ total: 20_000 }));
    await until(() => scheduler.lanes[0]?.running === null);
    await scheduler.pause("cuda:0");
    await scheduler.resume("cuda:1");
    await ask();
    await lanes.run(1);
    expect(scheduler.lanes[1]?.running?.secondsLeft).toBe(20);
  });

  describe("a store that fails", () => {
    it("is asked again, and no result is lost", async () => {
      const lanes = createHeldLanes(["cpu"]);
      let failures = 0;
      const failing = <Arguments extends readonly unknown[], Value>(
        method: (...args: Arguments) => Promise<Value>,
        times: number,
      ) => {
        let left = times;
        return async (...args: Arguments) => {
          if (left-- <= 0) return await method(...args);
          failures++;
          throw new EditError("disk-full", "Expected room, got none.");
        };
      };
      const jobs = {
        ...store.jobs,
        claim: failing(store.jobs.claim, 3),
        finish: failing(store.jobs.finish, 3),
        recordProgress: failing(store.jobs.recordProgress, 1),
      };
      await schedule(lanes.specs, { store: { ...store, jobs } });
      const id = await ask();
      const run = await lanes.run(0);
      run.progress(progress(1));
      run.finish();
      await reaches(id, "posting");
      expect(failures).toBe(7);
      expect(logged.filter(({ level }) => level === "error")).toHaveLength(6);
    });
  });

  it("does not fail because a listener does", async () => {
    const lanes = await held();
    scheduler.onChange(() => {
      throw new Error("a listener's own fault");
    });
    const id = await ask();
    (await lanes.run(0)).finish();
    await reaches(id, "posting");
    expect(logged).toContainEqual(expect.objectContaining({ level: "error" }));
  });

  it("tells all that a worker says, each thing as it comes, to who listens", async () => {
    const lanes = createHeldLanes(["cpu"]);
    await schedule(lanes.specs, { progressMilliseconds: 60_000 });
    const told: unknown[] = [];
    scheduler.onProgress(() => {
      throw new Error("a listener that fails");
    });
    const stop = scheduler.onProgress((job, { stepsDone }) => void told.push([job, stepsDone]));
    const id = await ask();
    const run = await lanes.run(0);
    for (let step = 1; step <= 5; step++) run.progress(progress(step));
    stop();
    run.progress(progress(6));
    run.finish();
    await reaches(id, "posting");
    expect(told).toEqual([1, 2, 3, 4, 5].map((step) => [id, step]));
  });

  it("writes progress down now and then, and always the last", async () => {
    const lanes = createHeldLanes(["cpu"]);
    const written: number[] = [];
    const jobs: Store["jobs"] = {
      ...store.jobs,
      async recordProgress(id, value) {
        written.push(value.stepsDone);
        await store.jobs.recordProgress(id, value);
      },
    };
    await schedule(lanes.specs, { store: { ...store, jobs }, progressMilliseconds: 60_000 });
    const id = await ask();
    const run = await lanes.run(0);
    for (let step = 1; step <= 50; step++) run.progress(progress(step));
    run.finish();
    await reaches(id, "posting");
    expect(written).toEqual([1, 50]);
    expect((await store.jobs.find(id))?.progress?.stepsDone).toBe(50);
  });

  it("runs every job of many once, on eight lanes", async () => {
    const runs = new Map<string, number>();
    let busiest = 0;
    const lanes = Array.from({ length: 8 }, (_, index): LaneSpec => {
      let busy = 0;
      return {
        name: `simulated:${index}`,
        async run(job) {
          busy++;
          busiest = Math.max(busiest, busy);
          runs.set(job.id, (runs.get(job.id) ?? 0) + 1);
          await turn();
          busy--;
          return result();
        },
      };
    });
    await schedule(lanes);
    const ids = [];
    for (let job = 0; job < 200; job++) ids.push(await ask({ user: `user-${job % 13}` }));
    await until(async () => (await store.jobs.count({ states: ["posting"] })) === ids.length);
    expect(busiest).toBe(1);
    expect([...runs.keys()].toSorted()).toEqual(ids.toSorted());
    expect(new Set(runs.values())).toEqual(new Set([1]));
  });
});
