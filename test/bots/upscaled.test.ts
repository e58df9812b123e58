import { writeFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { EditError } from "../../src/errors.ts";
import { type MemoryBot, startMemoryBot } from "./memory-bot.ts";
import { flatPng } from "./painted.ts";

const pressed = async (bot: MemoryBot, member = "alice") => {
  const { message, post } = bot.chat.shown();
  const button = message.buttons.flat().find(({ label }) => label === "Upscale")?.id;
  return button === undefined
    ? null
    : bot.chat.send({ kind: "button", button, message: post.ref }, { id: member });
};

it("there is no button where no server upscales", async () => {
  await using bot = await startMemoryBot();
  await bot.edit();
  expect(await pressed(bot)).toBeNull();
});

it("a larger copy is made once, one at a time, and each member waits for one", async () => {
  let made = 0;
  let atOnce = 0;
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  await using bot = await startMemoryBot({
    async upscale(_, out) {
      made += 1;
      atOnce += 1;
      expect(atOnce).toBe(1);
      await held;
      await writeFile(out, await flatPng(90, 256));
      atOnce -= 1;
    },
  });
  await bot.edit();
  const first = pressed(bot);
  const second = pressed(bot, "bob");
  while (made === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  expect((await pressed(bot))?.text).toContain("one is the limit here");
  release();
  expect((await first)?.text).toContain("256×256");
  expect((await second)?.text).toContain("256×256");
  expect(made).toBe(1);
});

it("what the server fails with is told, and what it gives that is no picture is not kept", async () => {
  let answer: "down" | "no picture" | "picture" = "down";
  await using bot = await startMemoryBot({
    async upscale(_, out) {
      if (answer === "down") throw new EditError("inpainter-unreachable", "Expected a server, got none.");
      await writeFile(out, answer === "picture" ? await flatPng(90, 256) : "no picture");
    },
  });
  await bot.edit();
  expect((await pressed(bot))?.text).toContain("The device that paints is not available");
  answer = "no picture";
  expect((await pressed(bot))?.text).toContain("not a picture");
  answer = "picture";
  expect((await pressed(bot))?.text).toContain("256×256");
});
