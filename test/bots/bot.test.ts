import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Modal } from "../../src/bots/chat.ts";
import { createJobFiles } from "../../src/bots/intake/job-files.ts";
import { EditError } from "../../src/errors.ts";
import { plainTextOf } from "../../src/locales/rich-text.ts";
import { openDatabase } from "../../src/store/sqlite/database.ts";
import { type MemoryBot, startMemoryBot } from "./memory-bot.ts";
import { alice, createMemoryChat, general, memoryCapabilities } from "./memory-chat.ts";

let bot: MemoryBot;

/** What stands in a form's fields, by name. */
function standing(modal: Modal | null): Record<string, unknown> {
  const fields = (modal?.fields ?? []).flatMap((field) => {
    if (field.kind === "picture") return [];
    if (field.kind === "text") return [[field.name, field.value]];
    return [[field.name, field.choices.filter(({ isOn }) => isOn).map(({ value }) => value)]];
  });
  return Object.fromEntries(fields);
}

beforeEach(async () => {
  bot = await startMemoryBot();
});
afterEach(() => bot[Symbol.asyncDispose]());

const command = (name: string, options: Record<string, string | number | boolean> = {}) =>
  ({ kind: "command", name, options }) as const;
const buttonIn = (label: string | RegExp, index?: number) => {
  const { message, post } = bot.chat.shown(index);
  const found = message.buttons
    .flat()
    .find((each) => (typeof label === "string" ? each.label === label : label.test(each.label)));
  if (!found)
    throw new Error(
      `no button ${label} among ${message.buttons
        .flat()
        .map((each) => each.label)
        .join(", ")}`,
    );
  return { kind: "button", button: found.id, message: post.ref } as const;
};
const forget = async () => {
  const asked = await bot.chat.send(command("forget"));
  const button = asked.said[0]?.buttons[0]?.[0]?.id ?? "";
  return bot.chat.send({ kind: "button", button, message: { ...general, message: "answer" } });
};
const greyShown = async (index?: number) => {
  const path = bot.chat.shown(index).message.pictures[0]?.path ?? "";
  const { channels } = await sharp(path).stats();
  return Math.round(channels[0]?.mean ?? -1);
};

/** What /forget says last. */
const kept =
  "What admins set for you, such as a block, and what they noted of your edits stays with them; how many you asked for is kept for a day, without your name.";

describe("an edit", () => {
  it("is acknowledged, shown waiting, running and done, in one message", async () => {
    const answers = await bot.chat.send({
      ...command("edit", { prompt: '"a big tree"' }),
      pictures: [bot.picture],
    });
    expect(answers.acknowledged).toBe("seen");
    expect(answers.text).toMatch(/^On it! /);
    await bot.lane.finish();
    await bot.settle();
    const { post, text, message } = bot.chat.shown();
    expect(bot.chat.messages).toHaveLength(1);
    expect(post.revisions.length).toBeGreaterThanOrEqual(2);
    expect(text).toContain("a big tree");
    expect(text).toContain("in place of: gift · result 1 of 3");
    expect(message.pictures[0]?.alt).toMatch(
      /a big tree, painted in an area of \d+ by \d+ pixels at the top left, where there was: gift/,
    );
    expect(post.reactions).toEqual(["1️⃣", "2️⃣", "3️⃣", "🔲"]);
    expect((await bot.job()).state).toBe("done");
  });

  it("keeps the source's bytes before it promises anything", async () => {
    await bot.chat.send({ ...command("edit", { prompt: "a tree" }), pictures: [bot.picture] });
    const { id } = await bot.job();
    expect(readFileSync(join(bot.folder, "jobs", id, "source"))).toEqual(readFileSync(bot.picture.url));
  });

  it("tells its position, and that the queue is paused", async () => {
    await bot.scheduler.pause(null);
    for (const prompt of ["one", "two"])
      await bot.chat.send({ ...command("edit", { prompt }), pictures: [bot.picture] });
    expect(bot.chat.shown(0).text).toContain("Next in line. The queue is paused");
    expect(bot.chat.shown(1).text).toContain("Number 2 in line");
  });

  it.each([
    ["no picture", {}, /I see no picture/],
    ["an empty prompt", { options: { prompt: "  " } }, /Say what to paint/],
    ["too long a prompt", { options: { prompt: "x".repeat(1001) } }, /at most 1,000 characters/],
  ])("with %s is refused, and nothing is stored", async (what, change, answer) => {
    const chat = createMemoryChat({ ...memoryCapabilities, picturesInModals: false });
    await using other = await startMemoryBot({ chat });
    const pictures = what === "no picture" ? [] : [other.picture];
    const answers = await chat.send({ ...command("edit", { prompt: "a tree" }), pictures, ...change });
    expect(answers.text).toMatch(answer);
    expect(await other.store.jobs.count({})).toBe(0);
    expect(chat.messages).toEqual([]);
  });

  it("of something that is no picture is refused, and leaves no file", async () => {
    const file = join(bot.folder, "note.png");
    writeFileSync(file, "not a picture at all");
    const answers = await bot.chat.send({
      ...command("edit", { prompt: "a tree" }),
      pictures: [{ ...bot.picture, url: file }],
    });
    expect(answers.text).toMatch(/not a picture I can read/);
    expect(existsSync(join(bot.folder, "jobs"))).toBe(false);
  });

  it("says which permission is missing where the bot may not post", async () => {
    bot.chat.missing = ["attach"];
    const answers = await bot.chat.send({
      ...command("edit", { prompt: "a tree" }),
      pictures: [bot.picture],
    });
    expect(answers.text).toBe("I cannot work here: I may not attach files here. Ask an admin to allow it.");
    expect(await bot.store.jobs.count({})).toBe(0);
  });

  it("asks to be invited where nothing else is missing", async () => {
    bot.chat.missing = ["join"];
    const answers = await bot.chat.send({
      ...command("edit", { prompt: "a tree" }),
      pictures: [bot.picture],
    });
    expect(answers.text).toBe("I am not in this channel yet. Bring me in with /invite, then ask again.");
  });

  it("says nothing of its start while that is not known", async () => {
    await bot.chat.send({ ...command("edit", { prompt: "one" }), pictures: [bot.picture] });
    await bot.chat.send({ ...command("edit", { prompt: "two" }), pictures: [bot.picture] });
    expect(bot.chat.shown().text).toMatch(/Next in line\.$/);
  });

  it("that fails says why and offers another try", async () => {
    await bot.chat.send({ ...command("edit", { prompt: "a tree" }), pictures: [bot.picture] });
    await bot.lane.finish(new EditError("out-of-memory", "Expected memory, got none."));
    await bot.settle();
    expect(bot.chat.shown().text).toContain("not enough memory for this picture");
    bot.lane.auto = true;
    await bot.chat.send(buttonIn("Try again"));
    await bot.settle();
    expect(bot.chat.shown().text).toContain("in place of: gift");
  });

  it("never shows a stack or a message of ours where something unforeseen happens, only its reference", async () => {
    await bot.chat.send({ ...command("edit", { prompt: "a tree" }), pictures: [bot.picture] });
    await bot.lane.finish(new TypeError("secret details"));
    await bot.settle();
    expect(bot.chat.shown().text).toMatch(/the log names it as [0-9a-f]{8}\./);
    expect(JSON.stringify(bot.chat.messages)).not.toContain("secret details");
  });
});

