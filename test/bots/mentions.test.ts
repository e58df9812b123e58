import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { calledIn } from "../../src/locales/rich-text.ts";
import { type MemoryBot, startMemoryBot } from "./memory-bot.ts";
import { createMemoryChat, memoryCapabilities } from "./memory-chat.ts";

// Whoever waited for long is called by their result: an edit notifies nobody, so that comes as a new message.

let bot: MemoryBot;
let passed: number;
const clocks = { clock: () => Date.now() + passed, monotonicClock: () => performance.now() + passed };

beforeEach(async () => {
  passed = 0;
  bot = await startMemoryBot(clocks);
});
afterEach(() => bot[Symbol.asyncDispose]());

const command = (name: string, options: Record<string, string | boolean>, member = {}) =>
  bot.chat.send({ kind: "command", name, options, pictures: [bot.picture] }, member);
const standing = () => bot.chat.messages.filter(({ isRemoved }) => !isRemoved);
const callsOf = () =>
  bot.chat.messages.map(({ revisions }) => revisions.flatMap(({ text }) => calledIn(text)));

/** An edit by Alice whose result takes that long. */
async function edit(milliseconds: number, options: Record<string, boolean> = {}): Promise<void> {
  await command("edit", { prompt: "a tree", ...options });
  passed += milliseconds;
  await bot.lane.finish();
  await bot.settle();
}

describe("a result", () => {
  it("that came within 30 s stays in the first message, and calls nobody", async () => {
    await edit(20_000);
    expect(standing()).toHaveLength(1);
    expect(callsOf()).toEqual([[]]);
  });

  it("that took longer takes the place of the first message and calls who asked, once", async () => {
    await edit(31_000);
    const [first, second, ...more] = bot.chat.messages;
    expect(more).toEqual([]);
    expect(first?.isRemoved).toBe(true);
    expect(bot.chat.shown().text).toMatch(/^✨ a tree · for @alice\n/);
    const button = second?.revisions[0]?.buttons.flat().find(({ label }) => label === "2");
    await bot.chat.send({ kind: "button", button: button?.id ?? "", message: second?.ref as never });
    await bot.settle();
    expect(second?.revisions).toHaveLength(2);
    expect(callsOf()).toEqual([[], ["alice"]]);
  });

  it("calls in words too, where its picture is refused", async () => {
    bot.chat.refusesPictures = "missing-permission";
    await edit(31_000);
    expect(standing()).toHaveLength(1);
    expect(bot.chat.shown().text).toContain("The result is ready, but");
    expect(callsOf()).toEqual([[], ["alice"]]);
  });

  it("is referred to by the first message where that cannot be removed", async () => {
    bot.chat.failNext("remove", "missing-permission");
    await edit(31_000);
    expect(bot.chat.shown(0).text).toContain("The result is in my newer message.");
    expect(callsOf()).toEqual([[], ["alice"]]);
  });

  it("replaces the first message once, though a try in between fails in passing", async () => {
    bot.chat.failNext("remove", "unavailable", 2);
    await edit(31_000);
    expect(bot.chat.messages).toHaveLength(2);
    expect(standing()).toHaveLength(1);
    expect(callsOf()).toEqual([[], ["alice"]]);
  });

  it("stays as it is where the first message could not be removed for long", async () => {
    await using short = await startMemoryBot({
      ...clocks,
      outbox: { firstRetry: 1, retryFor: 30 },
    });
    const options = { prompt: "a tree" };
    await short.chat.send({ kind: "command", name: "edit", options, pictures: [short.picture] });
    short.chat.failNext("remove", "unavailable", 1000);
    passed += 31_000;
    await short.lane.finish();
    await short.settle();
    expect(short.chat.shown().text).toContain("result 1 of 3");
    expect((await short.job()).state).toBe("done");
  });

  it("is posted once though the answer to posting it was lost", async () => {
    await command("edit", { prompt: "a tree" });
    bot.chat.losesAnswers = 1;
    passed += 31_000;
    await bot.lane.finish();
    await bot.settle();
    expect(bot.chat.messages).toHaveLength(2);
    expect(standing()).toHaveLength(1);
    expect(bot.chat.shown().text).toContain("result 1 of 3");
  });

  it("is posted once though the bot ends before the first message is gone", async () => {
    await command("edit", { prompt: "a tree" });
    bot.chat.failNext("remove", "unavailable", 1000);
    passed += 31_000;
    await bot.lane.finish();
    await expect.poll(() => bot.chat.messages.length).toBe(2);
    const { chat, folder } = bot;
    await bot.bot[Symbol.asyncDispose]();
    await bot.scheduler[Symbol.asyncDispose]();
    await bot.store[Symbol.asyncDispose]();
    chat.failNext("remove", "unavailable", 0);
    await using after = await startMemoryBot({ chat, folder, ...clocks });
    await after.settle();
    expect(chat.messages.map(({ isRemoved }) => isRemoved)).toEqual([true, false]);
    expect(callsOf()).toEqual([[], ["alice"]]);
  });

  it("stays in the first message, and calls nobody, where the clock was set ahead meanwhile", async () => {
    let ahead = 0;
    await using set = await startMemoryBot({ clock: () => Date.now() + ahead });
    const options = { prompt: "a tree" };
    await set.chat.send({ kind: "command", name: "edit", options, pictures: [set.picture] });
    ahead = 40 * 24 * 3_600_000;
    await set.lane.finish();
    await set.settle();
    expect(set.chat.messages).toHaveLength(1);
    expect(set.chat.shown().text).toContain("result 1 of 3");
  });

  it("that was not painted calls nobody", async () => {
    await command("edit", { prompt: "a tree" });
    passed += 31_000;
    await bot.lane.finish(new Error("no"));
    await bot.settle();
    expect(callsOf()).toEqual([[]]);
  });
});

