import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { EditError } from "../../../src/errors.ts";
import type { Progress } from "../../../src/types.ts";
import { progress } from "../../store/jobs.ts";
import { until } from "../lanes.ts";
import { createTestFleet, type TestBot, type TestFleet } from "./fixture.ts";
import { noRedis } from "./redis-server.ts";

vi.setConfig({ testTimeout: 60_000 });

/** The user of a host, by the words of docs/fleet.md. */
function userOf(host: string, password: string): string[] {
  const page = readFileSync(join(import.meta.dirname, "../../../docs/fleet.md"), "utf8");
  const [, words = ""] = /ACL SETUSER (gpu1 .*)/.exec(page) ?? [];
  return words.replaceAll("gpu1", host).replace("PASSWORD", password).split(" ");
}

describe.skipIf(noRedis !== null)(`a fleet over a real Redis${noRedis ? ` (${noRedis})` : ""}`, () => {
  let fleet: TestFleet;
  beforeEach(async () => {
    fleet = await createTestFleet();
  });
  afterEach(() => fleet[Symbol.asyncDispose]());

  const lanesOf = ({ scheduler }: TestBot) => scheduler.lanes.map(({ name }) => name).sort();
  const has = (bot: TestBot, ...names: string[]) =>
    until(() => lanesOf(bot).join() === names.join() && bot.scheduler.lanes.every((lane) => !lane.refusal));
  const reaches = (bot: TestBot, job: string, state: string) =>
    until(async () => (await bot.stateOf(job)) === state);
  const isEmpty = () => until(() => fleet.stored().length === 0);
  const isForgotten = async (bot: TestBot) =>
    until(async () => (await bot.store.settings.all("fleet-runs")).size === 0);

  describe("a lane of another host", () => {
    it("does a job as one of the bot's own, and leaves nothing behind", async () => {
      await fleet.startHost("gpu1");
      const bot = await fleet.startBot();
      await has(bot, "gpu1/cpu");
      const job = await bot.ask({ prompt: "a tree" });
      const edit = await fleet.edit(0);
      expect(edit.job.request.prompt).toBe("a tree");
      expect(readFileSync(edit.job.request.image, "utf8")).toBe(`picture of ${job}`);
      await until(() => bot.scheduler.lanes.some(({ running }) => running?.job === job));
      edit.finish("a tree, painted");
      await reaches(bot, job, "posting");
      expect(await bot.store.jobs.find(job)).toMatchObject({
        ...{ lane: "gpu1/cpu", outcome: "done", failure: null, workerDeaths: 0 },
      });
      expect(readFileSync(bot.files.result(job, "result-1.png"), "utf8")).toBe("a tree, painted");
      await isEmpty();
      await isForgotten(bot);
    });

    it("tells progress in order and whole, in at most five messages a second, pictures by the file store", async () => {
      await fleet.startHost("gpu1");
      const bot = await fleet.startBot();
      const job = await bot.ask();
      const edit = await fleet.edit(0);
      const published: string[] = [];
      const watcher = fleet.link.client.duplicate();
      await watcher.psubscribe("lrbot:bot:*");
      watcher.on("pmessage", (_pattern: string, _channel: string, text: string) => published.push(text));
      const rgb = new Uint8Array(3 * 48 * 48).fill(7);
      const draft: Progress = {
        ...progress(0),
        ...{ phase: "draft", anchor: 1, proposal: 2, thumbnail: { side: 48, rgb } },
      };
      const begun = performance.now();
      for (let step = 1; step <= 30; step++) {
        edit.progress(progress(step));
        if (step === 10) edit.progress(draft);
        await sleep(20);
      }
      await until(() => (bot.progress.get(job) ?? []).length >= 32);
      edit.finish();
      await reaches(bot, job, "posting");
      const told = bot.progress.get(job) ?? [];
      expect(told.filter(({ phase }) => phase === "loading").map(({ stepsDone }) => stepsDone)).toEqual(
        Array.from({ length: 31 }, (_, step) => step),
      );
      const drafts = told.flatMap((each) => (each.phase === "draft" ? [each.thumbnail] : []));
      expect(drafts.map(({ side, rgb }) => [side, [...rgb].every((value) => value === 7)])).toEqual([
        [48, true],
      ]);
      // One every 200 ms at most, and besides the first, the last of the progress and the end.
      expect(published.length).toBeLessThanOrEqual((performance.now() - begun) / 200 + 3);
      expect(Math.max(...published.map((text) => text.length))).toBeLessThan(6000);
      watcher.disconnect();
      await isEmpty();
    });

    it("shows the first result while the others are painted", async () => {
      await fleet.startHost("gpu1");
      const bot = await fleet.startBot();
      const job = await bot.ask();
      const edit = await fleet.edit(0);
      const path = join(edit.job.folder, "first-result.png");
      writeFileSync(path, "the first");
      const losses = { clip: 0, structure: 0, direction: 0, total: 0 };
      const first = {
        ...{ anchor: 0, box: { left: 0, top: 0, width: 8, height: 8 }, file: "first-result.png", losses },
        ...{ scores: { t2i: 0, i2i: 0, quality: 0 }, unsafe: null },
      };
      edit.progress({ ...progress(1), phase: "result", rank: null, ...first });
      await until(async () => (await bot.files.underWay(job, "first-result.png")) !== null);
      rmSync(path);
      const shown = (await bot.files.underWay(job, "first-result.png")) ?? "";
      expect(readFileSync(shown, "utf8")).toBe("the first");
      edit.finish();
      await reaches(bot, job, "posting");
      expect(readdirSync(bot.files.results(job)).sort()).toEqual(["overlay-1.png", "result-1.png"]);
    });

    it("shows drafts while it learns, one after another, of which none is left with the result", async () => {
      await fleet.startHost("gpu1");
      const bot = await fleet.startBot();
      const job = await bot.ask();
      const edit = await fleet.edit(0);
      const shows = async (file: string, picture: string) => {
        await until(() => bot.progress.get(job)?.at(-1)?.preview?.file === file);
        expect(readFileSync((await bot.files.underWay(job, file)) ?? "", "utf8")).toBe(picture);
      };
      for (const [number, isUnsafe] of [
        [1, false],
        [2, true],
      ] as const) {
        const preview = { file: `preview-${number}.jpg`, isUnsafe };
        writeFileSync(join(edit.job.folder, preview.file), `draft ${number}`);
        edit.progress({ ...progress(number), preview });
        await shows(preview.file, `draft ${number}`);
        expect(bot.progress.get(job)?.at(-1)?.preview).toEqual(preview);
        // In every report from then on, and put and fetched once.
        rmSync(join(edit.job.folder, preview.file));
        edit.progress({ ...progress(10 * number), preview });
        await until(() => bot.progress.get(job)?.at(-1)?.stepsDone === 10 * number);
        await shows(preview.file, `draft ${number}`);
      }
      edit.finish();
      await reaches(bot, job, "posting");
      expect(readdirSync(bot.files.results(job)).sort()).toEqual(["overlay-1.png", "result-1.png"]);
      await isEmpty();
    });

    it("goes on to tell how far it is where the picture of a draft cannot be put or fetched", async () => {
      const unputFiles = /^preview-1\.jpg$/;
      const full = new EditError("files-full", "Expected room for a picture, got a full disk.");
      await fleet.startHost("gpu1", { refusesToPut: full, unputFiles });
      const bot = await fleet.startBot("bot", { lostFiles: /^preview-3\.jpg$/ });
      const job = await bot.ask();
      const edit = await fleet.edit(0);
      const last = () => bot.progress.get(job)?.at(-1);
      const tellOf = (number: number) => {
        const preview = { file: `preview-${number}.jpg`, isUnsafe: false };
        writeFileSync(join(edit.job.folder, preview.file), `draft ${number}`);
        edit.progress({ ...progress(number), preview });
      };
      tellOf(1);
      await until(() => last()?.stepsDone === 1);
      expect(last()?.preview).toBeUndefined();
      tellOf(2);
      await until(() => last()?.preview?.file === "preview-2.jpg");
      tellOf(3);
      await until(() => last()?.stepsDone === 3);
      expect(last()?.preview).toBeUndefined();
      tellOf(4);
      await until(() => last()?.preview?.file === "preview-4.jpg");
      edit.finish();
      await reaches(bot, job, "posting");
    });

    it("fails a job with the code that its worker gave", async () => {
      await fleet.startHost("gpu1");
      const bot = await fleet.startBot();
      const job = await bot.ask();
      (await fleet.edit(0)).fail(new EditError("picture-corrupt", "Expected a picture, got half of one."));
      await reaches(bot, job, "posting");
      expect((await bot.store.jobs.find(job))?.failure).toMatchObject({ code: "picture-corrupt" });
      await isEmpty();
    });

    it("counts a death of its worker, and does the job again", async () => {
      await fleet.startHost("gpu1");
      const bot = await fleet.startBot();
      const job = await bot.ask();
      (await fleet.edit(0)).fail(new EditError("worker-died", "Expected an answer, got the worker's end."));
      (await fleet.edit(1)).finish();
      await reaches(bot, job, "posting");
      expect(await bot.store.jobs.find(job)).toMatchObject({ outcome: "done", workerDeaths: 1 });
    });

    it("stops a job that is cancelled, and takes the next", async () => {
      await fleet.startHost("gpu1");
      const bot = await fleet.startBot();
      const job = await bot.ask();
      const edit = await fleet.edit(0);
      const next = await bot.ask();
      await bot.scheduler.cancel(job);
      await until(() => edit.signal.aborted);
      const second = await fleet.edit(1);
      expect(second.job.id).toContain(next);
      second.finish();
      await reaches(bot, next, "posting");
      expect(await bot.stateOf(job)).toBe("posting");
      await isEmpty();
    });

    it("hears of a cancel that its message did not bring", async () => {
      await fleet.startHost("gpu1");
      const bot = await fleet.startBot();
      await bot.ask();
      const edit = await fleet.edit(0);
      await fleet.link.client.sadd("lrbot:host:gpu1:cancelled", edit.job.id);
      await until(() => edit.signal.aborted);
    });

    it("has never more in BullMQ than one job of a bot, so that turns stay as the scheduler has them", async () => {
      await fleet.startHost("gpu1", { devices: ["cuda:0", "cuda:1"] });
      const bot = await fleet.startBot();
      await has(bot, "gpu1/cuda:0", "gpu1/cuda:1");
      const jobs = [];
      for (let count = 0; count < 6; count++) jobs.push(await bot.ask({ user: "ann" }));
      await fleet.edit(1);
      const bob = await bot.ask({ user: "bob" });
      expect(await bot.store.jobs.count({ states: ["waiting"] })).toBe(5);
      const waiting = await fleet.link.client.llen("lrbot:gpu1/cuda.0:wait");
      expect(waiting + (await fleet.link.client.llen("lrbot:gpu1/cuda.1:wait"))).toBe(0);
      fleet.edits[0]?.finish();
      expect((await fleet.edit(2)).job.id).toContain(bob);
    });
  });

  describe("a host", () => {
    it("that dies in mid-job is noticed, the job runs elsewhere, and a late answer is not believed", async () => {
      const lost = await fleet.startHost("gpu1");
      const bot = await fleet.startBot();
      const job = await bot.ask();
      const edit = await fleet.edit(0);
      lost.lose();
      await fleet.startHost("gpu2");
      const again = await fleet.edit(1);
      expect({ host: again.host, same: again.job.id === edit.job.id }).toEqual({ host: "gpu2", same: false });
      expect(await bot.store.jobs.find(job)).toMatchObject({ workerDeaths: 1, lane: "gpu2/cpu" });
      await until(() => lanesOf(bot).join() === "gpu2/cpu");
      lost.proxy.mend();
      edit.finish("too late");
      await has(bot, "gpu1/cpu", "gpu2/cpu");
      again.finish("in time");
      await reaches(bot, job, "posting");
      expect(readFileSync(bot.files.result(job, "result-1.png"), "utf8")).toBe("in time");
      await isEmpty();
      await isForgotten(bot);
    });

    it("that is started again at once gets none of its jobs believed by the process before", async () => {
      const lost = await fleet.startHost("gpu1", { instance: "one" });
      const bot = await fleet.startBot();
      const job = await bot.ask();
      await fleet.edit(0);
      lost.lose();
      await fleet.startHost("gpu1", { instance: "two" });
      const again = await fleet.edit(1);
      again.finish();
      await reaches(bot, job, "posting");
      expect(await bot.store.jobs.find(job)).toMatchObject({ outcome: "done", workerDeaths: 1 });
    });

    it("that drains finishes what runs, takes no more, and goes", async () => {
      const { host } = await fleet.startHost("gpu1");
      const bot = await fleet.startBot();
      const job = await bot.ask();
      const edit = await fleet.edit(0);
      const drained = host.drain();
      await until(() => bot.scheduler.lanes[0]?.refusal === "draining");
      const later = await bot.ask();
      edit.finish();
      await drained;
      await reaches(bot, job, "posting");
      expect(await bot.stateOf(later)).toBe("waiting");
      await host[Symbol.asyncDispose]();
      await until(() => bot.scheduler.lanes.length === 0);
    });

    it("that must end at once gives its job back, and nothing is counted", async () => {
      const { host } = await fleet.startHost("gpu1");
      const bot = await fleet.startBot();
      const job = await bot.ask();
      await fleet.edit(0);
      const drained = host.drain();
      host.giveBack();
      await drained;
      await reaches(bot, job, "waiting");
      await fleet.startHost("gpu2");
      (await fleet.edit(1)).finish();
      await reaches(bot, job, "posting");
      expect(await bot.store.jobs.find(job)).toMatchObject({ workerDeaths: 0, restarts: 0 });
    });

    it("needs rights for its own keys alone, and can read no other's jobs", async () => {
      await fleet.link.client.call("ACL", "SETUSER", ...userOf("gpu1", "s3cret"));
      await fleet.startHost("gpu1", { credentials: "gpu1:s3cret" });
      const bot = await fleet.startBot();
      const job = await bot.ask();
      const edit = await fleet.edit(0);
      edit.progress(progress(1));
      edit.finish();
      await reaches(bot, job, "posting");
      expect(await bot.store.jobs.find(job)).toMatchObject({ outcome: "done" });
      const stolen = fleet.link.client.duplicate({ username: "gpu1", password: "s3cret" });
      for (const [command, ...words] of [
        ["HGETALL", "lrbot:gpu2/cpu:1"],
        ["GET", "lrbot:host:gpu2"],
        ["LRANGE", "lrbot:gpu2/cpu:wait", "0", "-1"],
        ["KEYS", "*"],
        ["SCAN", "0"],
        ["PUBLISH", "lrbot:host:gpu2:orders", "x"],
        ["SUBSCRIBE", "lrbot:bot:someone"],
        ["FLUSHALL"],
      ])
        await expect(stolen.call(command ?? "", ...words), command).rejects.toThrow("NOPERM");
      stolen.disconnect();
    });

    it("that cannot put its pictures leaves the job to another lane, which it waits for", async () => {
      const full = new EditError("files-full", "Expected room in the bucket, got none. Free some.");
      await fleet.startHost("full", { refusesToPut: full });
      const bot = await fleet.startBot();
      await has(bot, "full/cpu");
      const job = await bot.ask();
      const edit = await fleet.edit(0);
      await fleet.startHost("good");
      await has(bot, "full/cpu", "good/cpu");
      await bot.scheduler.pause("good");
      edit.finish();
      await reaches(bot, job, "waiting");
      await bot.scheduler.resume("good");
      const again = await fleet.edit(1);
      expect(again.host).toBe("good");
      again.finish();
      await reaches(bot, job, "posting");
      expect(await bot.store.jobs.find(job)).toMatchObject({ outcome: "done", workerDeaths: 0 });
      expect(bot.log.join()).toContain("job waits again: Expected room in the bucket");
    });

    it("needs a name that no other has", async () => {
      await fleet.startHost("gpu1");
      await expect(fleet.startHost("gpu1")).rejects.toMatchObject({ code: "fleet-name-taken" });
      await expect(fleet.startHost("GPU 1")).rejects.toMatchObject({ code: "usage" });
    });

    it("is not used where it speaks another protocol, lacks the pack or the safety model", async () => {
      await fleet.startHost("bare", { packs: [{ name: "mini", version: "2" }] });
      await fleet.startHost("plain");
      const beat = { protocol: 2, name: "new", instance: "x", version: "9", isDraining: false };
      const lanes = [
        { device: "cpu", packs: [{ name: "mini", version: "1" }], memoryBytes: null, run: null },
      ];
      const text = JSON.stringify({ ...beat, checksSafety: true, lanes });
      await fleet.link.client.set("lrbot:host:new", text);
      await fleet.link.client.sadd("lrbot:hosts", "new");
      const bot = await fleet.startBot("careful", { checksSafety: true });
      const job = await bot.ask();
      await until(() => bot.scheduler.lanes.length === 3);
      expect(Object.fromEntries(bot.scheduler.lanes.map(({ name, refusal }) => [name, refusal]))).toEqual({
        "bare/cpu": "pack",
        "plain/cpu": "safety",
        "new/cpu": "version",
      });
      expect(await bot.stateOf(job)).toBe("waiting");
      await fleet.startHost("good", { checksSafety: true });
      (await fleet.edit(0)).finish();
      await reaches(bot, job, "posting");
    });
  });

  describe("pausing and draining", () => {
    it("works on one host, and on hosts to come", async () => {
      await fleet.startHost("gpu1", { devices: ["cuda:0", "cuda:1"] });
      await fleet.startHost("gpu2");
      const bot = await fleet.startBot();
      await has(bot, "gpu1/cuda:0", "gpu1/cuda:1", "gpu2/cpu");
      expect(await bot.scheduler.pause("gpu1")).toBe(true);
      const paused = () => bot.scheduler.lanes.filter(({ isPaused }) => isPaused).map(({ name }) => name);
      expect(paused()).toEqual(["gpu1/cuda:0", "gpu1/cuda:1"]);
      expect(await bot.scheduler.pause("nobody")).toBe(false);
      await bot.scheduler.pause(null);
      await fleet.startHost("gpu3");
      await until(() => paused().includes("gpu3/cpu"));
      const job = await bot.ask();
      await sleep(300);
      expect(await bot.stateOf(job)).toBe("waiting");
      await bot.scheduler.resume(null);
      (await fleet.edit(0)).finish();
      await reaches(bot, job, "posting");
    });
  });

  describe("Redis", () => {
    it("that is away when a bot starts is waited for, while its own lanes go on", async () => {
      await fleet.redis.kill();
      const bot = await fleet.startBot("bot", { lanes: 1 });
      const job = await bot.ask();
      (await fleet.edit(0)).finish();
      await reaches(bot, job, "posting");
      await fleet.redis.start();
      await fleet.startHost("gpu1");
      await has(bot, "cpu:0", "gpu1/cpu");
      await bot.scheduler.pause("cpu:0");
      const far = await bot.ask();
      (await fleet.edit(1)).finish();
      await reaches(bot, far, "posting");
      expect(bot.log.join()).toContain("Redis is away");
    });

    it("that is away stops no lane of the bot's own, and jobs elsewhere go on when it is back", async () => {
      await fleet.startHost("gpu1");
      const bot = await fleet.startBot("bot", { lanes: 1 });
      await has(bot, "cpu:0", "gpu1/cpu");
      const jobs = [await bot.ask(), await bot.ask({ user: "bob" })];
      await fleet.edit(1);
      const far = fleet.edits.find(({ host }) => host === "gpu1");
      const near = fleet.edits.find(({ host }) => host === "here");
      await fleet.redis.kill();
      near?.finish();
      const third = await bot.ask();
      (await fleet.edit(2)).finish();
      await reaches(bot, third, "posting");
      expect(fleet.edits[2]?.host).toBe("here");
      far?.finish("painted meanwhile");
      await sleep(500);
      await fleet.redis.start();
      for (const job of jobs) await reaches(bot, job, "posting");
      expect(fleet.edits).toHaveLength(3);
      await isEmpty();
    });

    it("that starts again empty is filled from the store, and nothing is done twice", async () => {
      await fleet.startHost("gpu1", { devices: ["cuda:0", "cuda:1"] });
      const bot = await fleet.startBot();
      const jobs = [await bot.ask(), await bot.ask({ user: "bob" })];
      await fleet.edit(1);
      await fleet.redis.restart({ awayMilliseconds: 300 });
      await sleep(500);
      for (const edit of fleet.edits) edit.finish();
      for (const job of jobs) await reaches(bot, job, "posting");
      expect(fleet.edits).toHaveLength(2);
      for (const job of jobs)
        expect(await bot.store.jobs.find(job)).toMatchObject({ outcome: "done", workerDeaths: 0 });
      await isEmpty();
      await isForgotten(bot);
    });

    it("that was away for longer than a lane may be silent costs no work either", async () => {
      await fleet[Symbol.asyncDispose]();
      fleet = await createTestFleet({ keeps: true });
      await fleet.startHost("gpu1");
      const bot = await fleet.startBot();
      const job = await bot.ask();
      const edit = await fleet.edit(0);
      await fleet.redis.restart({ keeps: true, awayMilliseconds: 3000 });
      await sleep(2000);
      edit.finish();
      await reaches(bot, job, "posting");
      expect(fleet.edits).toHaveLength(1);
      expect(await bot.store.jobs.find(job)).toMatchObject({ outcome: "done", workerDeaths: 0 });
    });

    it("may be slow, cut and silent between bot and hosts", async () => {
      const { proxy } = await fleet.startHost("gpu1");
      const bot = await fleet.startBot();
      for (const each of [proxy, bot.proxy]) each.slow(80);
      const job = await bot.ask();
      const edit = await fleet.edit(0);
      bot.proxy.cut();
      await sleep(300);
      bot.proxy.mend();
      proxy.silence();
      await sleep(300);
      proxy.mend();
      edit.finish();
      await reaches(bot, job, "posting");
      expect(await bot.store.jobs.find(job)).toMatchObject({ outcome: "done", workerDeaths: 0 });
      await isEmpty();
    });
  });

  describe("two bots", () => {
    it("share a lane in turn, and neither waits there while another lane is free", async () => {
      const small = await fleet.startHost("gpu1");
      const one = await fleet.startBot("one");
      const two = await fleet.startBot("two");
      for (const bot of [one, two]) await has(bot, "gpu1/cpu");
      const first = await one.ask();
      await fleet.edit(0);
      const second = await two.ask();
      await until(() => two.scheduler.lanes.some(({ running }) => running?.job === second));
      await sleep(300);
      expect(fleet.edits).toHaveLength(1);
      await fleet.startHost("gpu2");
      const moved = await fleet.edit(1);
      expect({ host: moved.host, job: moved.job.id }).toMatchObject({ host: "gpu2" });
      expect(moved.job.id).toContain(second);
      moved.finish();
      fleet.edits[0]?.finish();
      await reaches(two, second, "posting");
      await reaches(one, first, "posting");
      small.lose();
      await isEmpty();
    });

    it("take turns on one lane", async () => {
      await fleet.startHost("gpu1");
      const one = await fleet.startBot("one");
      const two = await fleet.startBot("two");
      const ofOne = [await one.ask(), await one.ask(), await one.ask()];
      await fleet.edit(0);
      const ofTwo = [await two.ask(), await two.ask(), await two.ask()];
      await until(() => two.scheduler.lanes.some(({ running }) => running !== null));
      for (let index = 0; index < 6; index++) {
        const edit = await fleet.edit(index);
        // Both have work for the lane at every moment but the last.
        if (index < 5) await until(async () => (await fleet.link.client.llen("lrbot:gpu1/cpu:wait")) === 1);
        edit.finish();
      }
      for (const job of ofOne) await reaches(one, job, "posting");
      for (const job of ofTwo) await reaches(two, job, "posting");
      const whose = fleet.edits.map(({ job }) => (ofOne.some((id) => job.id.includes(id)) ? "one" : "two"));
      expect(whose).toEqual(["one", "two", "one", "two", "one", "two"]);
    });
  });
});
