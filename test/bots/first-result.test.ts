import { expect, it } from "vitest";
import { startMemoryBot } from "./memory-bot.ts";

it("a first result is kept back where an operator wants no more uploads than results", async () => {
  await using bot = await startMemoryBot({ showsFirst: false });
  const options = { prompt: "a big tree" };
  await bot.chat.send({ kind: "command", name: "edit", options, pictures: [bot.picture] });
  await bot.lane.showFirst(200);
  await bot.settle();
  const { message, text } = bot.chat.shown();
  expect(text).not.toContain("still being painted");
  expect(message.pictures).toEqual([]);
  await bot.lane.finish();
  await bot.settle();
  const [posted] = bot.chat.messages;
  const uploads = posted?.revisions.flatMap(({ pictures }) => pictures).map(({ fileName }) => fileName) ?? [];
  expect(uploads.filter((name) => name.includes("first"))).toEqual([]);
  expect(uploads.length).toBeGreaterThan(0);
});

it("no drafts are asked for where an operator wants none", async () => {
  for (const showsPreviews of [true, false]) {
    await using bot = await startMemoryBot({ showsPreviews });
    expect((await bot.edit()).request.previews).toBe(showsPreviews);
  }
});

it("no message says that a result was edited by AI where the operator left that out", async () => {
  for (const saysAi of [true, false]) {
    await using bot = await startMemoryBot({ saysAi });
    const options = { prompt: "a big tree" };
    await bot.chat.send({ kind: "command", name: "edit", options, pictures: [bot.picture] });
    await bot.lane.finish();
    await bot.settle();
    expect(bot.chat.shown().text).toContain("a big tree");
    expect(bot.chat.shown().text.includes("AI-edited")).toBe(saysAi);
  }
});