describe("mentions", () => {
  it("can be turned off and on by a member for themselves", async () => {
    const shown = "Results that take longer than half a minute mention you.";
    expect((await command("mentions", { do: "show" })).text).toBe(shown);
    expect((await command("mentions", { do: "off" })).text).toBe("Results do not mention you.");
    await edit(31_000);
    expect(callsOf()).toEqual([[]]);
    expect((await command("mentions", { do: "on" })).text).toBe(shown);
    await edit(31_000);
    expect(callsOf()).toEqual([[], [], ["alice"]]);
  });

  it("can be turned off by admins for their workspace, and by nobody else", async () => {
    expect((await command("admin mentions", { do: "off" })).text).toContain("That is for admins");
    const boss = { id: "boss", isAdmin: true };
    expect((await command("admin mentions", { do: "show" }, boss)).text).toBe(
      "Results that take longer than half a minute mention who asked for them. Whoever does not want that types /mentions off.",
    );
    expect((await command("admin mentions", { do: "off" }, boss)).text).toBe("Results mention nobody here.");
    expect((await command("mentions", { do: "show" })).text).toContain(
      "An admin has turned mentions off here.",
    );
    await edit(31_000);
    expect(callsOf()).toEqual([[]]);
    expect((await command("admin audit", {}, boss)).text).toContain("mentions do off");
  });
});

it("a late result that answers the first message calls as well", async () => {
  const chat = createMemoryChat({ ...memoryCapabilities, editWindowSeconds: 60 });
  await using late = await startMemoryBot({ chat, ...clocks });
  await late.chat.send({
    kind: "command",
    name: "edit",
    options: { prompt: "a tree" },
    pictures: [late.picture],
  });
  passed += 61_000;
  await late.lane.finish();
  await late.settle();
  expect(chat.messages.map(({ isRemoved }) => isRemoved)).toEqual([false, false]);
  expect(chat.shown(0).text).toContain("The result is in my newer message.");
  expect(chat.shown(1).post.replyTo).toBe(chat.shown(0).post.ref.message);
  expect(calledIn(chat.shown(1).message.text)).toEqual(["alice"]);
});