describe("other results", () => {
  beforeEach(() => bot.edit());

  it("come by button, and the picture shown is theirs", async () => {
    expect(await greyShown()).toBe(40);
    const answers = await bot.chat.send(buttonIn("3"));
    await bot.settle();
    expect(answers.acknowledged).toBe("silently");
    expect(bot.chat.shown().text).toContain("result 3 of 3");
    expect(await greyShown()).toBe(160);
  });

  it("come by reaction; of several people's the latest counts, and the best is back when all are gone", async () => {
    const message = bot.chat.shown().post.ref;
    const react = async (id: string, emoji: string, isAdded: boolean, receivedAt: number) => {
      await bot.chat.send({ kind: "reaction", emoji, isAdded, message, receivedAt }, { id });
      await bot.settle();
      return greyShown();
    };
    expect(await react("bob", "2️⃣", true, 1)).toBe(100);
    expect(await react("carol", "3\u20e3", true, 2)).toBe(160);
    expect(await react("carol", "3️⃣", false, 3)).toBe(100);
    expect(await react("bob", "🔲", true, 4)).toBe(101);
    expect(await react("bob", "2️⃣", false, 5)).toBe(41);
    expect(await react("bob", "🔲", false, 6)).toBe(40);
    expect(await react("bob", "🎉", true, 7)).toBe(40);
    expect(await react("bob", "8️⃣", true, 8)).toBe(40);
  });

  it("come all at once, once", async () => {
    const first = await bot.chat.send(buttonIn("All at once", 0));
    expect(first.text).toBe("All 3 results come in one message.");
    await bot.settle();
    const { message, post } = bot.chat.shown();
    expect(message.pictures).toHaveLength(3);
    expect(post.replyTo).toBe(bot.chat.shown(0).post.ref.message);
    const again = await bot.chat.send(buttonIn("All at once", 0));
    expect(again.text).toBe("All results are in one message already, further up.");
    expect(bot.chat.messages).toHaveLength(2);
  });

  it("come as a reply where the message can no longer be edited", async () => {
    bot.chat.failNext("edit", "edit-refused", 1);
    await bot.chat.send(buttonIn("2"));
    await bot.settle();
    const { text, post } = bot.chat.shown();
    expect(text).toContain("Result 2 of 3");
    expect(post.replyTo).toBe(bot.chat.shown(0).post.ref.message);
    expect(await greyShown()).toBe(100);
  });

  it("show and hide the learned box", async () => {
    await bot.chat.send(buttonIn("Show box"));
    await bot.settle();
    expect(await greyShown()).toBe(41);
    await bot.chat.send(buttonIn("Hide box"));
    await bot.settle();
    expect(await greyShown()).toBe(40);
  });
});

describe("going on from a result", () => {
  beforeEach(() => bot.edit());

  it("paints the same spot larger, then smaller again, with its words and seed", async () => {
    const first = await bot.job();
    await bot.chat.send(buttonIn("Larger area"));
    await bot.settle();
    const larger = await bot.job();
    expect(larger.request.box).toEqual({ left: 0, top: 0, width: 60, height: 60 });
    expect(larger.area).toEqual({ anchor: { x: 20, y: 20 }, size: 4, sizes: 7 });
    expect(larger.request).toMatchObject({ prompt: "a big tree", source: "gift" });
    expect(larger.request.settings.seed).toBe(first.request.settings.seed);
    await bot.settle();
    await bot.chat.send(buttonIn("Smaller area"));
    await bot.settle();
    expect((await bot.job()).request.box).toEqual(first.result?.results[0]?.box);
  });

  it("says where there is nothing larger", async () => {
    for (;;) {
      const larger = bot.chat
        .shown()
        .message.buttons.flat()
        .find(({ label }) => label === "Larger area");
      if (!larger) break;
      const before = bot.chat.messages.length;
      const answers = await bot.chat.send({
        kind: "button",
        button: larger.id,
        message: bot.chat.shown().post.ref,
      });
      await bot.settle();
      if (bot.chat.messages.length === before) {
        expect(answers.text).toBe("This is the largest area at this spot.");
        break;
      }
    }
    expect(bot.chat.messages.length).toBeGreaterThan(2);
  });

  it("rerolls with another seed and answers to the result", async () => {
    const first = await bot.job();
    await bot.chat.send(buttonIn("Reroll"));
    await bot.settle();
    const second = await bot.job();
    expect(second.request.settings.seed).not.toBe(first.request.settings.seed);
    expect(bot.chat.shown().post.replyTo).toBe(bot.chat.shown(0).post.ref.message);
  });

  it("edits the shown result again by a modal", async () => {
    await bot.chat.send(buttonIn("2"));
    await bot.settle();
    const { modal } = await bot.chat.send(buttonIn("Edit again"));
    expect(modal?.fields.map(({ name }) => name)).not.toContain("image");
    await bot.chat.send({
      kind: "modal",
      modal: modal?.id ?? "",
      fields: { prompt: "a red car", source: "", options: ["overlay"] },
    });
    await bot.settle();
    const second = await bot.job();
    expect(second).toMatchObject({
      request: { prompt: "a red car" },
      showsBox: true,
      lineage: { kind: "again" },
    });
    const { channels } = await sharp(join(bot.folder, "jobs", second.id, "source")).stats();
    expect(channels[0]?.mean).toBe(100);
  });

  it("edits the shown result again where a reply mentions the bot", async () => {
    const replyTo = bot.chat.shown().post.ref;
    const asked = { ...replyTo, message: "asked" };
    await bot.chat.send({ kind: "mention", text: "a red car", message: asked, replyTo, pictures: [] });
    await bot.settle();
    expect(await bot.job()).toMatchObject({ request: { prompt: "a red car" }, lineage: { kind: "again" } });
    expect(bot.chat.shown().post.replyTo).toBe("asked");
  });

  it("gives the lossless file of what was posted otherwise", async () => {
    await bot.chat.send(buttonIn("Show box"));
    await bot.settle();
    const answers = await bot.chat.send(buttonIn("Full quality"));
    expect(answers.said[0]?.pictures[0]?.path).toContain("result-1.png");
  });
});

describe("rights", () => {
  beforeEach(() => bot.edit());

  it.each(["Delete"])("%s is the author's and the admins'", async (label) => {
    const press = (member: object) => bot.chat.send(buttonIn(label, 0), member);
    expect((await press({ id: "bob" })).text).toBe(
      "Only the person who asked for this edit, or an admin, can do that.",
    );
    const { id } = await bot.job();
    expect((await press({ id: "bob", isAdmin: true })).text).toBe("Deleted.");
    expect(bot.chat.shown(0).post.isRemoved).toBe(true);
    expect(await bot.store.jobs.find(id)).toBeNull();
    expect(existsSync(join(bot.folder, "jobs", id))).toBe(false);
    expect(await bot.store.audit.list("memory:w1", 10)).toMatchObject([
      { actor: "bob", action: "delete", details: { job: id, member: "alice" } },
    ]);
  });

  it("Delete of one's own is written down nowhere", async () => {
    await bot.chat.send(buttonIn("Delete", 0), { isAdmin: true });
    expect(await bot.store.audit.list("memory:w1", 10)).toEqual([]);
  });

  it("a button works in no other guild, and a forged one nowhere", async () => {
    const elsewhere = { ...buttonIn("2"), place: { ...general, workspace: "w2" } };
    expect((await bot.chat.send(elsewhere, { id: "bob" })).text).toMatch(/not one of mine, or not from here/);
    const forged = { ...buttonIn("2"), button: `${buttonIn("2").button.slice(0, -3)}AAA` };
    expect((await bot.chat.send(forged)).text).toMatch(/not one of mine/);
  });

  it("a button of an edit that is gone says so", async () => {
    const old = buttonIn("2");
    await bot.chat.send(buttonIn("Delete"));
    expect((await bot.chat.send(old)).text).toMatch(/not kept any more/);
  });

  it("admin commands are for admins, by the platform or by the configuration", async () => {
    expect((await bot.chat.send(command("admin queue"))).text).toBe(
      "That is for admins. /help shows what everybody can do.",
    );
    expect((await bot.chat.send(command("admin queue"), { isAdmin: true })).text).toContain("test free");
    await using other = await startMemoryBot({ admins: ["memory:boss"] });
    expect((await other.chat.send(command("admin pause"), { isAdmin: true })).text).toMatch(
      /only the people who run it can do that/,
    );
    expect((await other.chat.send(command("admin pause"), { id: "boss" })).text).toMatch(
      /All lanes are paused/,
    );
  });
});

