import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createRetention, type Retention } from "../../src/queue/retention.ts";
import { openSqliteStore } from "../../src/store/sqlite/store.ts";
import type { Store } from "../../src/store/store.ts";
import { newJob, offer, result } from "../store/jobs.ts";

const day = 24 * 60 * 60 * 1000;

describe("retention", () => {
  let folder: string;
  let store: Store;
  let retention: Retention;
  let removed: string[];
  let broken: Set<string>;
  let now: number;
  let passed: number;
  let said: string[];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "lrbot-retention-"));
    store = await openSqliteStore({ folder });
    removed = [];
    broken = new Set();
    now = 100 * day;
    passed = 0;
    said = [];
    retention = createRetention({
      ...{
        store,
        keepDays: 7,
        keepTextDays: 90,
        clock: () => now,
        monotonic: () => passed,
        log: (_, text) => said.push(text),
      },
      async removeFolder(job) {
        if (broken.has(job)) throw new Error("Expected a folder that can be removed, got a full disk.");
        removed.push(job);
      },
    });
  });
  afterEach(async () => {
    await retention[Symbol.asyncDispose]();
    await store[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  const endedAt = async (at: number) => {
    const { id } = await store.jobs.add(newJob(), at);
    await store.jobs.claim(offer(), at);
    await store.jobs.finish(id, { result: result() }, at);
    await store.jobs.markDelivered(id);
    return id;
  };

  it("removes pictures whose job ended more days ago than they are kept, at start", async () => {
    const [old, young] = [await endedAt(now - 7 * day - 1), await endedAt(now - 7 * day)];
    await retention.start();
    expect(removed).toEqual([old]);
    expect(await store.jobs.find(old)).toMatchObject({ state: "done", hasPictures: false });
    expect((await store.jobs.find(young))?.hasPictures).toBe(true);
  });

  it("removes each folder once, and one that could not be removed the next time", async () => {
    const [one, two] = [await endedAt(1), await endedAt(2)];
    broken.add(one);
    expect(await retention.sweep()).toBe(1);
    expect(removed).toEqual([two]);
    broken.clear();
    expect(await retention.sweep()).toBe(1);
    expect(removed).toEqual([two, one]);
    expect(await retention.sweep()).toBe(0);
  });

  it("removes the folders of jobs that were removed or forgotten", async () => {
    const [one, two] = [await endedAt(now), await endedAt(now)];
    await store.jobs.remove(one, now);
    await store.jobs.forget({ platform: "chat", user: "ann" }, now);
    await retention.sweep();
    expect(removed.toSorted()).toEqual([one, two].toSorted());
  });

  it("removes what was typed when it was kept long enough, and never before the pictures", async () => {
    const [old, young] = [await endedAt(now - 90 * day - 1), await endedAt(now - 90 * day)];
    await retention.start();
    expect(await store.jobs.find(old)).toBeNull();
    expect(await store.jobs.find(young)).toMatchObject({ hasPictures: false });
    const longer = createRetention({
      ...{ store, keepDays: 300, keepTextDays: 1, clock: () => now, log: () => {} },
      removeFolder: async () => {},
    });
    await longer.sweep();
    expect(await store.jobs.find(young)).not.toBeNull();
    await longer[Symbol.asyncDispose]();
  });

  it("removes what is kept of a workspace 30 days after the bot was removed from it", async () => {
    const id = await endedAt(now);
    const guild = { platform: "chat", workspace: "guild" };
    await store.workspaces.left(guild, now);
    now += 30 * day;
    passed += 30 * day;
    await retention.sweep();
    expect(await store.jobs.find(id)).not.toBeNull();
    now += 1;
    await retention.sweep();
    expect(await store.jobs.find(id)).toBeNull();
  });

  it("removes what members had removed though the clock has jumped", async () => {
    const [mine, other] = [await endedAt(now), await endedAt(now)];
    now += 365 * day;
    await store.jobs.remove(mine, now);
    await retention.sweep();
    expect(removed).toEqual([mine]);
    expect(await store.jobs.find(other)).toMatchObject({ hasPictures: true });
  });

  it("prunes drafts that expired", async () => {
    await store.drafts.put("token", {
      owner: { platform: "chat", user: "anybody" },
      value: 1,
      expiresAt: now,
    });
    await retention.sweep();
    expect(await store.drafts.take("token", 0)).toBeNull();
  });

  it("goes on in an hour when the store fails", async () => {
    const failing = createRetention({
      ...{ keepDays: 7, keepTextDays: 90, log: () => {}, removeFolder: async () => {} },
      store: { ...store, prune: () => Promise.reject(new Error("a full disk")) },
    });
    expect(await failing.sweep()).toBe(0);
    await failing[Symbol.asyncDispose]();
  });

  it("deletes nothing for a day once the clock has jumped, and says so", async () => {
    const id = await endedAt(now);
    await retention.start();
    now += 10 * 365 * day;
    passed += 60 * 60 * 1000;
    expect(await retention.sweep()).toBe(0);
    expect(said.filter((text) => text.includes("jumped"))).toHaveLength(1);
    now += 23 * 60 * 60 * 1000;
    passed += 23 * 60 * 60 * 1000;
    expect(await retention.sweep()).toBe(0);
    expect((await store.jobs.find(id))?.hasPictures).toBe(true);
    // It was no mistake: after a day the clock counts.
    now += 60 * 60 * 1000;
    passed += 60 * 60 * 1000;
    expect(await retention.sweep()).toBe(1);
  });

  it("goes on where the clock was set back before anything was deleted", async () => {
    const id = await endedAt(now);
    await retention.start();
    now += 10 * 365 * day;
    await retention.sweep();
    now -= 10 * 365 * day;
    await retention.sweep();
    now += 2 * day;
    passed += 2 * day;
    expect(await retention.sweep()).toBe(0);
    expect((await store.jobs.find(id))?.hasPictures).toBe(true);
  });
});
