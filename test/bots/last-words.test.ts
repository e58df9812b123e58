import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ChatMessage } from "../../src/bots/chat.ts";
import type { PictureWorker } from "../../src/bots/picture-worker.ts";
import { EditError } from "../../src/errors.ts";
import { plainTextOf } from "../../src/locales/rich-text.ts";
import { createPictureWorker } from "../../src/pipeline/workers/pictures/client.ts";
import { type MemoryBot, startMemoryBot } from "./memory-bot.ts";
import { type Answers, general } from "./memory-chat.ts";
import { noisyPng, paintResults } from "./painted.ts";

// Whatever cannot be shown, every member is told how their job ended, and gets its result.

let bot: MemoryBot;

beforeEach(async () => {
  bot = await startMemoryBot();
});
afterEach(() => bot[Symbol.asyncDispose]());

const asked = (options = {}) =>
  ({ kind: "command", name: "edit", options: { prompt: "a tree", ...options } }) as const;
const ask = (options = {}) => bot.chat.send({ ...asked(options), pictures: [bot.picture] });

async function finish(): Promise<void> {
  await bot.lane.finish();
  await bot.settle();
}

async function greyIn(message: ChatMessage | undefined): Promise<number> {
  const { channels } = await sharp(message?.pictures[0]?.path).stats();
  return Math.round(channels[0]?.mean ?? -1);
}

function buttonIn(message: ChatMessage | undefined, label: string) {
  const found = message?.buttons.flat().find((each) => each.label === label);
  if (!found) throw new Error(`no button ${label} in ${message && plainTextOf(message.text)}`);
  return { kind: "button", button: found.id, message: { ...general, message: "answer" } } as const;
}

/** Presses a button of an answer. @returns What took its place, or was said besides */
async function press(answer: ChatMessage | undefined, label: string) {
  const answers = await bot.chat.send(buttonIn(answer, label));
  await bot.settle();
  return { ...answers, latest: answers.inPlace.at(-1) ?? answers.said.at(-1) };
}

describe("a job whose channel is gone before it ends", () => {
  const moved = "I can no longer write where you asked, so it comes to you here.";

  async function lose(): Promise<Answers> {
    const answers = await ask();
    await bot.settle();
    bot.chat.lost.add(general.channel);
    return answers;
  }

  it("brings its result to its member alone, and says why, also where a crash came between", async () => {
    await lose();
    const { id } = await bot.job();
    await bot.store.jobs.setPlace(
      id,
      await bot.chat.directPlace("alice", { signal: AbortSignal.timeout(1000) }),
    );
    await finish();
    expect(bot.chat.messages).toHaveLength(2);
    expect(bot.chat.shown().post.ref.channel).toBe("dm-alice");
    expect(bot.chat.shown().text).toContain(moved);
    expect(await greyIn(bot.chat.shown().message)).toBe(40);
    expect((await bot.job()).state).toBe("done");
  });

  it("answers there the message that asked in the channel by no reply", async () => {
    bot.chat.lost.clear();
    const message = { ...general, message: "question" };
    await bot.chat.send({ kind: "mention", text: "a tree", message, replyTo: null, pictures: [bot.picture] });
    await bot.settle();
    expect(bot.chat.shown().post.replyTo).toBe("question");
    bot.chat.lost.add(general.channel);
    await finish();
    expect(bot.chat.shown().text).toContain(moved);
    expect(bot.chat.shown().post.replyTo).toBeNull();
  });

  it("tells its member that it failed", async () => {
    await lose();
    await bot.lane.finish(new EditError("out-of-memory", "Expected memory, got none."));
    await bot.settle();
    expect(bot.chat.shown().post.ref.channel).toBe("dm-alice");
    expect(bot.chat.shown().text).toBe(
      `⚠️ a tree\nThere was not enough memory for this picture. Try a smaller one.\n${moved}`,
    );
  });

  it("writes to nobody of what was cancelled", async () => {
    await lose();
    await bot.scheduler.cancel((await bot.job()).id);
    await bot.settle();
    expect(bot.chat.messages).toHaveLength(1);
  });

  it.each(["directPlace", "post"] as const)(
    "comes as the answer, else by /queue, where its member takes no direct messages (%s)",
    async (method) => {
      const answers = await lose();
      answers.isAlive = false;
      bot.chat.failNext(method, "direct-refused", 9);
      await finish();
      expect((await bot.job()).state).toBe("undeliverable");
      const queue = await bot.chat.send({ kind: "command", name: "queue" });
      const sent = await bot.chat.send(buttonIn(queue.said[0], "Send it to me: a tree"));
      expect(await greyIn(sent.said.at(-1))).toBe(40);
      expect((await bot.job()).state).toBe("done");
    },
  );
});

