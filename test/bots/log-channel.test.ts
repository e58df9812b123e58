import { afterEach, beforeEach, expect, it } from "vitest";
import { type MemoryBot, startMemoryBot } from "./memory-bot.ts";

let bot: MemoryBot;
let passed = 0;
beforeEach(async () => {
  passed = 0;
  bot = await startMemoryBot({
    clock: () => Date.now() + passed,
    monotonicClock: () => performance.now() + passed,
  });
});
afterEach(() => bot[Symbol.asyncDispose]());

const asBoss = (name: string, options: Record<string, string | number | boolean> = {}) =>
  bot.chat.send({ kind: "command", name, options } as const, { id: "boss", isAdmin: true });
const textsIn = (channel: string) =>
  bot.chat.messages
    .filter(({ ref, isRemoved }) => ref.channel === channel && !isRemoved)
    .map(({ revisions }) => JSON.stringify(revisions.at(-1)?.text));
const setLog = () => asBoss("admin log", { do: "set", channel: "c-log" });

it("an admin who takes no direct messages is told of a lost log channel with the next command of any, once", async () => {
  await setLog();
  await bot.settle();
  bot.chat.lost.add("c-log");
  bot.chat.failNext("directPlace", "direct-refused");
  await bot.edit();
  await bot.settle();
  expect((await asBoss("admin log", { do: "show" })).text).toMatch(/cannot write to my log channel/);
  const again = await bot.chat.send(
    { kind: "command", name: "admin queue", options: {} },
    { id: "other", isAdmin: true },
  );
  expect(again.text).not.toMatch(/log channel/);
});

it("a log channel that can be written to again is written to after a while, and told anew where it is lost again", async () => {
  await setLog();
  await bot.settle();
  bot.chat.lost.add("c-log");
  await bot.edit();
  await bot.settle();
  const told = () => textsIn("dm-boss").length;
  expect(told()).toBe(1);
  bot.chat.lost.clear();
  await bot.edit("too early");
  passed += 11 * 60_000;
  await bot.edit("in time");
  await bot.settle();
  expect(textsIn("c-log").join()).not.toContain("too early");
  expect(textsIn("c-log").join()).toContain("in time");
  bot.chat.lost.add("c-log");
  await bot.edit();
  await bot.settle();
  expect(told()).toBe(2);
});

it("an entry that somebody took away does not come again, and the end of one that is too old comes as another", async () => {
  await setLog();
  const send = (prompt: string) =>
    bot.chat.send({ kind: "command", name: "edit", options: { prompt }, pictures: [bot.picture] });
  await send("a tree");
  await bot.settle();
  const entry = bot.chat.messages.find(({ ref, revisions }) => {
    return ref.channel === "c-log" && JSON.stringify(revisions).includes("a tree");
  });
  if (entry) entry.isRemoved = true;
  await bot.lane.finish();
  await bot.settle();
  expect(textsIn("c-log").join()).not.toContain("a tree");
  await send("a car");
  await bot.settle();
  bot.chat.failNext("edit", "edit-refused", 9);
  await bot.lane.finish();
  await bot.settle();
  expect(textsIn("c-log").filter((text) => text.includes("a car"))).toHaveLength(2);
});
