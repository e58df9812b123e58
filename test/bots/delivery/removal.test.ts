import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createRemoval, type Removal } from "../../../src/bots/delivery/removal.ts";
import type { Removed } from "../../../src/store/jobs.ts";
import { openSqliteStore } from "../../../src/store/sqlite/store.ts";
import type { Store } from "../../../src/store/store.ts";
import { newJob } from "../../store/jobs.ts";
import { createMemoryChat, general, type MemoryChat } from "../memory-chat.ts";

const minute = 60_000;
const day = 24 * 60 * minute;
const { signal } = new AbortController();

describe("a removal", () => {
  let folder: string;
  let store: Store;
  let chat: MemoryChat;
  let now: number;
  let removal: Removal;

  const begin = (platforms: readonly MemoryChat[]) =>
    createRemoval({
      ...{ store, clock: () => now, log: () => {}, signal },
      platforms: new Map(platforms.map((platform) => [platform.name, platform])),
      scheduler: { cancel: async () => false },
      delivery: { queueChanged: () => {} },
      files: { remove: async () => {} },
    });
  /** A job with a message, which is confirmed where `isConfirmed`, and removed from the store. */
  const removedJob = async (isConfirmed = true): Promise<Removed> => {
    const job = newJob();
    const owner = { ...job.owner, platform: "memory" };
    await store.jobs.add({ ...job, owner, place: general }, now);
    const key = `${job.id}-j`;
    await store.posts.begin({ key, job: job.id, role: "job" }, now);
    const message = await chat.post(general, { text: ["x"], pictures: [], buttons: [] }, { key, signal });
    if (isConfirmed) await store.posts.confirm(key, message, now);
    const removed = await store.jobs.remove(job.id, now);
    if (!removed) throw new Error("Expected a job to remove, got none.");
    return removed;
  };
  const standing = () => chat.messages.filter(({ isRemoved }) => !isRemoved).length;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "lrbot-removal-"));
    store = await openSqliteStore({ folder });
    chat = createMemoryChat();
    now = 100 * day;
    removal = begin([chat]);
  });
  afterEach(async () => {
    removal[Symbol.dispose]();
    await store[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  it("takes away what was posted, and what was only about to be", async () => {
    const confirmed = await removedJob();
    const unsure = await removedJob(false);
    expect(await removal.takeAway(confirmed)).toEqual({ messages: 0, folders: 0 });
    expect(standing()).toBe(1);
    expect(await removal.takeAway(unsure)).toEqual({ messages: 0, folders: 0 });
    expect(standing()).toBe(0);
    expect(await store.jobs.expirePictures(0)).toEqual(unsure.stopped.concat(confirmed.stopped).toSorted());
  });

  it("looks once more, a minute later, for what was about to be posted and is not there yet", async () => {
    const removed = await removedJob(false);
    const arrived = chat.messages.splice(0);
    expect(await removal.takeAway(removed)).toEqual({ messages: 1, folders: 0 });
    chat.messages.push(...arrived);
    now += minute;
    expect(await removal.sweep()).toBe(1);
    expect(standing()).toBe(0);
    const lost = await removedJob(false);
    chat.messages.splice(0);
    await removal.takeAway(lost);
    now += minute;
    expect(await removal.sweep()).toBe(1);
    expect(await store.removals.messages(now + day)).toEqual([]);
  });

  it("is tried again less and less often, until it is done", async () => {
    chat.failNext("remove", "unavailable", 4);
    expect(await removal.takeAway(await removedJob())).toEqual({ messages: 1, folders: 0 });
    for (const pause of [1, 2, 4]) {
      now += pause * minute - 1;
      expect(await removal.sweep()).toBe(0);
      expect(await store.removals.messages(now)).toEqual([]);
      now += 1;
      expect(await removal.sweep()).toBe(0);
    }
    expect(standing()).toBe(1);
    now += 8 * minute;
    expect(await removal.sweep()).toBe(1);
    expect(standing()).toBe(0);
    expect(await store.removals.messages(now + day)).toEqual([]);
  });

  it("is tried at once where all that is left is asked for", async () => {
    chat.failNext("remove", "unavailable");
    await removal.takeAway(await removedJob());
    expect(await removal.sweep()).toBe(0);
    expect(await removal.sweep("all")).toBe(1);
  });

  it("is given up after 30 days", async () => {
    chat.failNext("remove", "missing-permission", 1000);
    await removal.takeAway(await removedJob());
    now += 30 * day;
    await removal.sweep("all");
    expect(await store.removals.messages(now + day)).toHaveLength(1);
    now += 1;
    await removal.sweep("all");
    expect(await store.removals.messages(now + day)).toEqual([]);
  });

  it("waits for a platform that does not run", async () => {
    const removed = await removedJob();
    const without = begin([]);
    expect(await without.takeAway(removed)).toEqual({ messages: 1, folders: 0 });
    expect(await removal.sweep("all")).toBe(1);
    expect(standing()).toBe(0);
  });
});