describe("a result whose picture is refused for good", () => {
  it.each([
    ["missing-permission", "I may not attach files here"],
    ["rejected", "I could not show it here"],
  ] as const)("(%s) ends its message in words, and comes as the answer", async (failure, why) => {
    const answers = await ask();
    bot.chat.refusesPictures = failure;
    await finish();
    expect(bot.chat.messages).toHaveLength(1);
    expect(bot.chat.shown().text).toBe(
      `✨ a tree · for @alice\nThe result is ready, but ${why}. Send it to me brings it to you alone.`,
    );
    expect(await greyIn(answers.said.at(-1))).toBe(40);
    expect((await bot.job()).state).toBe("done");
  });

  it("is brought by its button, to its owner and to others, where the answer does not live any more", async () => {
    const answers = await ask();
    answers.isAlive = false;
    bot.chat.refusesPictures = "missing-permission";
    await finish();
    const { message } = bot.chat.shown();
    expect((await bot.job()).state).toBe("undeliverable");
    const send = async (id: string) => {
      const sent = await bot.chat.send(buttonIn(message, "Send it to me"), { id });
      expect(await greyIn(sent.said.at(-1))).toBe(40);
      return (await bot.job()).state;
    };
    expect(await send("bob")).toBe("undeliverable");
    expect(await send("alice")).toBe("done");
  });

  it("is told in words as well where nothing went through for long", async () => {
    await using short = await startMemoryBot({ outbox: { firstRetry: 1, retryFor: 30 } });
    await short.chat.send({ ...asked(), pictures: [short.picture] });
    short.chat.refusesPictures = "unavailable";
    await short.lane.finish();
    await short.settle();
    expect(short.chat.shown().text).toContain("The result is ready, but I could not show it here.");
  });

  it("is not frozen where its message cannot be edited: the answer brings it", async () => {
    const answers = await ask();
    bot.chat.failNext("edit", "missing-permission", 100);
    await finish();
    expect(await greyIn(answers.said.at(-1))).toBe(40);
  });
});

it("a result waits for room on the bot's own disk, and is not told in words meanwhile", async () => {
  let tries = 0;
  await using worker = createPictureWorker({ environment: {}, log: () => {} });
  const full: PictureWorker = {
    inspect: worker.inspect,
    copy: worker.copy,
    sheet: worker.sheet,
    checkMarks: worker.checkMarks,
    async fit() {
      tries += 1;
      throw new EditError("disk-full", "told to");
    },
  };
  await using waiting = await startMemoryBot({ pictureWorker: full });
  await waiting.chat.send({ ...asked(), pictures: [waiting.picture] });
  await waiting.lane.finish();
  await expect.poll(() => tries).toBeGreaterThan(0);
  await waiting.bot.settled();
  expect(waiting.chat.shown().text).not.toContain("The result is ready");
  expect((await waiting.job()).state).toBe("posting");
});

describe("a picture that is too large for its place", () => {
  const noisy: typeof paintResults = async (request, folder) => {
    const painted = await paintResults(request, folder);
    for (const rank of [1, 2, 3]) {
      writeFileSync(join(folder, `result-${rank}.png`), await noisyPng(40 + 40 * rank, 400));
    }
    return painted;
  };
  beforeEach(() => {
    bot.lane.paint = noisy;
  });
  const shownBytes = () => statSync(bot.chat.shown(0).message.pictures[0]?.path ?? "").size;

  it("comes smaller, and the next one of that place at once", async () => {
    await ask();
    bot.chat.takesBytes = 60_000;
    await finish();
    expect(bot.chat.messages).toHaveLength(1);
    expect(bot.chat.shown().text).toContain("result 1 of 3");
    expect(shownBytes()).toBeLessThan(60_000);
    const tried = bot.chat.refusals;
    expect(tried).toBeGreaterThan(0);
    await bot.chat.send({ ...buttonIn(bot.chat.shown().message, "2"), message: bot.chat.shown().post.ref });
    await bot.settle();
    expect(bot.chat.shown().text).toContain("result 2 of 3");
    expect(bot.chat.refusals).toBe(tried);
  });

  it("is told in words where nothing is small enough", async () => {
    await ask();
    bot.chat.takesBytes = 100;
    await finish();
    expect(bot.chat.shown().text).toContain("it is too large for this place");
  });
});

