import { expect, it } from "vitest";
import { type MemoryBot, startMemoryBot } from "./memory-bot.ts";
import type { Answers } from "./memory-chat.ts";

// A limit holds for orders that come at once, whichever way they come.

const [limit, atOnce, publicAnswers] = [3, 20, 3];

/** How a member orders one more, of a result that stands there. */
const ways: readonly [string, (bot: MemoryBot, count: number) => Promise<Answers>][] = [
  [
    "commands",
    ({ chat, picture }, count) =>
      chat.send({ kind: "command", name: "edit", options: { prompt: `tree ${count}` }, pictures: [picture] }),
  ],
  [
    "mentions",
    ({ chat, picture }, count) => {
      const message = { ...chat.shown(0).post.ref, message: `asked ${count}` };
      return chat.send({ kind: "mention", text: "a tree", message, replyTo: null, pictures: [picture] });
    },
  ],
  [
    "mentions in replies",
    ({ chat }, count) => {
      const replyTo = chat.shown(0).post.ref;
      const message = { ...replyTo, message: `asked ${count}` };
      return chat.send({ kind: "mention", text: "a tree", message, replyTo, pictures: [] });
    },
  ],
  ["presses of Reroll", (bot) => press(bot, "Reroll")],
  ["presses of Larger area", (bot) => press(bot, "Larger area")],
  [
    "forms of Edit again",
    async (bot) => {
      const { modal } = await press(bot, "Edit again");
      return bot.chat.send({
        kind: "modal",
        modal: modal?.id ?? "",
        fields: { prompt: "a tree", source: "" },
      });
    },
  ],
  [
    "forms of the menu of a message",
    async ({ chat, picture }) => {
      const message = { ...chat.shown(0).post.ref, message: "somebody's" };
      const { modal } = await chat.send({ kind: "message-action", message, pictures: [picture] });
      return chat.send({ kind: "modal", modal: modal?.id ?? "", fields: { prompt: "a tree", source: "" } });
    },
  ],
];

function press({ chat }: MemoryBot, label: string): Promise<Answers> {
  const { message, post } = chat.shown(0);
  const button = message.buttons.flat().find((each) => each.label === label);
  if (!button) throw new Error(`no button ${label}`);
  return chat.send({ kind: "button", button: button.id, message: post.ref });
}

it.each(ways)("20 %s at once get as many jobs as the limit has room for", async (name, order) => {
  await using bot = await startMemoryBot({ standardLimits: { waiting: limit, perDay: 50 } });
  await bot.edit();
  await bot.scheduler.pause(null);
  const answers = await Promise.all(Array.from({ length: atOnce }, (_none, count) => order(bot, count)));
  expect(await bot.store.jobs.count({ states: ["waiting"] })).toBe(limit);
  const refused = answers.filter(({ text }) => text.startsWith(`You have ${limit} jobs waiting or running`));
  // In public, where mentions are answered, no more is said.
  expect(refused).toHaveLength(name.startsWith("mentions") ? publicAnswers : atOnce - limit);
});
