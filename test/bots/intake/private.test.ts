import { afterEach, beforeEach, expect, it } from "vitest";
import { type MemoryBot, startMemoryBot } from "../memory-bot.ts";
import { general } from "../memory-chat.ts";

let bot: MemoryBot;
beforeEach(async () => {
  bot = await startMemoryBot({ standardLimits: { waiting: 50, perDay: 50 } });
});
afterEach(() => bot[Symbol.asyncDispose]());

const command = (name: string, options: Record<string, string | number | boolean>) =>
  ({ kind: "command", name, options }) as const;
const setPrivate = (options: Record<string, string>) =>
  bot.chat.send(command("admin private", options), { id: "boss", isAdmin: true });
const isPrivate = async (options: Record<string, boolean> = {}, place = general) => {
  const asked = command("edit", { prompt: "a tree", ...options });
  await bot.chat.send({ ...asked, pictures: [bot.picture], place });
  return (await bot.store.jobs.list({ limit: 1 }))[0]?.isPrivate;
};

it("an edit is as its member says, else as its channel is set, else as the workspace is", async () => {
  expect(await isPrivate()).toBe(false);
  await setPrivate({ do: "on" });
  expect(await isPrivate()).toBe(true);
  expect(await isPrivate({ private: false })).toBe(false);
  await setPrivate({ do: "off", channel: "c1" });
  expect(await isPrivate()).toBe(false);
  const { text } = await setPrivate({ do: "clear", channel: "c1" });
  expect(text).not.toContain("#c1");
  expect(await isPrivate()).toBe(true);
  expect(await isPrivate({}, { ...general, workspace: null, channel: "dm-alice", isDirect: true })).toBe(
    false,
  );
});

it("the form opens with the switch as it is set", async () => {
  await setPrivate({ do: "on", channel: "c1" });
  const message = { platform: "memory", workspace: "w1", channel: "c1", message: "m0", thread: null };
  const opened = await bot.chat.send({ kind: "message-action", message, pictures: [bot.picture] });
  const options = opened.modal?.fields.find(({ name }) => name === "options");
  const isOn = options?.kind === "toggles" && options.choices.find(({ value }) => value === "private")?.isOn;
  expect(isOn).toBe(true);
});