describe("a result that comes as another message", () => {
  it("leaves no first message that says it is under way", async () => {
    await ask();
    bot.chat.failNext("edit", "edit-refused");
    await finish();
    expect(bot.chat.messages).toHaveLength(2);
    expect(bot.chat.shown(0).text).toBe("✨ a tree · for @alice\nDone. The result is in my newer message.");
    expect(bot.chat.shown(1).text).toContain("result 1 of 3");
    expect(bot.chat.shown(1).post.replyTo).toBe(bot.chat.shown(0).post.ref.message);
  });
});

describe("a first post that is refused", () => {
  it.each(["waits", "is done already"])("ends in one true message, though the job %s", async (state) => {
    bot.lane.auto = state === "is done already";
    bot.chat.failNext("post", "missing-permission");
    const answers = await ask();
    await bot.settle();
    expect(answers.said.map(({ text }) => plainTextOf(text))).toEqual([
      "I cannot work here: I may not write messages here. Ask an admin to allow it.",
    ]);
    expect(bot.chat.messages).toEqual([]);
    expect(await bot.store.jobs.count({ states: ["waiting", "running", "posting"] })).toBe(0);
  });
});

describe("all results at once", () => {
  it("come as an answer where they cannot be posted", async () => {
    await bot.edit();
    const { post, message } = bot.chat.shown();
    bot.chat.refusesPictures = "missing-permission";
    const answers = await bot.chat.send({ ...buttonIn(message, "All at once"), message: post.ref });
    await bot.settle();
    expect(answers.said.at(-1)?.pictures).toHaveLength(3);
    bot.chat.refusesPictures = null;
    const other = await bot.chat.send({ ...buttonIn(message, "2"), message: post.ref });
    await bot.settle();
    expect(other.said).toEqual([]);
    expect(bot.chat.shown(0).text).toContain("result 2 of 3");
  });
});

describe("buttons under a result that its member alone sees", () => {
  let answer: ChatMessage | undefined;
  let answers: Answers;

  beforeEach(async () => {
    bot.chat.failNext("directPlace", "direct-refused", 100);
    answers = await ask({ private: true });
    await finish();
    answer = answers.said.at(-1);
    expect(await greyIn(answer)).toBe(40);
  });

  it("bring the other results and the area in its place, each from what it shows", async () => {
    const second = await press(answer, "2");
    expect(second.acknowledged).toBe("silently");
    expect(await greyIn(second.latest)).toBe(100);
    const box = await press(second.latest, "Show box");
    expect(await greyIn(box.latest)).toBe(101);
    expect(await greyIn((await press(box.latest, "3")).latest)).toBe(161);
    expect(await greyIn((await press(box.latest, "Hide box")).latest)).toBe(100);
    expect(bot.chat.messages).toEqual([]);
  });

  it("bring all at once, whose numbers bring more answers", async () => {
    const all = await press(answer, "All at once");
    expect(all.latest?.pictures).toHaveLength(3);
    const third = await press(all.latest, "3");
    expect(third.inPlace).toEqual([]);
    expect(await greyIn(third.latest)).toBe(160);
    expect(await greyIn((await press(third.latest, "1")).inPlace.at(-1))).toBe(40);
  });

  it("go on from the result that it shows", async () => {
    const second = (await press(answer, "2")).latest;
    const { modal } = await bot.chat.send(buttonIn(second, "Edit again"));
    bot.lane.auto = true;
    await bot.chat.send({ kind: "modal", modal: modal?.id ?? "", fields: { prompt: "a red car" } });
    await bot.settle();
    const source = join(bot.folder, "jobs", (await bot.job()).id, "source");
    expect((await sharp(readFileSync(source)).stats()).channels[0]?.mean).toBe(100);
    const larger = await press(answer, "Larger area");
    await bot.settle();
    expect((await bot.job()).area).toMatchObject({ anchor: { x: 20, y: 20 } });
    expect(await greyIn(larger.said.at(-1))).toBe(40);
  });

  it("take it away", async () => {
    const deleted = await press(answer, "Delete");
    expect(deleted.latest && plainTextOf(deleted.latest.text)).toBe("Deleted.");
    expect(deleted.inPlace).toHaveLength(1);
    expect(await bot.store.jobs.count({})).toBe(0);
  });
});
