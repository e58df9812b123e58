import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { ChatMessage } from "../../src/bots/chat.ts";
import { createUpscaled } from "../../src/bots/delivery/upscaled.ts";
import { EditError } from "../../src/errors.ts";
import { wordsIn } from "../../src/locales/words.ts";
import { type MemoryBot, startMemoryBot } from "./memory-bot.ts";
import { createMemoryChat, general } from "./memory-chat.ts";
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

it("an edit that is deleted meanwhile is told to be gone", async () => {
  await using bot = await startMemoryBot({
    async upscale(_, out) {
      await rm(join(bot.folder, "jobs"), { recursive: true });
      await writeFile(out, await flatPng(90, 256));
    },
  });
  await bot.edit();
  expect((await pressed(bot))?.text).toContain("not kept any more");
});

it("a server's time is not spent on who can be answered no more when their turn comes", async () => {
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const made: number[] = [];
  const upscaled = createUpscaled({
    platforms: new Map([["memory", createMemoryChat()]]),
    saysAi: true,
    renditions: {
      async upscale(_: unknown, rank: number) {
        made.push(rank);
        await held;
      },
      upscaled: async () => ({ file: "/nowhere", format: "jpeg", width: 8, height: 8 }),
    },
  } as never);
  const job = { id: "job", request: { prompt: "a tree" }, result: null } as never;
  const said: ChatMessage[] = [];
  const responder = { isAlive: true, say: async (message: ChatMessage) => void said.push(message) };
  const ask = (rank: number, member: string, isAlive: () => boolean) => {
    const answer = {
      responder: {
        ...responder,
        get isAlive() {
          return isAlive();
        },
      },
      ...{ place: general, words: wordsIn("en"), member, signal: new AbortController().signal },
    };
    return upscaled.say(job, rank, answer as never);
  };
  let isAlive = true;
  const first = ask(1, "alice", () => true);
  const second = ask(2, "bob", () => isAlive);
  isAlive = false;
  release();
  await first;
  await expect(second).rejects.toMatchObject({ failure: "expired" });
  expect(made).toEqual([1]);
  expect(said).toHaveLength(1);
});