describe("a private edit", () => {
  const asks = { ...command("edit", { prompt: "a secret", private: true }) };

  it("goes to a direct message, and only its owner can press its buttons", async () => {
    bot.lane.auto = true;
    const answers = await bot.chat.send({ ...asks, pictures: [bot.picture] });
    await bot.settle();
    expect(answers.text).toContain("comes to you as a direct message");
    expect(bot.chat.messages.map(({ ref }) => ref.channel)).toEqual(["dm-alice"]);
    expect((await bot.chat.send(buttonIn("2"), { id: "bob" })).text).toMatch(/not from here/);
  });

  it.each(["directPlace", "post"] as const)(
    "comes by the answer where %s refuses, while that lives",
    async (method) => {
      bot.chat.failNext(method, "direct-refused");
      const answers = await bot.chat.send({ ...asks, pictures: [bot.picture] });
      expect(answers.text).toContain("I cannot send you direct messages");
      await bot.lane.finish();
      await bot.settle();
      expect(answers.said.at(-1)?.pictures).toHaveLength(1);
      expect((await bot.job()).state).toBe("done");
      expect(bot.chat.messages).toEqual([]);
    },
  );

  it("says in /queue that it did not work, and why, where it failed and the answer has expired", async () => {
    bot.chat.failNext("directPlace", "direct-refused");
    const answers = await bot.chat.send({ ...asks, pictures: [bot.picture] });
    answers.isAlive = false;
    await bot.lane.finish(new EditError("out-of-memory", "Expected memory, got none."));
    await bot.settle();
    const queue = await bot.chat.send(command("queue"));
    expect(queue.text).toContain("it did not work. The button below says why.");
    expect(queue.text).not.toContain("done");
    const [button] = queue.said[0]?.buttons.flat() ?? [];
    const message = { ...general, message: "x" };
    const sent = await bot.chat.send({ kind: "button", button: button?.id ?? "", message });
    expect(sent.text).toContain("There was not enough memory");
  });

  it("is kept for /queue where the answer has expired", async () => {
    bot.chat.failNext("directPlace", "direct-refused");
    const answers = await bot.chat.send({ ...asks, pictures: [bot.picture] });
    answers.isAlive = false;
    await bot.lane.finish();
    await bot.settle();
    expect((await bot.job()).state).toBe("undeliverable");
    const queue = await bot.chat.send(command("queue"));
    expect(queue.text).toContain("could not be sent");
    const [button] = queue.said[0]?.buttons.flat() ?? [];
    const sent = await bot.chat.send({
      kind: "button",
      button: button?.id ?? "",
      message: { ...general, message: "x" },
    });
    expect(sent.said.at(-1)?.pictures).toHaveLength(1);
    expect((await bot.job()).state).toBe("done");
  });
});

describe("delivery", () => {
  it("posts a result once though the answer to posting it was lost", async () => {
    bot.chat.losesAnswers = 1;
    await bot.edit();
    expect(bot.chat.messages).toHaveLength(1);
    expect(bot.chat.shown().text).toContain("result 1 of 3");
  });

  it("tries again while the platform is down", async () => {
    bot.chat.failNext("post", "unavailable", 3);
    await bot.edit();
    expect(bot.chat.messages).toHaveLength(1);
    expect(bot.chat.shown().text).toContain("result 1 of 3");
  });

  it("posts a late result as a reply", async () => {
    let offset = 0;
    await using late = await startMemoryBot({
      clock: () => Date.now() + offset,
      monotonicClock: () => performance.now() + offset,
    });
    await late.chat.send({ ...command("edit", { prompt: "a tree" }), pictures: [late.picture] });
    offset = 51 * 60_000;
    await late.lane.finish();
    await late.settle();
    expect(late.chat.messages).toHaveLength(2);
    expect(late.chat.shown().post.replyTo).toBe(late.chat.shown(0).post.ref.message);
    expect(late.chat.shown().text).toContain("result 1 of 3");
  });

  it("posts a result once where a first try to edit it in was refused, and the answer to posting it was lost", async () => {
    await bot.chat.send({ ...command("edit", { prompt: "a tree" }), pictures: [bot.picture] });
    bot.chat.failNext("edit", "edit-refused");
    bot.chat.losesAnswers = 1;
    await bot.lane.finish();
    await bot.settle();
    expect(bot.chat.messages).toHaveLength(2);
    expect(bot.chat.shown(0).text).toContain("The result is in my newer message.");
    expect(bot.chat.shown(1).text).toContain("result 1 of 3");
  });

  it("puts a result into a new message where somebody deleted the first", async () => {
    await bot.chat.send({ ...command("edit", { prompt: "a tree" }), pictures: [bot.picture] });
    await bot.chat.remove(bot.chat.shown().post.ref, { signal: new AbortController().signal });
    await bot.lane.finish();
    await bot.settle();
    expect(bot.chat.messages).toHaveLength(2);
    expect(bot.chat.shown().text).toContain("result 1 of 3");
  });

  it("takes up after a restart what was waiting, running and not posted yet", async () => {
    await bot.chat.send({ ...command("edit", { prompt: "first" }), pictures: [bot.picture] });
    await bot.chat.send({ ...command("edit", { prompt: "second" }), pictures: [bot.picture] });
    const { chat, folder } = bot;
    await bot.bot[Symbol.asyncDispose]();
    await bot.scheduler[Symbol.asyncDispose]();
    await bot.store[Symbol.asyncDispose]();
    await using after = await startMemoryBot({ chat, folder });
    after.lane.auto = true;
    await expect.poll(() => after.store.jobs.count({ states: ["done"] }), { timeout: 10_000 }).toBe(2);
    await after.settle();
    expect(chat.messages).toHaveLength(2);
    for (const index of [0, 1]) expect(chat.shown(index).text).toContain("result 1 of 3");
  });
});

