import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { deathLimits, type JobRecord } from "../../src/store/jobs.ts";
import type { Store } from "../../src/store/store.ts";
import type { Progress } from "../../src/types.ts";
import { failure, newJob, offer, progress, result } from "./jobs.ts";

/** How an implementation is opened. The same folder opened again is the same store. */
export interface StoreMaker {
  open(folder: string): Promise<Store>;
  /** Opens what `backup` wrote. */
  openBackup(file: string): Promise<Store>;
}

/** What every store has to do. */
export function describeStore(name: string, maker: StoreMaker): void {
  describe(`${name} as a store`, () => {
    let folder: string;
    let store: Store;
    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), "lrbot-store-"));
      store = await maker.open(folder);
    });
    afterEach(async () => {
      await store[Symbol.asyncDispose]();
      await rm(folder, { recursive: true });
    });
    const reopen = async () => {
      await store[Symbol.asyncDispose]();
      store = await maker.open(folder);
    };
    const stateOf = async (id: string) => (await store.jobs.find(id))?.state;
    const addOne = (options: Parameters<typeof newJob>[0] = {}, now = 1000) =>
      store.jobs.add(newJob(options), now);
    const claim = async (now = 2000): Promise<JobRecord> => {
      const job = await store.jobs.claim(offer(), now);
      if (!job) throw new Error("Expected a job to claim, got none.");
      return job;
    };
    const finished = async (now = 3000, options: Parameters<typeof newJob>[0] = {}) => {
      const { id } = await addOne(options, now - 2000);
      await store.jobs.claim(offer(), now - 1000);
      await store.jobs.finish(id, { result: result() }, now);
      await store.jobs.markDelivered(id);
      return id;
    };

    describe("jobs", () => {
      it("keeps all of a job that was added, also after it was opened again", async () => {
        const job = {
          ...newJob({ isGivenBox: true, prompt: 'quotes " and \u{1f333}, \0 and ü' }),
          isPrivate: true,
          showsBox: true,
          lineage: { parent: "0".repeat(16), kind: "larger" as const },
          area: { anchor: { x: 3, y: 4.5 }, size: 2, sizes: 7 },
          replyTo: "message",
          place: null,
        };
        const added = await store.jobs.add(job, 1000);
        expect(added).toEqual({
          ...job,
          ...{ state: "waiting", outcome: null, priority: 0, workerDeaths: 0, restarts: 0, lane: null },
          ...{ createdAt: 1000, startedAt: null, finishedAt: null },
          ...{ progress: null, failure: null, result: null, hasPictures: true },
          view: { rank: 1, showsBox: true },
        });
        await reopen();
        expect(await store.jobs.find(job.id)).toEqual(added);
        expect(await store.jobs.find("another")).toBeNull();
      });

      it("refuses an id that was used before, and changes nothing by it", async () => {
        const job = await addOne();
        await expect(addOne({ id: job.id, prompt: "another" })).rejects.toThrow();
        expect(await store.jobs.find(job.id)).toEqual(job);
        expect(await store.jobs.count({})).toBe(1);
      });

      it("goes from waiting over running and posting to done", async () => {
        const { id } = await addOne();
        const running = await claim(2000);
        expect(running).toMatchObject({ id, state: "running", lane: "cpu", startedAt: 2000 });
        await store.jobs.recordProgress(id, progress(5));
        expect(await store.jobs.find(id)).toMatchObject({ progress: progress(5) });
        expect(await store.jobs.finish(id, { result: result() }, 3000)).toBe(true);
        expect(await store.jobs.find(id)).toMatchObject({
          ...{ state: "posting", outcome: "done", finishedAt: 3000, result: result(), failure: null },
        });
        expect(await store.jobs.markDelivered(id)).toBe(true);
        expect(await stateOf(id)).toBe("done");
      });

      it("keeps the bytes of a draft's thumbnail", async () => {
        const { id } = await addOne();
        await claim();
        const rgb = new Uint8Array(new Uint8Array([9, 1, 2, 255, 8]).buffer, 1, 3);
        const draft: Progress = {
          ...{ version: 1, stepsDone: 1, stepsTotal: 2, secondsLeft: null },
          ...{ phase: "draft", anchor: 0, proposal: 3, thumbnail: { side: 1, rgb } },
        };
        await store.jobs.recordProgress(id, draft);
        const kept = (await store.jobs.find(id))?.progress;
        expect(kept).toEqual({ ...draft, thumbnail: { side: 1, rgb: new Uint8Array([1, 2, 255]) } });
      });

      it("ends a failed job with its failure", async () => {
        const { id } = await addOne();
        await claim();
        const named = { ...failure, code: "setting-out-of-range", setting: "steps" } as const;
        await store.jobs.finish(id, { failure: named }, 3000);
        expect((await store.jobs.find(id))?.failure).toEqual(named);
        expect(await store.jobs.find(id)).toMatchObject({ state: "posting", outcome: "failed" });
        await store.jobs.markDelivered(id);
        expect(await stateOf(id)).toBe("failed");
      });

      it("leaves a job alone whose answer or progress comes after it was cancelled", async () => {
        const { id } = await addOne();
        await claim();
        expect(await store.jobs.cancel(id, 2500)).toBe(true);
        const cancelled = await store.jobs.find(id);
        expect(cancelled).toMatchObject({ state: "posting", outcome: "cancelled", finishedAt: 2500 });
        await store.jobs.recordProgress(id, progress(5));
        expect(await store.jobs.finish(id, { result: result() }, 3000)).toBe(false);
        expect(await store.jobs.loseWorker(id, failure, 3000)).toBe("gone");
        expect(await store.jobs.release(id)).toBe(false);
        expect(await store.jobs.cancel(id, 3000)).toBe(false);
        expect(await store.jobs.find(id)).toEqual(cancelled);
        expect(await store.jobs.claim(offer(), 4000)).toBeNull();
      });

      it("refuses every step that is not the next one", async () => {
        const { id } = await addOne();
        const refused = async () => [
          await store.jobs.finish(id, { result: result() }, 1),
          await store.jobs.release(id),
          await store.jobs.markDelivered(id),
          await store.jobs.markUndeliverable(id),
          await store.jobs.redeliver(id, null),
        ];
        expect(await refused()).toEqual([false, false, false, false, false]);
        expect(await stateOf(id)).toBe("waiting");
        await store.jobs.cancel(id, 2000);
        await store.jobs.markDelivered(id);
        expect((await refused()).slice(0, 5)).toEqual([false, false, false, false, false]);
        expect(await store.jobs.moveToFront(id)).toBe(false);
        expect(await store.jobs.cancel(id, 3000)).toBe(false);
      });

      it("takes an undeliverable result to another place, or tries the same again", async () => {
        const { id, place } = await addOne();
        await claim();
        await store.jobs.finish(id, { result: result() }, 3000);
        expect(await store.jobs.markUndeliverable(id)).toBe(true);
        expect(await store.jobs.find(id)).toMatchObject({ state: "undeliverable", outcome: "done" });
        expect(await store.jobs.redeliver(id, null)).toBe(true);
        expect(await store.jobs.find(id)).toMatchObject({ state: "posting", place });
        await store.jobs.markUndeliverable(id);
        const direct = { platform: "chat", workspace: null, channel: "dm", thread: null, isDirect: true };
        expect(await store.jobs.redeliver(id, direct)).toBe(true);
        expect(await store.jobs.find(id)).toMatchObject({ state: "posting", place: direct });
      });

      it("changes place and view", async () => {
        const { id } = await addOne();
        await store.jobs.setPlace(id, null);
        await store.jobs.setView(id, { rank: 3, showsBox: true });
        expect(await store.jobs.find(id)).toMatchObject({ place: null, view: { rank: 3, showsBox: true } });
      });

      it("lists and counts by every filter, newest first", async () => {
        const first = await addOne({ user: "ann", workspace: "one" }, 1000);
        const second = await addOne({ user: "ben", workspace: null }, 2000);
        const third = await addOne({ user: "ann", workspace: "two" }, 3000);
        await store.jobs.cancel(first.id, 4000);
        const ids = async (filter: Parameters<Store["jobs"]["list"]>[0]) => {
          const { limit: _, ...unlimited } = filter;
          const listed = (await store.jobs.list(filter)).map(({ id }) => id);
          if (filter.limit === undefined) expect(await store.jobs.count(unlimited)).toBe(listed.length);
          return listed;
        };
        expect(await ids({})).toEqual([third.id, second.id, first.id]);
        expect(await ids({ limit: 2 })).toEqual([third.id, second.id]);
        expect(await ids({ states: ["waiting"] })).toEqual([third.id, second.id]);
        expect(await ids({ states: [] })).toEqual([]);
        expect(await ids({ platform: "chat", user: "ann" })).toEqual([third.id, first.id]);
        expect(await ids({ platform: "other" })).toEqual([]);
        expect(await ids({ user: "ben" })).toEqual([second.id]);
        expect(await ids({ workspace: null })).toEqual([second.id]);
        expect(await ids({ workspace: "two" })).toEqual([third.id]);
        expect(await ids({ createdAfter: 1000 })).toEqual([third.id, second.id]);
        expect(await ids({ finishedBefore: 4001 })).toEqual([first.id]);
        expect(await ids({ finishedBefore: 4000 })).toEqual([]);
        expect(await ids({ hasPictures: false })).toEqual([]);
        expect(await ids({ hasPictures: true, states: ["posting"] })).toEqual([first.id]);
      });

      it("counts what was reached since a time, and how long it took", async () => {
        for (const seconds of [1, 2, 3, 4, 100]) {
          const { id } = await addOne({}, 0);
          await claim(10_000);
          await store.jobs.finish(id, { result: result() }, 10_000 + 1000 * seconds);
          await store.jobs.markDelivered(id);
        }
        const failed = await addOne();
        await claim(10_000);
        await store.jobs.finish(failed.id, { failure }, 11_000);
        await store.jobs.markUndeliverable(failed.id);
        await store.jobs.cancel((await addOne()).id, 5000);
        expect(await store.jobs.statistics(10_000)).toEqual({
          ...{ done: 5, failed: 0, cancelled: 0, undeliverable: 1, medianSeconds: 3, p95Seconds: 100 },
          failuresByCode: { "out-of-memory": 1 },
        });
        expect(await store.jobs.statistics(1_000_000)).toEqual({
          ...{ done: 0, failed: 0, cancelled: 0, undeliverable: 0, medianSeconds: null, p95Seconds: null },
          failuresByCode: {},
        });
      });
    });

    describe("turns", () => {
      const order = async (offered = offer(), now = 100_000) => {
        const users: string[] = [];
        for (
          let job = await store.jobs.claim(offered, now);
          job;
          job = await store.jobs.claim(offered, now)
        ) {
          users.push(`${job.owner.user} ${job.request.prompt}`);
        }
        return users;
      };
      const asks = (user: string, prompt: string, now: number, pack = "mini") =>
        addOne({ user, prompt, pack }, now);

      it("go round the people, and within a person by age", async () => {
        await asks("ann", "1", 1);
        await asks("ann", "2", 2);
        await asks("ann", "3", 3);
        await asks("ben", "1", 4);
        await asks("cleo", "1", 5);
        await asks("ben", "2", 6);
        expect(await order()).toEqual(["ann 1", "ben 1", "cleo 1", "ann 2", "ben 2", "ann 3"]);
      });

      it("are in the order in which jobs came, also where the clock was set back since", async () => {
        await asks("ben", "1", 5_000_000);
        await asks("ann", "1", 1_000_000);
        await asks("ann", "2", 1_000_001);
        await asks("cleo", "1", 1_000_002);
        await asks("ben", "2", 1_000_003);
        expect(await order()).toEqual(["ben 1", "ann 1", "cleo 1", "ben 2", "ann 2"]);
      });

      it("remember who had the last one when the queue was empty in between", async () => {
        await asks("ann", "1", 1);
        await claim();
        await asks("ann", "2", 3);
        await asks("ben", "1", 4);
        expect(await order()).toEqual(["ben 1", "ann 2"]);
      });

      it("put what was moved to the front before all, the last moved first", async () => {
        await asks("ann", "1", 1);
        await asks("ben", "1", 2);
        const late = await asks("ben", "2", 3);
        const later = await asks("ann", "2", 4);
        await store.jobs.moveToFront(late.id);
        await store.jobs.moveToFront(later.id);
        expect(await order()).toEqual(["ann 2", "ben 2", "ann 1", "ben 1"]);
      });

      it("change within a group alone where a job of it is moved before the others of it", async () => {
        const ann = await asks("ann", "1", 1);
        await asks("ben", "1", 2);
        const cleo = await asks("cleo", "1", 3);
        await asks("ben", "2", 4);
        const annLast = await asks("ann", "2", 5);
        await asks("ben", "3", 6);
        expect(await store.jobs.moveWithin([ann.id, cleo.id, annLast.id])).toBe(true);
        expect(await order()).toEqual(["ann 2", "ben 1", "ann 1", "cleo 1", "ben 2", "ben 3"]);
      });

      it("are taken with the place, and given back with it", async () => {
        const ann = await asks("ann", "1", 1);
        const ben = await asks("ben", "1", 2);
        await store.jobs.moveWithin([ann.id, ben.id]);
        expect(await claim()).toMatchObject({ id: ben.id });
        await store.jobs.release(ben.id);
        expect(await order()).toEqual(["ben 1", "ann 1"]);
      });

      it("stay as they are where one of the jobs does not wait", async () => {
        const ann = await asks("ann", "1", 1);
        const ben = await asks("ben", "1", 2);
        await store.jobs.cancel(ann.id, 3);
        expect(await store.jobs.moveWithin([ann.id, ben.id])).toBe(false);
        expect(await store.jobs.moveWithin([])).toBe(false);
        expect(await order()).toEqual(["ben 1"]);
      });

      it.each(["waits", "runs"])(
        "are their own again where they were somebody's who is forgotten, while a job %s",
        async (how) => {
          const ann = await asks("ann", "1", 1);
          const ben = await asks("ben", "1", 2);
          await store.jobs.moveWithin([ann.id, ben.id]);
          if (how === "runs") await claim();
          await store.jobs.forget({ platform: "chat", user: "ann" }, 3);
          await store.jobs.markDelivered(ann.id);
          await store.jobs.expirePictures(0);
          if (how === "runs") await store.jobs.release(ben.id);
          expect(await order()).toEqual(["ben 1"]);
        },
      );

      it("pass over packs that the lane cannot run", async () => {
        await asks("ann", "1", 1, "large");
        await asks("ben", "1", 2, "mini");
        await asks("ann", "2", 3, "mini");
        expect(await store.jobs.claim(offer({ packs: [] }), 10)).toBeNull();
        expect(await order(offer({ packs: ["mini", "unknown"] }))).toEqual(["ann 2", "ben 1"]);
        expect(await order()).toEqual(["ann 1"]);
      });

      it("prefer the loaded pack, until another has waited for longer than loading takes", async () => {
        const loaded = offer({ loadedPack: "mini", loadingMilliseconds: 1000 });
        await asks("ann", "1", 5000, "large");
        await asks("ben", "1", 5500, "mini");
        expect(await store.jobs.claim(loaded, 5999)).toMatchObject({ owner: { user: "ben" } });
        await asks("ben", "2", 5600, "mini");
        expect(await store.jobs.claim(loaded, 6000)).toMatchObject({ owner: { user: "ann" } });
        await asks("cleo", "1", 6000, "large");
        await store.jobs.claim(loaded, 6001);
        expect(await store.jobs.claim(loaded, 6001)).toMatchObject({ owner: { user: "cleo" } });
      });

      it("prefer no loaded pack to what was moved to the front", async () => {
        const moved = await asks("ann", "1", 5000, "large");
        await asks("ben", "1", 5500, "mini");
        await store.jobs.moveToFront(moved.id);
        const loaded = offer({ loadedPack: "mini", loadingMilliseconds: 1e6 });
        expect(await store.jobs.claim(loaded, 6000)).toMatchObject({ id: moved.id });
      });

      it("are given back with a job that lost its worker or was released", async () => {
        await asks("ann", "1", 1);
        await asks("ben", "1", 2);
        const { id } = await claim();
        await store.jobs.recordProgress(id, progress(5));
        expect(await store.jobs.loseWorker(id, failure, 10)).toBe("waiting");
        expect(await store.jobs.find(id)).toMatchObject({
          ...{ state: "waiting", workerDeaths: 1, restarts: 0, progress: null, startedAt: null },
        });
        await claim();
        expect(await store.jobs.release(id)).toBe(true);
        expect(await store.jobs.find(id)).toMatchObject({ state: "waiting", workerDeaths: 1, restarts: 0 });
        expect(await order()).toEqual(["ann 1", "ben 1"]);
      });

      it("stay taken where the person had another meanwhile", async () => {
        await asks("ann", "1", 1);
        await asks("ann", "2", 2);
        const first = await claim();
        await claim();
        await asks("ben", "1", 3);
        await store.jobs.release(first.id);
        expect(await order()).toEqual(["ben 1", "ann 1"]);
      });

      it("are told with all that waits", async () => {
        await asks("ann", "1", 1, "large");
        await claim();
        const paint = await store.jobs.add(newJob({ user: "ann", isGivenBox: true }), 2);
        const learn = await addOne({ user: "ben" }, 3);
        const { jobs, turns } = await store.jobs.waiting();
        expect(jobs.toSorted((a, b) => a.createdAt - b.createdAt)).toEqual([
          { id: paint.id, person: "chat:ann", priority: 0, createdAt: 2, pack: "mini", work: "paint" },
          { id: learn.id, person: "chat:ben", priority: 0, createdAt: 3, pack: "mini", work: "learn" },
        ]);
        expect(turns.get("chat:ann")).toBeGreaterThan(0);
        expect(turns.has("chat:ben")).toBe(false);
      });
    });

    describe("deaths", () => {
      it("fails a job whose worker died too often, with the last failure", async () => {
        const { id } = await addOne();
        for (let death = 0; death < deathLimits.workerDeaths; death++) {
          await claim();
          expect(await store.jobs.loseWorker(id, failure, 3000)).toBe("waiting");
        }
        await claim();
        expect(await store.jobs.loseWorker(id, failure, 3000)).toBe("failed");
        expect(await store.jobs.find(id)).toMatchObject({
          ...{ state: "posting", outcome: "failed", failure, finishedAt: 3000 },
          workerDeaths: deathLimits.workerDeaths + 1,
        });
        expect(await store.jobs.loseWorker("unknown", failure, 1)).toBe("gone");
      });

      it("lets what ran when the process ended wait again, and leaves the rest as it is", async () => {
        const done = await finished();
        const [first, second, third] = [await addOne(), await addOne({ user: "ben" }), await addOne()];
        const posting = await addOne({ user: "cleo" });
        await store.jobs.cancel(posting.id, 1);
        await claim();
        await claim();
        await reopen();
        const { waitingAgain, failed } = await store.jobs.recover(5000);
        const ran = [second.id, first.id];
        expect(waitingAgain.toSorted()).toEqual(ran.toSorted());
        expect(failed).toEqual([]);
        expect(await store.jobs.find(second.id)).toMatchObject({
          state: "waiting",
          restarts: 1,
          workerDeaths: 0,
        });
        expect(await store.jobs.find(third.id)).toMatchObject({ state: "waiting", restarts: 0 });
        expect([await stateOf(done), await stateOf(posting.id)]).toEqual(["done", "posting"]);
        expect((await claim()).id).toBe(second.id);
      });

      it("fails a job under which the process ended too often", async () => {
        const { id } = await addOne();
        for (let restart = 0; restart < deathLimits.restarts; restart++) {
          await claim();
          expect((await store.jobs.recover(1)).waitingAgain).toEqual([id]);
        }
        await claim();
        expect(await store.jobs.recover(9000)).toEqual({ waitingAgain: [], failed: [id] });
        expect(await store.jobs.find(id)).toMatchObject({
          ...{ state: "posting", outcome: "failed", failure: { code: "worker-died" }, finishedAt: 9000 },
        });
      });
    });

    describe("what goes", () => {
      it("takes the pictures of old jobs, and names them until their folders are gone", async () => {
        const old = await finished(10_000);
        const young = await finished(20_000);
        const waiting = await addOne({}, 5000);
        expect(await store.jobs.expirePictures(15_000)).toEqual([old]);
        expect(await store.jobs.find(old)).toMatchObject({ hasPictures: false, state: "done" });
        expect((await store.jobs.find(young))?.hasPictures).toBe(true);
        expect((await store.jobs.find(waiting.id))?.hasPictures).toBe(true);
        await reopen();
        expect(await store.jobs.expirePictures(15_000)).toEqual([old]);
        await store.jobs.folderRemoved(old);
        expect(await store.jobs.expirePictures(15_000)).toEqual([]);
      });

      it("keeps the pictures of a result that is still to be posted", async () => {
        const { id } = await addOne();
        await claim();
        await store.jobs.finish(id, { result: result() }, 2000);
        expect(await store.jobs.expirePictures(1e9)).toEqual([]);
        await store.jobs.markUndeliverable(id);
        expect(await store.jobs.expirePictures(1e9)).toEqual([id]);
      });

      const posted = async (job: string, key = `${job}-j`) => {
        await store.posts.begin({ key, job, role: "job" }, 1);
        const message = {
          platform: "chat",
          workspace: "guild",
          channel: "c",
          message: `m-${key}`,
          thread: null,
        };
        await store.posts.confirm(key, message, 2);
        return message;
      };
      const from = (parent: string, user: string) =>
        store.jobs.add({ ...newJob({ user }), lineage: { parent, kind: "reroll" } }, 1000);

      it("removes a job with its posts and reactions, and notes what has to go elsewhere", async () => {
        const id = await finished();
        const message = await posted(id, "k");
        await store.posts.begin({ key: "unsure", job: id, role: "gallery" }, 3);
        await store.posts.recordReaction({ key: "k", user: "ann", emoji: "1", at: 1 }, true);
        expect(await store.jobs.remove(id, 4000)).toEqual({ jobs: [id], copies: [], stopped: [] });
        expect(await store.jobs.find(id)).toBeNull();
        expect(await store.posts.find("k")).toBeNull();
        expect(await store.jobs.remove(id, 4000)).toBeNull();
        await reopen();
        expect(await store.jobs.expirePictures(0)).toEqual([id]);
        const noted = { job: id, platform: "chat", since: 4000, tries: 0 };
        const place = {
          platform: "chat",
          workspace: "guild",
          channel: "pictures",
          thread: null,
          isDirect: false,
        };
        expect(await store.removals.messages(4000)).toEqual([
          { ...noted, key: "k", message, place, begunAt: 1 },
          { ...noted, key: "unsure", message: null, place, begunAt: 3 },
        ]);
        await store.removals.messageStays("k", 9000);
        await store.removals.messageRemoved("unsure");
        expect(await store.removals.messages(8999)).toEqual([]);
        expect(await store.removals.messages(0, [id])).toMatchObject([{ key: "k", tries: 1 }]);
        expect(await store.removals.messages(9000)).toHaveLength(1);
      });

      it("notes a message that came to be posted while its job was removed", async () => {
        const id = await finished();
        await store.posts.begin({ key: "k", job: id, role: "job" }, 1);
        await store.jobs.remove(id, 4000);
        const message = { platform: "chat", workspace: "guild", channel: "c", message: "m", thread: null };
        await store.posts.confirm("k", message, 5000);
        await store.posts.confirm("late", message, 5000);
        expect(await store.removals.messages(5000)).toMatchObject([
          { key: "k", message },
          { key: "late", message },
        ]);
      });

      it("forgets a person at once, whatever their jobs do", async () => {
        const done = await finished(3000, { user: "ann" });
        const other = await finished(3000, { user: "ben" });
        const [running, waiting] = [await addOne({ user: "ann" }, 1), await addOne({ user: "ann" }, 2)];
        expect((await claim()).id).toBe(running.id);
        const forgotten = await store.jobs.forget({ platform: "chat", user: "ann" }, 4000);
        expect(forgotten.jobs.toSorted()).toEqual([done, running.id, waiting.id].toSorted());
        expect(forgotten.stopped.toSorted()).toEqual([running.id, waiting.id].toSorted());
        expect(await store.jobs.list({})).toMatchObject([{ id: other }]);
        // What a lane comes to after that is nobody's.
        expect(await store.jobs.finish(running.id, { result: result() }, 5000)).toBe(false);
        expect(await store.jobs.loseWorker(running.id, failure, 5000)).toBe("gone");
        expect(await store.jobs.claim(offer(), 5000)).toBeNull();
        expect((await store.jobs.expirePictures(0)).toSorted()).toEqual(forgotten.jobs.toSorted());
        for (const id of forgotten.jobs) await store.jobs.folderRemoved(id);
        expect(await store.jobs.expirePictures(0)).toEqual([]);
        expect(await store.jobs.forget({ platform: "chat", user: "nobody" }, 1)).toEqual({
          ...{ jobs: [], copies: [], stopped: [] },
        });
      });

      it("takes what others made from a forgotten person's picture, and nothing of other pictures", async () => {
        const mine = await finished(3000, { user: "ann" });
        const bens = await from(mine, "ben");
        await claim();
        await store.jobs.finish(bens.id, { result: result() }, 2000);
        await store.jobs.markDelivered(bens.id);
        const message = await posted(bens.id);
        const [cleos, annsOwn] = [await from(bens.id, "cleo"), await from(mine, "ann")];
        const unrelated = await finished(3000, { user: "ben" });
        const annsOfBens = await from(unrelated, "ann");
        const forgotten = await store.jobs.forget({ platform: "chat", user: "ann" }, 4000);
        expect(forgotten.jobs.toSorted()).toEqual([mine, annsOwn.id, annsOfBens.id].toSorted());
        expect(forgotten.copies.toSorted()).toEqual([bens.id, cleos.id].toSorted());
        expect(forgotten.stopped.toSorted()).toEqual([cleos.id, annsOwn.id, annsOfBens.id].toSorted());
        expect(await store.jobs.list({})).toMatchObject([{ id: unrelated }]);
        expect((await store.jobs.find(unrelated))?.hasPictures).toBe(true);
        expect(await store.removals.messages(4000, [bens.id])).toMatchObject([{ message }]);
        expect(await store.jobs.expirePictures(0)).toEqual(expect.arrayContaining([bens.id, cleos.id]));
      });

      it("takes with one job what others made from its picture, where that was its owner's", async () => {
        const mine = await finished(3000, { user: "ann" });
        const [bens, annsOwn] = [await from(mine, "ben"), await from(mine, "ann")];
        const cleos = await from(bens.id, "cleo");
        expect(await store.jobs.remove(bens.id, 4000)).toMatchObject({ jobs: [bens.id], copies: [] });
        expect((await store.jobs.find(cleos.id))?.hasPictures).toBe(true);
        const dans = await from(annsOwn.id, "dan");
        const { copies = [] } = (await store.jobs.remove(mine, 4000)) ?? {};
        // Made from a job that is gone, and from one that stays: both are of the picture.
        expect(copies.toSorted()).toEqual([cleos.id, dans.id].toSorted());
        expect((await store.jobs.find(annsOwn.id))?.hasPictures).toBe(true);
      });

      it("lets no job come of what a person was ordering when they had all forgotten", async () => {
        const [anns, bens] = [newJob({ user: "ann" }), newJob({ user: "ben" })];
        const limits = { waiting: 5, perDay: 5 };
        for (const { id, owner } of [anns, bens])
          await store.orders.reserve({ id, orderer: owner, limits }, 1000);
        await store.jobs.forget({ platform: "chat", user: "ann" }, 1000);
        await expect(store.jobs.add(anns, 1001)).rejects.toMatchObject({ code: "cancelled" });
        await store.jobs.add(bens, 1001);
        expect(await store.jobs.list({})).toMatchObject([{ id: bens.id }]);
        await addOne({ user: "ann" });
        expect(await store.jobs.count({})).toBe(2);
      });

      it("removes jobs that ended long ago, with what was typed for them, and leaves their messages", async () => {
        const [old, young] = [await finished(10_000), await finished(20_000)];
        await posted(old);
        const waiting = await addOne({}, 5000);
        expect(await store.jobs.expireTexts(15_000)).toBe(1);
        expect((await store.jobs.list({})).map(({ id }) => id).toSorted()).toEqual(
          [young, waiting.id].toSorted(),
        );
        expect(await store.removals.messages(1e9)).toEqual([]);
        expect(await store.jobs.expirePictures(0)).toEqual([old]);
      });
    });

    describe("messages of log channels", () => {
      const message = { platform: "chat", workspace: "guild", channel: "log", message: "m1", thread: null };
      const leaving = async () => (await store.removals.messages(1e12)).map((each) => each.message);

      it("are to go with their job, and with whom they name", async () => {
        const [job, other] = [newJob({ user: "ann" }), newJob({ user: "ann" })];
        for (const each of [job, other]) await store.jobs.add(each, 1000);
        await store.logged.add({ key: "a", person: "chat:ann", job: job.id, message }, 1000);
        const refusal = { ...message, message: "m2" };
        await store.logged.add({ key: "b", person: "chat:ann", job: null, message: refusal }, 1000);
        expect(await store.logged.find("a")).toEqual(message);
        await store.jobs.remove(job.id, 2000);
        expect([await leaving(), await store.logged.find("a")]).toEqual([[message], null]);
        await store.jobs.forget({ platform: "chat", user: "ann" }, 3000);
        expect(await leaving()).toEqual([message, refusal]);
      });

      it("are to go at once where their job went before they came", async () => {
        await store.logged.add({ key: "a", person: "chat:ann", job: "gone", message }, 1000);
        expect([await leaving(), await store.logged.find("a")]).toEqual([[message], null]);
      });

      it("stay where they are once the texts of jobs from then are not kept any more", async () => {
        await store.logged.add({ key: "a", person: "chat:ann", job: null, message }, 1000);
        await store.jobs.expireTexts(1001);
        expect([await leaving(), await store.logged.find("a")]).toEqual([[], null]);
      });
    });

    describe("workspaces", () => {
      const guild = { platform: "chat", workspace: "guild" };
      const all = async () => ({
        jobs: (await store.jobs.list({})).length,
        words: await store.settings.get("chat:guild", "words"),
        audit: (await store.audit.list("chat:guild", 9)).length,
      });
      beforeEach(async () => {
        await finished(3000, { workspace: "guild" });
        await addOne({ workspace: "guild" });
        await finished(3000, { workspace: "other" });
        await store.settings.set("chat:guild", "words", ["x"]);
        await store.settings.set("chat:bare", "words", ["x"]);
        await store.settings.set("chat:direct", "words", ["x"]);
        await store.audit.append({ at: 1, scope: "chat:guild", actor: "a", action: "words", details: {} });
      });

      it("that the store has something of are known", async () => {
        expect((await store.workspaces.known("chat")).toSorted()).toEqual(["bare", "guild", "other"]);
        expect(await store.workspaces.known("another")).toEqual([]);
      });

      it("lose all that is kept of them some time after the bot was removed", async () => {
        await store.workspaces.left(guild, 1000);
        await store.workspaces.left(guild, 5000);
        expect(await store.workspaces.expire(1000)).toEqual([]);
        expect(await all()).toEqual({ jobs: 3, words: ["x"], audit: 1 });
        await reopen();
        expect(await store.workspaces.expire(1001)).toEqual([guild]);
        expect(await all()).toEqual({ jobs: 1, words: undefined, audit: 0 });
        expect(await store.settings.get("chat:bare", "words")).toEqual(["x"]);
        expect(await store.jobs.expirePictures(0)).toHaveLength(2);
        expect(await store.workspaces.expire(1e9)).toEqual([]);
      });

      it("keep it where the bot came back", async () => {
        await store.workspaces.left(guild, 1000);
        await store.workspaces.returned(guild);
        expect(await store.workspaces.expire(1e9)).toEqual([]);
        await store.workspaces.left(guild, 6000);
        expect(await store.workspaces.expire(6000)).toEqual([]);
      });

      it("that nothing is kept of are not noted", async () => {
        await store.workspaces.left({ platform: "chat", workspace: "unknown" }, 1000);
        expect(await store.workspaces.expire(1e9)).toEqual([]);
      });
    });

    describe("studies", () => {
      const place = { platform: "chat", workspace: "guild", channel: "c1", thread: null, isDirect: false };
      const study = {
        ...{ id: "s".repeat(16), place, locale: "en", set: "mini", methods: ["a", "b", "c"] },
        ...{ against: "a", pairsPerVoter: 40 },
      };
      const ann = { platform: "chat", user: "ann" };
      const ben = { platform: "chat", user: "ben" };
      const pair = { study: study.id, picture: "castle", left: "a", right: "b", garbled: null };
      beforeEach(async () => {
        await store.studies.add(study, 1000);
      });

      it("are kept whole, one that is not stopped in each place", async () => {
        const record = { ...study, state: "running", createdAt: 1000, endedAt: null, message: null };
        const message = { platform: "chat", workspace: "guild", channel: "c1", message: "m1", thread: null };
        await store.studies.setMessage(study.id, message);
        await reopen();
        expect(await store.studies.find(study.id)).toEqual({ ...record, message });
        expect(await store.studies.add({ ...study, id: "t".repeat(16) }, 2000)).toBeNull();
        expect(
          await store.studies.add({ ...study, id: "u".repeat(16), place: { ...place, channel: "c2" } }, 2000),
        ).not.toBeNull();
        expect(await store.studies.setState(study.id, "paused", 3000)).toBe(true);
        expect((await store.studies.openIn(place))?.state).toBe("paused");
        expect(await store.studies.setState(study.id, "stopped", 4000)).toBe(true);
        expect(await store.studies.setState(study.id, "running", 5000)).toBe(false);
        expect(await store.studies.openIn(place)).toBeNull();
        expect((await store.studies.find(study.id))?.endedAt).toBe(4000);
        expect(await store.studies.add({ ...study, id: "t".repeat(16) }, 6000)).not.toBeNull();
        const listed = await store.studies.list({
          platform: "chat",
          workspace: "guild",
          states: ["running"],
        });
        expect(listed.map(({ id }) => id)).toEqual(["t".repeat(16), "u".repeat(16)]);
        expect(await store.studies.list({ platform: "another" })).toEqual([]);
      });

      it("show a pair to a person once in whatever order, a check beside it, and take one vote of it, theirs", async () => {
        const shown = await store.studies.show(pair, ann, 2000);
        expect(shown).toMatchObject({ ...pair, shownAt: 2000, choice: null, votedAt: null });
        expect(await store.studies.show({ ...pair, left: "b", right: "a" }, ann, 2000)).toBeNull();
        expect(await store.studies.show({ ...pair, right: "a", garbled: "left" }, ann, 2000)).not.toBeNull();
        expect(await store.studies.show({ ...pair, study: "none" }, ann, 2000)).toBeNull();
        await store.studies.show({ ...pair, left: "b", right: "a" }, ben, 2000);
        const number = shown?.number ?? 0;
        expect(await store.studies.vote(number, ben, "left", 3000)).toBeNull();
        expect(await store.studies.vote(number, ann, "tie", 3000)).toMatchObject({
          choice: "tie",
          votedAt: 3000,
        });
        expect(await store.studies.vote(number, ann, "left", 4000)).toBeNull();
        await reopen();
        expect((await store.studies.shownTo(study.id, ann)).map(({ choice }) => choice)).toEqual([
          "tie",
          null,
        ]);
        expect(await store.studies.votes(study.id)).toMatchObject([{ number, choice: "tie" }]);
        expect(await store.studies.progress(study.id)).toEqual({ voters: 1, votes: 1 });
        expect(await store.studies.tally(study.id)).toEqual([
          { picture: "castle", left: "a", right: "b", count: 1 },
          { picture: "castle", left: "b", right: "a", count: 1 },
        ]);
      });

      it("withdraw a pair that was not voted on alone", async () => {
        const shown = await store.studies.show(pair, ann, 2000);
        await store.studies.withdraw(shown?.number ?? 0);
        expect(await store.studies.shownTo(study.id, ann)).toEqual([]);
        const again = await store.studies.show(pair, ann, 2000);
        await store.studies.vote(again?.number ?? 0, ann, "left", 3000);
        await store.studies.withdraw(again?.number ?? 0);
        expect(await store.studies.countVotes(ann)).toBe(1);
      });

      it("forget all of a person, and go with all votes, also with their workspace", async () => {
        for (const person of [ann, ben]) {
          const shown = await store.studies.show(pair, person, 2000);
          await store.studies.vote(shown?.number ?? 0, person, "left", 3000);
        }
        expect(await store.studies.forget(ann)).toBe(1);
        expect(await store.studies.shownTo(study.id, ann)).toEqual([]);
        expect(await store.studies.countVotes(ben)).toBe(1);
        expect(await store.studies.remove(study.id)).toBe(true);
        expect(await store.studies.remove(study.id)).toBe(false);
        expect(await store.studies.countVotes(ben)).toBe(0);
        await store.studies.add(study, 1000);
        expect(await store.workspaces.known("chat")).toEqual(["guild"]);
        await store.workspaces.left({ platform: "chat", workspace: "guild" }, 1000);
        await store.workspaces.expire(2000);
        expect(await store.studies.find(study.id)).toBeNull();
      });
    });

    describe("orders", () => {
      const day = 24 * 60 * 60 * 1000;
      const ann = { platform: "chat", user: "ann" };
      const reserve = (limits: { waiting: number; perDay: number }, now = 1000, id = newJob().id) =>
        store.orders.reserve({ id, orderer: ann, limits }, now);

      it("count those of one pack apart, in the queue and of a day, whatever their style", async () => {
        const job = newJob({ id: "p1" });
        const owner = { platform: job.owner.platform, user: job.owner.user };
        const all = { waiting: 50, perDay: 50 };
        const of = (name: string, waiting: number, perDay: number) => ({
          ...all,
          pack: { name, waiting, perDay },
        });
        await store.orders.reserve({ id: job.id, orderer: owner, limits: of("far", 5, 5) }, 1000);
        await store.jobs.add({ ...job, request: { ...job.request, pack: "far+ink" } }, 1000);
        const room = (limits: Parameters<typeof store.orders.room>[1]) =>
          store.orders.room(owner, limits, 2000);
        expect(await room(of("far", 1, 5))).toEqual({ kind: "waiting", unfinished: 1, pack: "far" });
        expect(await room(of("far", 5, 1))).toEqual({
          kind: "per-day",
          orders: 1,
          oldest: 1000,
          pack: "far",
        });
        expect(await room(of("far", 2, 2))).toEqual({ kind: "room" });
        expect(await room(of("mini", 1, 1))).toEqual({ kind: "room" });
        expect(await room({ waiting: 1, perDay: 5 })).toEqual({ kind: "waiting", unfinished: 1 });
      });

      it("that come at once take no more places than there are", async () => {
        const taken = await Promise.all(
          Array.from({ length: 20 }, () => reserve({ waiting: 1, perDay: 50 })),
        );
        expect(taken.filter(({ kind }) => kind === "room")).toHaveLength(1);
        expect(taken.at(-1)).toEqual({ kind: "waiting", unfinished: 1 });
        const today = await Promise.all(
          Array.from({ length: 20 }, () => reserve({ waiting: 50, perDay: 4 }, 2000)),
        );
        expect(today.filter(({ kind }) => kind === "room")).toHaveLength(3);
        expect(today.at(-1)).toEqual({ kind: "per-day", orders: 4, oldest: 1000 });
        expect(await store.orders.room({ ...ann, user: "ben" }, { waiting: 1, perDay: 1 }, 2000)).toEqual({
          kind: "room",
        });
      });

      it("count once with the job that comes of them, and not at all where none does", async () => {
        const job = newJob({ user: "ann" });
        await reserve({ waiting: 1, perDay: 1 }, 1000, job.id);
        await store.jobs.add(job, 1500);
        const room = (limits: { waiting: number; perDay: number }) => store.orders.room(ann, limits, 2000);
        expect(await room({ waiting: 2, perDay: 2 })).toEqual({ kind: "room" });
        expect(await room({ waiting: 1, perDay: 2 })).toEqual({ kind: "waiting", unfinished: 1 });
        expect(await room({ waiting: 2, perDay: 1 })).toEqual({ kind: "per-day", orders: 1, oldest: 1500 });
        expect(await room({ waiting: 2, perDay: 0 })).toEqual({ kind: "per-day", orders: 1, oldest: null });
        await reserve({ waiting: 2, perDay: 2 }, 2000, "fetching");
        expect(await room({ waiting: 2, perDay: 2 })).toMatchObject({ kind: "waiting" });
        await store.orders.release("fetching");
        expect(await room({ waiting: 2, perDay: 2 })).toEqual({ kind: "room" });
      });

      it("are followed by the next one after a while, also where several come at once", async () => {
        const cooled = { waiting: 50, perDay: 50, cooldown: 5000 };
        const taken = await Promise.all(Array.from({ length: 5 }, () => reserve(cooled, 1000)));
        expect(taken.filter(({ kind }) => kind === "room")).toHaveLength(1);
        expect(taken.at(-1)).toEqual({ kind: "cooldown", until: 6000 });
        expect(await store.orders.room(ann, cooled, 5999)).toEqual({ kind: "cooldown", until: 6000 });
        expect(await store.orders.room(ann, cooled, 6000)).toEqual({ kind: "room" });
        expect(await store.orders.room({ ...ann, user: "ben" }, cooled, 1000)).toEqual({ kind: "room" });
        // The clock was set back.
        expect(await store.orders.room(ann, cooled, 999)).toEqual({ kind: "room" });
      });

      it("that were being taken when the process ended, or for an hour, count no longer", async () => {
        await reserve({ waiting: 1, perDay: 1 });
        expect(await store.orders.room(ann, { waiting: 1, perDay: 1 }, 1000 + day / 24)).toEqual({
          kind: "room",
        });
        await reopen();
        expect(await reserve({ waiting: 1, perDay: 1 })).toEqual({ kind: "room" });
      });

      it("count for a day, also of who had everything forgotten", async () => {
        await finished(3000, { user: "ann" });
        await store.jobs.forget(ann, 4000);
        expect(await store.jobs.count({})).toBe(0);
        await store.prune(999 + day);
        expect(await store.orders.room(ann, { waiting: 1, perDay: 1 }, 999 + day)).toEqual({
          ...{ kind: "per-day", orders: 1, oldest: 1000 },
        });
        expect(await store.orders.room(ann, { waiting: 1, perDay: 1 }, 1000 + day)).toEqual({ kind: "room" });
      });
    });

    describe("posts", () => {
      const message = {
        platform: "chat",
        workspace: "guild",
        channel: "pictures",
        message: "m1",
        thread: null,
      };

      it("are noted before they are tried, once for each key", async () => {
        const { id } = await addOne();
        const post = { key: "job-1", job: id, role: "job" } as const;
        const noted = { ...post, begunAt: 5, postedAt: null, message: null };
        expect(await store.posts.begin(post, 5)).toEqual({ ...noted, isNew: true });
        await reopen();
        expect(await store.posts.begin(post, 5)).toEqual({ ...noted, isNew: false });
        await store.posts.beginAgain("job-1", 6);
        await store.posts.confirm("job-1", message, 7);
        await store.posts.beginAgain("job-1", 8);
        const confirmed = { ...noted, begunAt: 6, postedAt: 7, message };
        expect(await store.posts.begin(post, 9)).toEqual({ ...confirmed, isNew: false });
        expect(await store.posts.find("job-1")).toEqual(confirmed);
        expect(await store.posts.find("job-2")).toBeNull();
        await expect(store.posts.begin({ ...post, key: "k", job: "unknown" }, 5)).rejects.toThrow();
      });

      it("are found by job and by message until they are removed", async () => {
        const { id } = await addOne();
        await store.posts.begin({ key: "a", job: id, role: "job" }, 1);
        await store.posts.begin({ key: "b", job: id, role: "gallery" }, 2);
        await store.posts.confirm("b", message, 3);
        expect((await store.posts.ofJob(id)).map(({ key }) => key)).toEqual(["a", "b"]);
        expect(await store.posts.ofMessage(message)).toMatchObject({ key: "b" });
        expect(await store.posts.ofMessage({ ...message, channel: "other" })).toBeNull();
        await store.posts.remove("b");
        expect(await store.posts.ofMessage(message)).toBeNull();
      });

      it("keep the reactions that stand, oldest first", async () => {
        const { id } = await addOne();
        await store.posts.begin({ key: "a", job: id, role: "job" }, 1);
        const [one, two] = [
          { key: "a", user: "ann", emoji: "1", at: 10 },
          { key: "a", user: "ben", emoji: "2", at: 20 },
        ];
        expect(await store.posts.recordReaction(one, true)).toEqual([one]);
        expect(await store.posts.recordReaction(two, true)).toEqual([one, two]);
        const again = { ...one, at: 30 };
        expect(await store.posts.recordReaction(again, true)).toEqual([two, again]);
        expect(await store.posts.recordReaction(two, false)).toEqual([again]);
        expect(await store.posts.recordReaction({ ...one, key: "unknown" }, true)).toEqual([]);
      });
    });

    describe("the rest", () => {
      it("keeps settings by owner and name", async () => {
        expect(await store.settings.get("chat:guild", "words")).toBeUndefined();
        await store.settings.set("chat:guild", "words", ["a", { b: null }]);
        await store.settings.set("", "words", 0);
        await store.settings.set("chat:guild", "limits", 3);
        expect([...(await store.settings.all("chat:guild"))]).toEqual([
          ["limits", 3],
          ["words", ["a", { b: null }]],
        ]);
        await reopen();
        expect(await store.settings.get("chat:guild", "words")).toEqual(["a", { b: null }]);
        expect(await store.settings.get("", "words")).toBe(0);
        await store.settings.set("", "words", undefined);
        expect(await store.settings.get("", "words")).toBeUndefined();
      });

      it("keeps who did what, newest first", async () => {
        const entry = {
          scope: "chat:guild",
          actor: "ann",
          action: "pause",
          details: { lane: "cpu", all: false },
        };
        await store.audit.append({ ...entry, at: 2 });
        await store.audit.append({ ...entry, at: 1, details: { jobs: 3, lane: null } });
        await store.audit.append({ ...entry, at: 3, scope: "" });
        expect(await store.audit.list("chat:guild", 10)).toEqual([
          { ...entry, at: 1, details: { jobs: 3, lane: null } },
          { ...entry, at: 2 },
        ]);
        expect(await store.audit.list("", 1)).toHaveLength(1);
      });

      const anybody = { platform: "chat", user: "anybody" };

      it("gives a draft once, and never one that expired", async () => {
        await store.drafts.put("token", { owner: anybody, value: { prompt: "a tree" }, expiresAt: 100 });
        await store.drafts.put("late", { owner: anybody, value: 1, expiresAt: 100 });
        expect(await store.drafts.find("token", 99)).toEqual({ prompt: "a tree" });
        expect(await store.drafts.find("token", 100)).toBeNull();
        expect(await store.drafts.take("token", 99)).toEqual({ prompt: "a tree" });
        expect(await store.drafts.find("token", 99)).toBeNull();
        expect(await store.drafts.take("token", 99)).toBeNull();
        expect(await store.drafts.take("late", 100)).toBeNull();
      });

      it("keeps what is left to be taken away, once, from a minute later on", async () => {
        const left = { platform: "chat", workspace: "w", channel: "", message: "file", thread: null };
        await store.removals.leave(left, 1000);
        await store.removals.leave(left, 2000);
        await reopen();
        expect(await store.removals.messages(60_999)).toEqual([]);
        const [due, ...others] = await store.removals.messages(61_000);
        expect([due?.message, due?.since, others]).toEqual([left, 1000, []]);
        await store.removals.messageRemoved(due?.key ?? "");
        expect(await store.removals.messages(61_000)).toEqual([]);
      });

      it("forgets the drafts of one person", async () => {
        const draft = { value: 1, expiresAt: 100 };
        const bob = { platform: "chat", user: "bob" };
        await store.drafts.put("a", { ...draft, owner: anybody });
        await store.drafts.put("b", { ...draft, owner: bob });
        await store.drafts.put("c", { ...draft, owner: { ...bob, platform: "other" } });
        await store.drafts.forget(bob);
        await reopen();
        expect(await Promise.all(["a", "b", "c"].map((token) => store.drafts.find(token, 1)))).toEqual([
          1,
          null,
          1,
        ]);
      });

      it("keeps messages of a page in their order, each key once, and finds words in them", async () => {
        const message = (text: string, more: object = {}) => ({
          ...{ room: "own", key: null, author: null, replyTo: null, postedAt: 5, text, content: { text } },
          ...more,
        });
        const first = await store.messages.add(message("Ein GROẞER Baum", { key: "a" }));
        const second = await store.messages.add(
          message("50% of _it_", { replyTo: first.id, author: "page:bob" }),
        );
        await store.messages.add(message("elsewhere", { room: "other", key: "a" }));
        expect(await store.messages.add(message("again", { key: "a" }))).toEqual(first);
        await reopen();
        const texts = async (filter: object = {}) =>
          (await store.messages.list({ room: "own", limit: 10, ...filter })).map(({ text }) => text);
        expect(await texts()).toEqual(["50% of _it_", "Ein GROẞER Baum"]);
        expect(await texts({ before: second.id })).toEqual(["Ein GROẞER Baum"]);
        expect(await texts({ words: ["baum", "großer"] })).toEqual(["Ein GROẞER Baum"]);
        expect(await texts({ words: ["%", "_it"] })).toEqual(["50% of _it_"]);
        expect(await texts({ words: ["50x"] })).toEqual([]);
        expect(await texts({ limit: 1 })).toEqual(["50% of _it_"]);
        const after = { content: 1, text: "edited", editedAt: 9 };
        expect(await store.messages.replace(first.id, after)).toBe(true);
        expect(await store.messages.findByKey("own", "a")).toEqual({ ...first, ...after });
        expect(await store.messages.remove(first.id)).toBe(true);
        expect(await store.messages.remove(first.id)).toBe(false);
        expect(await store.messages.replace(first.id, after)).toBe(false);
        expect(await store.messages.find(first.id)).toBeNull();
        await store.jobs.forget({ platform: "page", user: "bob" }, 10);
        expect(await texts()).toEqual([]);
        expect(await store.messages.expire(5)).toBe(0);
        expect(await store.messages.expire(6)).toBe(1);
      });

      it("tells when jobs were made, began and ended, and steers of all places in their order", async () => {
        await finished(3000);
        const late = await addOne({}, 4000);
        const waiting = { createdAt: 4000, startedAt: null, finishedAt: null, outcome: null };
        const done = { createdAt: 1000, startedAt: 2000, finishedAt: 3000, outcome: "done" };
        expect(await store.jobs.times(3000)).toEqual([done, waiting]);
        expect(await store.jobs.times(3001)).toEqual([waiting]);
        const listed = await store.jobs.list({ createdBefore: 4000 });
        expect(listed.some(({ id }) => id === late.id)).toBe(false);
        expect(listed).toHaveLength(1);
        for (const scope of ["a", "b"])
          await store.audit.append({ at: 1, scope, actor: "x", action: "pause", details: {} });
        expect((await store.audit.latest(5)).map(({ scope }) => scope)).toEqual(["b", "a"]);
        expect(await store.audit.latest(1)).toHaveLength(1);
      });

      it("knows events that it saw before", async () => {
        expect(await store.events.isNew("event", 1)).toBe(true);
        await reopen();
        expect(await store.events.isNew("event", 2)).toBe(false);
      });

      it("prunes drafts and events that nobody asks for any more", async () => {
        const day = 24 * 60 * 60 * 1000;
        await store.drafts.put("old", { owner: anybody, value: 1, expiresAt: day });
        await store.drafts.put("new", { owner: anybody, value: 1, expiresAt: 20 * day });
        await store.events.isNew("old", 0);
        await store.events.isNew("new", 9.9 * day);
        await store.prune(10 * day);
        expect(await store.drafts.take("old", 0)).toBeNull();
        expect(await store.drafts.take("new", 10 * day)).toBe(1);
        expect(await store.events.isNew("old", 10 * day)).toBe(true);
        expect(await store.events.isNew("new", 10 * day)).toBe(false);
      });

      it("averages what was measured, the latest most", async () => {
        expect(await store.estimates.get("mini cpu")).toBeNull();
        await store.estimates.record("mini cpu", 10);
        expect(await store.estimates.get("mini cpu")).toBe(10);
        await store.estimates.record("mini cpu", 20);
        expect(await store.estimates.get("mini cpu")).toBe(15);
        for (let job = 0; job < 20; job++) await store.estimates.record("mini cpu", 40);
        expect(await store.estimates.get("mini cpu")).toBeGreaterThan(39);
      });

      it("has one signing key for its life", async () => {
        const key = store.signingKey;
        expect(key).toHaveLength(32);
        expect(new Set(key).size).toBeGreaterThan(8);
        await reopen();
        expect(store.signingKey).toEqual(key);
      });

      it("writes a copy while it is in use, and never over a file", async () => {
        const id = await finished();
        const file = join(folder, "backup.db");
        await store.backup(file);
        await addOne();
        const copy = await maker.openBackup(file);
        expect(await copy.jobs.list({})).toEqual([await store.jobs.find(id)]);
        expect(copy.signingKey).toEqual(store.signingKey);
        await copy[Symbol.asyncDispose]();
        await expect(store.backup(file)).rejects.toMatchObject({ code: "output-not-empty" });
        const nowhere = join(folder, "missing", "backup.db");
        await expect(store.backup(nowhere)).rejects.toMatchObject({ code: "output-unwritable" });
      });
    });
  });
}
