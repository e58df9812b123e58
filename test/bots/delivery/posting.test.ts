import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createPosting } from "../../../src/bots/delivery/posting.ts";
import { createUploadLimits } from "../../../src/bots/delivery/upload-limits.ts";
import type { JobMessages } from "../../../src/bots/messages/messages.ts";
import { EditError } from "../../../src/errors.ts";
import type { JobRecord } from "../../../src/store/jobs.ts";
import type { PostStore } from "../../../src/store/posts.ts";
import { openSqliteStore } from "../../../src/store/sqlite/store.ts";
import type { Store } from "../../../src/store/store.ts";
import { newJob } from "../../store/jobs.ts";
import { createMemoryChat, general, type MemoryChat } from "../memory-chat.ts";

// A message whose posting ended without an answer, posted once whatever came of it.

const { signal } = new AbortController();
const hour = 60 * 60_000;

let folder: string;
let store: Store;
let chat: MemoryChat;
let wall: number;
let monotonic: number;
let job: JobRecord;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "lrbot-posting-"));
  store = await openSqliteStore({ folder });
  chat = createMemoryChat();
  wall = 1000 * hour;
  monotonic = 0;
  const asked = newJob();
  const owner = { ...asked.owner, platform: "memory" };
  job = await store.jobs.add({ ...asked, owner, place: general }, wall);
});
afterEach(async () => {
  await store[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

/** As a process has it that begins now. */
function begin(posts: PostStore = store.posts) {
  const monotonicClock = () => monotonic;
  const message = { text: ["x"], pictures: [], buttons: [] };
  const posting = createPosting({
    posts,
    messages: { of: async () => message } as Partial<JobMessages> as JobMessages,
    limits: createUploadLimits(monotonicClock),
    clock: () => wall,
    monotonicClock,
  });
  return () => posting.post(job, "job", { platform: chat, replyTo: null, signal });
}

const comesLater = { failure: "unavailable", retryAfterSeconds: 10 };

it("one whose connection broke is posted again after 10 s alone, and not where it arrived by then", async () => {
  const post = begin();
  chat.cutsPosts = 1;
  await expect(post()).rejects.toMatchObject({ failure: "unavailable" });
  await expect(post()).rejects.toMatchObject(comesLater);
  chat.arrive();
  monotonic += 10_000;
  await post();
  await post();
  expect(chat.sent).toHaveLength(1);
  expect(chat.messages).toHaveLength(1);
});

it("one that never arrived is posted again, each try 10 s after the one before", async () => {
  const post = begin();
  chat.cutsPosts = 2;
  for (const _ of [1, 2]) {
    await expect(post()).rejects.toMatchObject({ failure: "unavailable" });
    await expect(post()).rejects.toMatchObject(comesLater);
    monotonic += 10_000;
  }
  await post();
  expect(chat.sent).toHaveLength(3);
});

it("one that was refused with an answer is posted again at once", async () => {
  const post = begin();
  chat.failNext("post", "unavailable");
  await expect(post()).rejects.toMatchObject({ retryAfterSeconds: null });
  await post();
  expect(chat.messages).toHaveLength(1);
});

it("one of an earlier process is looked for once it must have arrived, not before: a search looks at no page twice", async () => {
  chat.cutsPosts = 1;
  await expect(begin()()).rejects.toMatchObject({ failure: "unavailable" });
  let searches = 0;
  const { findPosted } = chat;
  chat.findPosted = (...words) => {
    searches += 1;
    return findPosted(...words);
  };
  const post = begin();
  await expect(post()).rejects.toMatchObject(comesLater);
  expect(searches).toBe(0);
  chat.arrive();
  monotonic += 10_000;
  await post();
  expect(chat.sent).toHaveLength(1);
});

it("one that was begun under a clock ahead is looked for in the time that it is now", async () => {
  wall += 5 * hour;
  const post = begin();
  chat.losesAnswers = 1;
  await expect(post()).rejects.toMatchObject({ failure: "unavailable" });
  wall -= 5 * hour;
  let since = 0;
  const { findPosted } = chat;
  chat.findPosted = (place, key, options) => {
    since = options.since;
    return findPosted(place, key, options);
  };
  await post();
  expect(since).toBe(wall - 60_000);
  expect(chat.sent).toHaveLength(1);
});

it("one that the store could not take note of is remembered, also where the history is closed", async () => {
  let isFull = true;
  const post = begin({
    ...store.posts,
    async confirm(...words) {
      if (isFull) throw new EditError("disk-full", "told to");
      await store.posts.confirm(...words);
    },
  });
  chat.findPosted = async () => null;
  await expect(post()).rejects.toMatchObject({ code: "disk-full" });
  isFull = false;
  await post();
  expect(chat.sent).toHaveLength(1);
  expect((await store.posts.ofJob(job.id)).map(({ message }) => message?.message)).toEqual(["m1"]);
});