describe("member commands", () => {
  it("/queue shows mine and how long the queue is, and nothing of others'", async () => {
    await bot.scheduler.pause(null);
    await bot.chat.send(
      { ...command("edit", { prompt: "bob's secret" }), pictures: [bot.picture] },
      { id: "bob" },
    );
    await bot.chat.send({ ...command("edit", { prompt: "mine" }), pictures: [bot.picture] });
    const { text } = await bot.chat.send(command("queue"));
    expect(text).toMatch(/mine: number 2 in line/);
    expect(text).toContain("2 jobs are waiting in all.");
    expect(text).not.toContain("secret");
  });

  it("/queue keeps to a line for each job, however long its prompt", async () => {
    await bot.scheduler.pause(null);
    await bot.chat.send({ ...command("edit", { prompt: "tree ".repeat(150) }), pictures: [bot.picture] });
    const { text } = await bot.chat.send(command("queue"));
    expect(text.length).toBeLessThan(300);
    expect(text).toMatch(/tree…: next in line\n1 job is waiting in all\.\nThe queue is paused by an admin/);
  });

  it("a command that was misread is answered with how it is typed, in the member's language", async () => {
    const usages = ["/lrbot admin words <list|add|remove> [word]"];
    const wrong = await bot.chat.send({ kind: "misread", got: "dance", usages }, { locale: "de" });
    expect(wrong.text).toBe(`Ich verstehe dance darin nicht. So wird es getippt:\n${usages[0]}`);
    const short = await bot.chat.send({ kind: "misread", got: null, usages });
    expect(short.text).toBe(`Something is missing there. Type it like this:\n${usages[0]}`);
  });

  it.each([
    [true, "Bild bearbeiten"],
    [false, "Edit this image"],
  ])("/help names the menu's entry as it stands there, translated: %s", async (translatesCommands, entry) => {
    const chat = createMemoryChat({ ...memoryCapabilities, translatesCommands });
    await using other = await startMemoryBot({ chat });
    expect((await other.chat.send(command("help"), { locale: "de" })).text).toContain(`• ${entry} im Menü`);
  });

  it("/forget deletes pictures, jobs and messages, and cancels what waits", async () => {
    await bot.edit();
    const { id } = await bot.job();
    await bot.scheduler.pause(null);
    await bot.chat.send({ ...command("edit", { prompt: "waits" }), pictures: [bot.picture] });
    const { text } = await forget();
    await bot.settle();
    expect(text).toBe(`Deleted 2 jobs of yours with their pictures.\n${kept}`);
    expect(await bot.store.jobs.count({})).toBe(0);
    expect(bot.chat.messages.filter(({ isRemoved }) => !isRemoved)).toEqual([]);
    expect(existsSync(join(bot.folder, "jobs", id))).toBe(false);
  });

  it("/forget takes along what others made from my picture, also what waits, and leaves what they made from theirs", async () => {
    await bot.edit("mine");
    const alices = (await bot.job()).id;
    const reroll = buttonIn("Reroll", 0);
    await bot.chat.send(reroll, { id: "bob" });
    await bot.settle();
    const bobs = (await bot.job()).id;
    await bot.chat.send(
      { ...command("edit", { prompt: "bob's own" }), pictures: [bot.picture] },
      { id: "bob" },
    );
    await bot.settle();
    const own = (await bot.job()).id;
    await bot.scheduler.pause(null);
    await bot.chat.send(reroll, { id: "cleo" });
    const cleos = (await bot.job()).id;
    const { text } = await forget();
    expect(text).toBe(
      `Deleted 1 job of yours with its pictures.\n2 edits that others made from your pictures are gone too.\n${kept}`,
    );
    await bot.settle();
    const folders = [alices, bobs, cleos, own].map((id) => existsSync(join(bot.folder, "jobs", id)));
    expect(folders).toEqual([false, false, false, true]);
    const standing = bot.chat.messages.filter(({ isRemoved }) => !isRemoved);
    expect(standing.map(({ revisions }) => plainTextOf(revisions.at(-1)?.text ?? []))).toEqual([
      expect.stringContaining("bob's own"),
    ]);
    expect(await bot.store.jobs.list({})).toMatchObject([{ id: own }]);
  });

  it("/forget takes along what was made by the menu of the bot's own message", async () => {
    await bot.edit("mine");
    const seen = {
      kind: "message-action",
      message: bot.chat.shown(0).post.ref,
      pictures: [bot.picture],
    } as const;
    const { modal } = await bot.chat.send(seen, { id: "bob" });
    const fields = { prompt: "a red car" };
    await bot.chat.send({ kind: "modal", modal: modal?.id ?? "", fields }, { id: "bob" });
    await bot.settle();
    expect((await bot.job()).owner.user).toBe("bob");
    expect((await forget()).text).toContain("An edit that somebody else made from your picture is gone too.");
    expect(await bot.store.jobs.count({})).toBe(0);
  });

  it.each([0, 1])(
    "/forget lets nothing come of an edit whose picture is being fetched, after %i edits",
    async (before) => {
      if (before > 0) await bot.edit("one before");
      let arrives = () => {};
      const onItsWay = new Promise<void>((resolve) => {
        arrives = resolve;
      });
      let isFetching = false;
      const { save } = bot.chat;
      bot.chat.save = async (...order) => {
        isFetching = true;
        await onItsWay;
        return save(...order);
      };
      const asked = bot.chat.send({ ...command("edit", { prompt: "x" }), pictures: [bot.picture] });
      await vi.waitUntil(() => isFetching);
      const answer = before > 0 ? await forget() : await bot.chat.send(command("forget"));
      const deleted =
        before > 0 ? "Deleted 1 job of yours with its pictures." : "There was nothing of yours to delete.";
      expect(answer.text).toBe(`${deleted}\n${kept}`);
      arrives();
      expect((await asked).text).toContain("Cancelled.");
      expect(await bot.store.jobs.count({})).toBe(0);
      expect(readdirSync(join(bot.folder, "jobs"))).toEqual([]);
    },
  );

  it("/forget leaves no form and no offer of an edit whose picture is being fetched", async () => {
    const message = { ...general, message: "m0" };
    const opened = await bot.chat.send({ kind: "message-action", message, pictures: [bot.picture] });
    let arrives = () => {};
    const onItsWay = new Promise<void>((resolve) => {
      arrives = resolve;
    });
    let isFetching = false;
    const { save } = bot.chat;
    bot.chat.save = async (...order) => {
      isFetching = true;
      await onItsWay;
      return save(...order);
    };
    const sent = bot.chat.send({
      kind: "modal",
      modal: opened.modal?.id ?? "",
      fields: { prompt: "secret" },
    });
    await vi.waitUntil(() => isFetching);
    await bot.chat.send(command("forget"));
    arrives();
    const { said } = await sent;
    expect(said.map(({ buttons }) => buttons.flat())).toEqual([[]]);
    expect(said.map(({ text }) => plainTextOf(text))).toEqual([expect.stringContaining("Cancelled.")]);
  });

  it("/forget works though what the store has of the member is damaged", async () => {
    await bot.edit();
    await bot.store.settings.set("member:memory:alice", "told", ["english"]);
    const database = openDatabase(join(bot.folder, "store.db"));
    database.execute("UPDATE jobs SET ticket = '{'; UPDATE settings SET value = '{' WHERE name = 'told'");
    database.close();
    const asked = await bot.chat.send({
      ...command("edit", { prompt: "ein Baum" }),
      pictures: [bot.picture],
    });
    expect(asked.text).toMatch(/^On it!/);
    expect((await forget()).text).toMatch(/^Deleted 2 jobs/);
    expect(await bot.store.jobs.count({})).toBe(0);
  });

  it("/forget takes the forms that are open and what the bot waits for, of this member alone", async () => {
    const opens = async (id: string) => {
      const menu = { kind: "message-action", pictures: [bot.picture] } as const;
      const message = { platform: "memory", workspace: "w1", channel: "c1", message: "m0", thread: null };
      return (await bot.chat.send({ ...menu, message }, { id })).modal?.id ?? "";
    };
    const [mine, bobs] = [await opens("alice"), await opens("bob")];
    await bot.chat.send(command("forget"));
    const send = (modal: string, id: string) =>
      bot.chat.send({ kind: "modal", modal, fields: { prompt: "a red car" } }, { id });
    expect((await send(mine, "alice")).text).not.toMatch(/^On it!/);
    expect((await send(bobs, "bob")).text).toMatch(/^On it!/);
  });

  it("/forget says what is not gone yet, and goes on with it after a restart", async () => {
    await bot[Symbol.asyncDispose]();
    const folder = mkdtempSync(join(tmpdir(), "lrbot-forget-"));
    const chat = createMemoryChat();
    const files = createJobFiles(folder);
    const remove = () => Promise.reject(new Error("Expected a folder that can be removed, got a busy one."));
    bot = await startMemoryBot({ folder, chat, files: { ...files, remove } });
    const { id } = await bot.edit();
    chat.failNext("remove", "unavailable");
    const { text } = await forget();
    expect(text).toBe(
      [
        "Deleted 1 job of yours with its pictures.",
        "One message could not be removed yet. I keep trying.",
        "The pictures of one edit could not be deleted yet. I keep trying.",
        kept,
      ].join("\n"),
    );
    expect(await bot.store.jobs.count({})).toBe(0);
    expect(chat.shown(0).post.isRemoved).toBe(false);
    await bot[Symbol.asyncDispose]();
    bot = await startMemoryBot({ folder, chat });
    await vi.waitUntil(() => chat.shown(0).post.isRemoved);
    await vi.waitUntil(async () => (await bot.store.removals.messages(0, [id])).length === 0);
    expect(await bot.store.jobs.expirePictures(0)).toEqual([id]);
    await bot[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
    bot = await startMemoryBot();
  });

  it("/forget takes away a message that is just being posted", async () => {
    let arrives = () => {};
    const onItsWay = new Promise<void>((resolve) => {
      arrives = resolve;
    });
    const { post } = bot.chat;
    bot.chat.post = async (...order) => {
      await onItsWay;
      return post(...order);
    };
    const asked = bot.chat.send({ ...command("edit", { prompt: "x" }), pictures: [bot.picture] });
    await vi.waitUntil(async () => (await bot.store.jobs.count({})) === 1);
    const { id } = await bot.job();
    await vi.waitUntil(async () => (await bot.store.posts.ofJob(id)).length === 1);
    const stays = "One message could not be removed yet. I keep trying.";
    expect((await forget()).text).toBe(`Deleted 1 job of yours with its pictures.\n${stays}\n${kept}`);
    arrives();
    await asked;
    await vi.waitUntil(async () => (await bot.store.removals.messages(Date.now())).length === 1);
  });

  it("answer in the member's language", async () => {
    expect((await bot.chat.send(command("help"), { locale: "de" })).text).toContain("Ich bearbeite ein Bild");
    expect((await bot.chat.send(command("queue"), { locale: "fr-CA" })).text).toContain("Personne n'attend");
    bot.lane.auto = true;
    await bot.chat.send(
      { ...command("edit", { prompt: "ein Baum" }), pictures: [bot.picture] },
      { locale: "de" },
    );
    await bot.settle();
    expect(bot.chat.shown().text).toContain("anstelle von: Geschenk · Ergebnis 1 von 3");
  });

  it("a mention without a picture or without words says what is missing", async () => {
    const message = { ...general, message: "asked" };
    const bare = await bot.chat.send({
      kind: "mention",
      text: "a tree",
      message,
      replyTo: null,
      pictures: [],
    });
    expect(bare.text).toContain("Attach a picture and say what to paint");
    const unread = { kind: "mention", text: "a tree", message, replyTo: null, isUnread: true } as const;
    expect((await bot.chat.send(unread)).text).toBe("The chat was too slow just now. Try once more.");
    const mute = await bot.chat.send({
      kind: "mention",
      text: "",
      message,
      replyTo: null,
      pictures: [bot.picture],
    });
    expect(mute.text).toContain("what shall I paint?");
  });

  it("asks which of several pictures is meant, in a mention and after a form", async () => {
    const message = { ...general, message: "asked" };
    const pictures = [bot.picture, { ...bot.picture, id: "a2", fileName: "other.png" }];
    const asks = "Which of the 2 pictures?";
    const mention = { kind: "mention", text: "a tree", message, replyTo: null, pictures } as const;
    expect((await bot.chat.send(mention)).text).toContain(asks);
    const { modal } = await bot.chat.send({ kind: "message-action", message, pictures });
    const sent = await bot.chat.send({ kind: "modal", modal: modal?.id ?? "", fields: { prompt: "a car" } });
    expect(sent.text).toContain(asks);
    expect(await bot.store.jobs.count({})).toBe(0);
    const button = sent.said[0]?.buttons[0]?.[1]?.id ?? "";
    const pressed = await bot.chat.send({ kind: "button", button, message: { ...message, message: "q" } });
    expect(pressed.text).toContain("On it!");
    expect((await bot.job()).request.prompt).toBe("a car");
  });

  it("takes a picture that is named in the command in place of an attached one", async () => {
    bot.lane.auto = true;
    const edit = (options: Record<string, string>) =>
      bot.chat.send({
        kind: "command",
        name: "edit",
        options: { prompt: "a tree", ...options },
        pictures: [],
      });
    expect((await edit({ from: "last" })).text).toContain("I see no picture there");
    expect((await edit({ from: "https://example.com/a.png" })).text).toContain("only from this chat itself");
    const none = join(bot.folder, "none.png");
    writeFileSync(none, "no picture");
    const said = await edit({ from: `https://memory.example${none}` });
    expect(said.text).toContain("not a picture I can read");
    expect(await bot.store.jobs.count({})).toBe(0);
    expect((await edit({ from: `https://memory.example${bot.picture.url}` })).text).toContain("On it!");
    await bot.settle();
    expect((await edit({ from: "last", prompt: "a car" })).text).toContain("On it!");
    expect((await bot.job()).lineage?.kind).toBe("again");
    bot.chat.avatars.set("bob", bot.picture.url);
    expect((await edit({ avatar: "bob" })).text).toContain("have not allowed");
    const allow = { kind: "command", name: "avatar", options: { do: "on" }, pictures: [] } as const;
    expect((await bot.chat.send(allow, { id: "bob" })).text).toContain("Others may");
    expect((await edit({ avatar: "bob" })).text).toContain("On it!");
    await bot.chat.send({ ...allow, name: "forget", options: {} }, { id: "bob" });
    expect((await edit({ avatar: "bob" })).text).toContain("have not allowed");
  });

  it("refuses what would be refused whichever picture it is, before it asks", async () => {
    const message = { ...general, message: "asked" };
    const pictures = [bot.picture, { ...bot.picture, id: "a2" }];
    const text = "x".repeat(1001);
    const said = await bot.chat.send({ kind: "mention", text, message, replyTo: null, pictures });
    expect(said.text).toContain("at most 1,000 characters");
  });

  it("an offer is for whom it was made, and stands where an edit is refused", async () => {
    await bot.edit();
    const { ref } = bot.chat.shown().post;
    const message = { ...general, message: "asked" };
    const reply = { kind: "mention", isNamed: false, text: "a car", message, replyTo: ref } as const;
    const offer = (await bot.chat.send(reply)).said[0]?.buttons[0]?.[0];
    expect(offer?.label).toBe("Yes, edit it");
    const press = { kind: "button", button: offer?.id ?? "", message: { ...ref, message: "offer" } } as const;
    expect((await bot.chat.send(press, { id: "bob" })).text).toContain("Only the person who asked");
    bot.chat.missing = ["attach"];
    expect((await bot.chat.send(press)).text).toContain("I cannot work here");
    bot.chat.missing = [];
    const pressed = await Promise.all([bot.chat.send(press), bot.chat.send(press)]);
    expect(pressed.map(({ text }) => text.split("!")[0]).sort()).toEqual([
      "On it",
      expect.stringContaining("not kept"),
    ]);
    await bot.settle();
    expect(await bot.store.jobs.count({})).toBe(2);
    expect(bot.chat.shown().text).toContain("a car");
    expect(bot.chat.shown().post.replyTo).toBe("asked");
    expect((await bot.chat.send(press)).text).toContain("not kept any more");
  });

  it("keeps the picture that came without words for ten minutes", async () => {
    let now = Date.now();
    await using later = await startMemoryBot({ clock: () => now });
    const message = { ...general, message: "asked" };
    const mention = { kind: "mention", text: "", message, replyTo: null } as const;
    await later.chat.send({ ...mention, pictures: [later.picture] });
    now += 10 * 60_000;
    expect((await later.chat.send({ ...mention, text: "a car" })).text).toContain("Attach a picture");
    await later.chat.send({ ...mention, pictures: [later.picture] });
    now += 10 * 60_000 - 1;
    await later.chat.send({ ...mention, text: "a car" });
    expect((await later.job()).request.prompt).toBe("a car");
  });

  it("the menu of a message opens a modal that remembers its picture", async () => {
    const message = { ...general, message: "photo" };
    const { modal } = await bot.chat.send({ kind: "message-action", message, pictures: [bot.picture] });
    expect(modal?.fields.map(({ name }) => name)).not.toContain("image");
    bot.lane.auto = true;
    await bot.chat.send({ kind: "modal", modal: modal?.id ?? "", fields: { prompt: "a tree", options: [] } });
    await bot.settle();
    expect(bot.chat.shown().text).toContain("result 1 of 3");
    expect(bot.chat.shown().post.replyTo).toBe("photo");
  });

  it("a modal takes a seed, and refuses what is none", async () => {
    const message = { ...general, message: "photo" };
    const submit = async (seed: string) => {
      const { modal } = await bot.chat.send({ kind: "message-action", message, pictures: [bot.picture] });
      return bot.chat.send({ kind: "modal", modal: modal?.id ?? "", fields: { prompt: "a tree", seed } });
    };
    expect((await submit(" 4,294,967,295 ")).text).toMatch(/^On it!/);
    expect((await bot.job()).request.settings.seed).toBe(4_294_967_295);
    for (const wrong of ["4294967296", "-1", "seven"]) {
      expect((await submit(wrong)).text).toBe(
        "The seed is a whole number from 0 to 4,294,967,295. Leave it out, and I choose one.",
      );
    }
  });

  it("says before it asks for anything that an edit would be refused", async () => {
    const message = { ...general, message: "photo" };
    const menu = { kind: "message-action", message, pictures: [bot.picture] } as const;
    const refusal = async () => {
      const { modal, text, acknowledged } = await bot.chat.send(menu);
      expect([modal, acknowledged]).toEqual([null, "seen"]);
      return text;
    };
    const boss = { id: "boss", isAdmin: true };
    bot.chat.missing = ["archived"];
    expect(await refusal()).toBe("This channel is archived.");
    bot.chat.missing = ["group"];
    expect(await refusal()).toBe("I do not work in group messages; use a channel or write to me.");
    bot.chat.missing = ["join"];
    expect(await refusal()).toContain("I am not in this channel yet");
    bot.chat.missing = [];
    await bot.chat.send(command("admin block", { member: "alice" }), boss);
    expect(await refusal()).toContain("blocked you");
    await bot.chat.send(command("admin unblock", { member: "alice" }), boss);
    await bot.chat.send(command("admin limits", { waiting: 0 }), boss);
    expect(await refusal()).toContain("turned off for you");
    await bot.chat.send(command("admin limits", { waiting: 1 }), boss);
    expect((await bot.chat.send(menu)).modal).not.toBeNull();
    await bot.chat.send(command("admin drain"), boss);
    expect(await refusal()).toContain("takes no new work");
  });

  it("says what is wrong with a field in the modal where that can stay open", async () => {
    const chat = createMemoryChat({ ...memoryCapabilities, errorsInModals: true });
    await using other = await startMemoryBot({ chat });
    const note = join(other.folder, "note.png");
    writeFileSync(note, "not a picture at all");
    await chat.send(command("admin words", { do: "add", word: "gun" }), { isAdmin: true });
    const { modal } = await chat.send(command("edit", { prompt: "a tree" }));
    const submit = (fields: Record<string, string>, pictures = [other.picture]) =>
      chat.send({ kind: "modal", modal: modal?.id ?? "", fields: { prompt: "a tree", ...fields }, pictures });
    const wrong = async (...sent: Parameters<typeof submit>) => {
      const { refused, said, acknowledged } = await submit(...sent);
      expect([said, acknowledged]).toEqual([[], "no"]);
      return refused;
    };
    expect(await wrong({ prompt: " " })).toEqual({ prompt: expect.stringContaining("Say what to paint") });
    expect(await wrong({ prompt: "a gun" })).toEqual({ prompt: expect.stringContaining("refused here") });
    expect(await wrong({ source: "a gun" })).toEqual({ source: expect.stringContaining("refused here") });
    expect(await wrong({ seed: "seven" })).toEqual({ seed: expect.stringContaining("whole number") });
    expect(await wrong({}, [{ ...other.picture, url: note }])).toEqual({
      image: expect.stringContaining("not a picture I can read"),
    });
    expect(await other.store.jobs.count({})).toBe(0);
    expect((await submit({ seed: "7" })).text).toMatch(/^On it!/);
    expect((await other.job()).request).toMatchObject({ prompt: "a tree", settings: { seed: 7 } });
    expect((await submit({})).text).toContain("not kept any more");
  });

  it("opens the modal again as it was filled in, with its picture, where it could not stay open", async () => {
    const { modal } = await bot.chat.send(command("edit", { prompt: "a tree" }));
    const fields = { prompt: "a big tree", source: "dog", seed: "seven", options: ["overlay"] };
    const sent = { kind: "modal", modal: modal?.id ?? "", fields, pictures: [bot.picture] } as const;
    const refused = (await bot.chat.send(sent)).said[0];
    const button = refused?.buttons[0]?.[0];
    expect(button?.label).toBe("Change and try again");
    const message = { ...general, message: "answer" };
    const again = (await bot.chat.send({ kind: "button", button: button?.id ?? "", message })).modal;
    expect(standing(again)).toMatchObject({
      ...{ prompt: "a big tree", source: "dog", seed: "seven", options: ["overlay"] },
    });
    expect(again?.fields.map(({ kind }) => kind)).not.toContain("picture");
    const mended = { kind: "modal", modal: again?.id ?? "", fields: { ...fields, seed: "7" } } as const;
    expect((await bot.chat.send(mended)).text).toMatch(/^On it!/);
    expect((await bot.job()).request.settings.seed).toBe(7);
  });

  it("asks for the picture anew where that was what was wrong", async () => {
    const note = join(bot.folder, "note.png");
    writeFileSync(note, "not a picture at all");
    const { modal } = await bot.chat.send(command("edit", { prompt: "a tree" }));
    const pictures = [{ ...bot.picture, url: note }];
    const sent = { kind: "modal", modal: modal?.id ?? "", fields: { prompt: "a car" }, pictures } as const;
    const button = (await bot.chat.send(sent)).said[0]?.buttons[0]?.[0]?.id ?? "";
    const message = { ...general, message: "answer" };
    const again = (await bot.chat.send({ kind: "button", button, message })).modal;
    expect(again?.fields.slice(0, 2)).toMatchObject([{ name: "prompt", value: "a car" }, { name: "image" }]);
  });

  it("what was typed with a command stands in the modal that it opens", async () => {
    const given = { prompt: "a tree", source: "dog", seed: 7, overlay: true };
    const { modal } = await bot.chat.send(command("edit", given));
    expect(standing(modal)).toMatchObject({
      ...{ prompt: "a tree", source: "dog", seed: "7", options: ["overlay"] },
    });
  });
});

describe("pictures as they are posted", () => {
  const noisy = async (side: number): Promise<Buffer> =>
    sharp({
      create: {
        width: side,
        height: side,
        channels: 3,
        noise: { type: "gaussian", mean: 120, sigma: 40 },
        background: "#000",
      },
    })
      .png()
      .toBuffer();
  const posted = async (maxUploadBytes: number) => {
    const chat = createMemoryChat({ ...memoryCapabilities, maxUploadBytes });
    await using small = await startMemoryBot({ chat });
    await small.edit();
    const { id } = await small.job();
    for (const name of ["result-2.png", "overlay-2.png"]) {
      writeFileSync(join(small.folder, "jobs", id, "results", name), await noisy(700));
    }
    const { message, post } = chat.shown();
    const press = async (label: string) => {
      const button =
        chat
          .shown(0)
          .message.buttons.flat()
          .find((each) => each.label === label)?.id ?? label;
      const answers = await chat.send({ kind: "button", button, message: post.ref });
      await small.settle();
      return answers;
    };
    expect(message.buttons.flat().map(({ label }) => label)).not.toContain("Full quality");
    await press("2");
    const shown = chat.shown(0);
    const file = shown.message.pictures[0]?.path ?? "";
    const { format, width } = await sharp(file).metadata();
    return {
      text: shown.text,
      format,
      width,
      bytes: readFileSync(file).length,
      original: await press("Full quality"),
    };
  };

  it("are the lossless file where that fits", async () => {
    const { format, width, text } = await posted(10_000_000);
    expect({ format, width }).toEqual({ format: "png", width: 700 });
    expect(text).not.toContain("JPEG");
  });

  it("are a JPEG of full size where that fits, say so, and offer the original where that fits", async () => {
    const { format, width, text, bytes, original } = await posted(800_000);
    expect({ format, width }).toEqual({ format: "jpeg", width: 700 });
    expect(bytes).toBeLessThan(800_000);
    expect(text).toContain("Shown as a JPEG");
    expect(original.text).toMatch(/The lossless file has .* MB, more than fits here/);
  });

  it("are scaled down where they have to be, and say so", async () => {
    const { format, width, text, bytes } = await posted(60_000);
    expect(format).toBe("jpeg");
    expect(width).toBeLessThan(700);
    expect(bytes).toBeLessThan(60_000);
    expect(text).toMatch(/Shown at \d+×\d+/);
  });
});

it("the menu of a message without a picture asks for one", async () => {
  const message = { ...general, message: "words" };
  const { modal } = await bot.chat.send({ kind: "message-action", message, pictures: [] });
  expect(modal?.fields.slice(0, 2)).toMatchObject([{ name: "prompt" }, { name: "image", isRequired: true }]);
  bot.lane.auto = true;
  await bot.chat.send({
    kind: "modal",
    modal: modal?.id ?? "",
    fields: { prompt: "a tree" },
    pictures: [bot.picture],
  });
  await bot.settle();
  expect(bot.chat.shown().text).toContain("result 1 of 3");
});

describe("admin commands", () => {
  const asAdmin = (name: string, options: Record<string, string | number | boolean> = {}) =>
    bot.chat.send(command(name, options), { id: "boss", isAdmin: true });
  const asks = (prompt: string, id = alice.id) =>
    bot.chat.send({ ...command("edit", { prompt }), pictures: [bot.picture] }, { id });

  it("show lanes, waiting jobs and figures", async () => {
    await bot.edit("done before");
    bot.lane.auto = false;
    await asks("runs now");
    await asks("waits");
    const { text } = await asAdmin("admin queue");
    expect(text).toMatch(/test job \w{16}/);
    expect(text).toContain("Waiting 1");
    expect(text).toContain("@alice: waits");
    expect(text).toContain("1 done, 0 failed, 0 cancelled");
  });

  it("show what fits where lanes and jobs are many, figures always", async () => {
    const run = () => new Promise<never>(() => {});
    const lanes = Array.from({ length: 64 }, (_, index) => ({ name: `simulated:${index}`, isPaused: false }));
    const { scheduler } = bot;
    await scheduler.pause(null);
    for (const id of Array.from({ length: 40 }, (_, index) => `member-${index}`))
      await asks("a tree ".repeat(9), id);
    Object.defineProperty(scheduler, "lanes", {
      value: lanes.map((lane) => ({ ...lane, running: null, run })),
    });
    const { text } = await asAdmin("admin queue");
    expect(text.length).toBeLessThan(2000);
    expect(text).toMatch(/… and \d+ more\nLast 24 hours 0 done/);
    expect(text).toMatch(/Waiting 40\n1\. [\s\S]*… and \d+ more$/);
  });

  it("say of each lane of another host what it runs, or why it takes nothing", async () => {
    const lane = { isPaused: false, refusal: null, running: null };
    const running = { job: "abcdefghijkmnpqr", startedAt: 0, secondsLeft: null };
    Object.defineProperty(bot.scheduler, "lanes", {
      value: [
        { ...lane, name: "gpu1/cuda:0" },
        { ...lane, name: "gpu1/cuda:1", refusal: "draining", running },
        { ...lane, name: "gpu2/cuda:0", refusal: "away" },
        { ...lane, name: "gpu3/cuda:0", refusal: "version" },
        { ...lane, name: "gpu4/cuda:0", refusal: "pack" },
        { ...lane, name: "gpu5/cuda:0", refusal: "safety" },
      ],
    });
    const { text } = await asAdmin("admin queue");
    expect(text).toContain("gpu1/cuda:0 free");
    expect(text).toMatch(
      /gpu1\/cuda:1 job abcdefghijkmnpqr.*\ngpu1\/cuda:1 ends when what runs there is done/,
    );
    expect(text).toContain("gpu2/cuda:0 is away");
    expect(text).toContain("gpu3/cuda:0 is of another version of the bot: update the older one");
    expect(text).toContain("gpu4/cuda:0 does not have the bot's model pack");
    expect(text).toContain("gpu5/cuda:0 does not check pictures");
  });

  it("drain one lane, which takes nothing until it is resumed", async () => {
    expect((await asAdmin("admin drain", { lane: "gpu9" })).text).toContain("There is no lane gpu9.");
    expect((await asAdmin("admin drain", { lane: "test" })).text).toContain("What runs on test will finish");
    await asks("waits");
    expect((await bot.job()).state).toBe("waiting");
    expect(bot.scheduler.isDraining).toBe(false);
    bot.lane.auto = true;
    await asAdmin("admin resume", { lane: "test" });
    await expect.poll(async () => (await bot.job()).state).toBe("done");
  });

  it("pause and resume a lane; an unknown one is told with those that there are", async () => {
    expect((await asAdmin("admin pause", { lane: "cuda:9" })).text).toBe(
      "There is no lane cuda:9. The lanes are: test.",
    );
    await asAdmin("admin pause", { lane: "test" });
    await asks("waits");
    expect((await bot.job()).state).toBe("waiting");
    bot.lane.auto = true;
    await asAdmin("admin resume");
    await expect.poll(async () => (await bot.job()).state).toBe("done");
  });

  it("cancel one, a person's and all", async () => {
    await bot.scheduler.pause(null);
    for (const id of ["alice", "alice", "bob", "carol"]) await asks("x", id);
    const { id } = await bot.job();
    expect((await asAdmin("admin cancel")).text).toMatch(/Say which/);
    expect((await asAdmin("admin cancel", { job: id })).text).toBe("Cancelled 1 job.");
    expect((await asAdmin("admin cancel", { member: "alice" })).text).toBe("Cancelled 2 jobs.");
    expect((await asAdmin("admin cancel", { all: true })).text).toBe("Cancelled 1 job.");
    await bot.settle();
    expect(bot.chat.shown().text).toContain("Cancelled by @boss.");
  });

  it("move a job to the front", async () => {
    await bot.scheduler.pause(null);
    for (const id of ["alice", "bob"]) await asks("x", id);
    const { id } = await bot.job();
    expect((await asAdmin("admin move", { job: id })).text).toBe(`Job ${id} is next.`);
    expect((await bot.scheduler.standings()).get(id)?.position).toBe(1);
  });

  it("drain takes no new work", async () => {
    await asAdmin("admin drain");
    expect((await asks("x")).text).toMatch(/about to restart/);
  });

  it("limit everybody, a member and a group", async () => {
    await bot.scheduler.pause(null);
    await asAdmin("admin limits", { waiting: 1 });
    await asks("first");
    expect((await asks("second")).text).toMatch(/^You have a job waiting or running already/);
    await asAdmin("admin limits", { waiting: 2, member: "alice" });
    expect((await asks("second")).text).toMatch(/^On it!/);
    const shown = await asAdmin("admin limits");
    expect(shown.text).toContain("Everybody here: 1 waiting or running, 50 in 24 hours.");
    expect(shown.text).toContain("@alice: 2 waiting or running");
    expect((await asAdmin("admin limits", { waiting: 7, group: "painters" })).text).toContain("@painters: 7");
    await asAdmin("admin limits", { per_day: 2 });
    await asAdmin("admin limits", { waiting: 9, member: "alice" });
    expect((await asks("third")).text).toBe(
      "You have used your 2 edits of 24 hours. The next one is possible in about 24 hours.",
    );
  });

  it("hold for edits that come at once, and a refused picture takes no place", async () => {
    await asAdmin("admin limits", { waiting: 1, per_day: 1 });
    const broken = { ...bot.picture, url: "missing.png" };
    const order = (picture = bot.picture) =>
      bot.chat.send({ ...command("edit", { prompt: "a tree" }), pictures: [picture] });
    await order(broken);
    const answers = await Promise.all(Array.from({ length: 20 }, () => order()));
    expect(answers.filter(({ text }) => text.startsWith("On it"))).toHaveLength(1);
    expect(answers.filter(({ text }) => text.includes("one is the limit here"))).toHaveLength(19);
    await forget();
    expect((await order()).text).toContain(
      "You have used your one edit of 24 hours. The next one is possible",
    );
  });

  it("block and unblock, refuse words, and choose channels", async () => {
    await asAdmin("admin block", { member: "alice" });
    expect((await asks("x")).text).toMatch(/blocked you/);
    await asAdmin("admin unblock", { member: "alice" });
    await asAdmin("admin words", { do: "add", word: "gun" });
    expect((await asks("a GUN")).text).toMatch(/words that are refused/);
    await asAdmin("admin words", { do: "remove", word: "gun" });
    await asAdmin("admin channels", { do: "allow", channel: "c2" });
    expect((await asks("x")).text).toBe("I do not answer in this channel. Try #c2.");
    expect((await asAdmin("admin channels", { do: "everywhere" })).text).toBe("I answer everywhere.");
    expect((await asks("x")).text).toMatch(/^On it!/);
  });

  it("are written down, newest first", async () => {
    await asAdmin("admin block", { member: "bob" });
    await asAdmin("admin pause");
    const { text } = await asAdmin("admin audit", { last: 5 });
    expect(text.split("\n").map((line) => line.replace(/^.*@boss: /, ""))).toEqual([
      "pause lane all",
      "block member @bob, everywhere true",
    ]);
  });

  it("are written down where they cancel or delete somebody else's, by command or by button", async () => {
    await bot.scheduler.pause(null);
    const ids = new Map<string, string>();
    for (const prompt of ["first", "second", "third", "mine"]) {
      await asks(prompt);
      ids.set(prompt, (await bot.job()).id);
    }
    const cancelFirst = buttonIn("Cancel", 0);
    const press = (button: typeof cancelFirst, member = {}) =>
      bot.chat.send(button, { id: "boss", isAdmin: true, ...member });
    expect((await press(cancelFirst)).text).toBe("Cancelled.");
    await asAdmin("admin cancel", { job: String(ids.get("second")) });
    expect((await press(cancelFirst)).text).not.toBe("Cancelled.");
    await press(buttonIn("Cancel", 2), { id: "alice" });
    await bot.chat.send(command("admin cancel", { member: "alice" }), { id: "alice", isAdmin: true });
    await bot.settle();
    const { text } = await asAdmin("admin audit");
    expect(text.split("\n").map((line) => line.replace(/^.*(@\w+: )/, "$1"))).toEqual([
      "@alice: cancel member @alice, count 1",
      `@boss: cancel job ${ids.get("second")}, member @alice, count 1`,
      `@boss: cancel job ${ids.get("first")}, member @alice`,
    ]);
  });

  it("on another community's job are written down there too", async () => {
    await bot[Symbol.asyncDispose]();
    bot = await startMemoryBot({ admins: ["memory:op"] });
    await bot.scheduler.pause(null);
    await bot.chat.send({
      ...command("edit", { prompt: "theirs" }),
      ...{ pictures: [bot.picture], place: { ...general, workspace: "w2", channel: "c2" } },
    });
    await bot.chat.send(command("admin cancel", { all: true }), { id: "op" });
    const of = (scope: string) => bot.store.audit.list(scope, 10);
    expect(await of("memory:w2")).toMatchObject([
      { actor: "op", action: "cancel", details: { all: true, count: 1 } },
    ]);
    expect(await of("memory:w1")).toMatchObject([{ actor: "op", details: { all: true, count: 0 } }]);
  });
});
