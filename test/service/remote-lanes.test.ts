import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { everythingIn, scene, temporaryFolder } from "../cli/lrbot.ts";
import { addRemotePack } from "../cli/remote-pack.ts";
import { createFakeA1111 } from "../fakes/a1111/index.ts";
import { createFakeComfyui } from "../fakes/comfyui/index.ts";
import { type BotProcess, startBot } from "../kill/bot-process.ts";
import { isResult } from "../kill/crowd.ts";
import { createDiscordCrowd, type DiscordCrowd } from "../kill/discord-crowd.ts";

vi.setConfig({ testTimeout: 120_000 });

let folder: string;
let crowd: DiscordCrowd;
const bots: BotProcess[] = [];
beforeEach(async () => {
  folder = temporaryFolder();
  addRemotePack(join(folder, "data/packs"));
  crowd = await createDiscordCrowd({ picture: readFileSync(scene) });
});
afterEach(async () => {
  await Promise.all(bots.splice(0).map((bot) => bot.kill()));
  await crowd[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

/** The bot with a lane at each of these servers, once it hears the crowd. */
async function startAt(
  servers: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<BotProcess> {
  const remote = { LRBOT_DEVICES: "cpu", LRBOT_PACK: "far", LRBOT_INPAINTERS: servers };
  // Its lanes look at pictures, which takes less where V8 optimizes.
  const bot = startBot({ folder, chat: { ...crowd.chat, ...remote, ...environment }, node: ["--opt"] });
  bots.push(bot);
  await bot.ready();
  await crowd.until(() => crowd.isHeard);
  return bot;
}

/** An edit of two places, not of eight. */
const order = (prompt: string) => crowd.order(prompt, undefined, { results: 2 });

async function haveTwoPainted(): Promise<void> {
  const orders = [await order("a rabbit"), await order("a castle")];
  await crowd.until(() => orders.every(({ isPromised }) => isPromised));
  await crowd.until(() => crowd.messages().filter(isResult).length === 2);
}

describe("a bot whose pack leaves painting to servers", () => {
  it("has a lane at each, which paint at once, and outlives a server's restart in the middle of a job", async () => {
    await using a1111 = await createFakeA1111({ auth: "lrbot:s3cret" });
    await using comfyui = await createFakeComfyui({ token: "t0ken" });
    // The first painting of each waits until the other server paints too; then one of them starts again.
    let haveMet = false;
    let starts = 0;
    const meet = async () => {
      while (!(a1111.isPainting && comfyui.running) && !haveMet) await sleep(5);
      haveMet = true;
    };
    comfyui.settings.onStep = meet;
    a1111.settings.onStep = async () => {
      await meet();
      if (a1111.painted.length === 3 && starts++ === 0) await a1111.restart(100);
    };
    const bot = await startAt(`a1111=${a1111.url},comfyui=${comfyui.url}`, {
      LRBOT_A1111_AUTH: "lrbot:s3cret",
      LRBOT_COMFYUI_TOKEN: "t0ken",
      LRBOT_LOG: "debug",
    });
    await haveTwoPainted();
    const { status, stderr } = await bot.stop();

    expect({ status, haveMet, starts: starts > 0 }).toEqual({ status: 0, haveMet: true, starts: true });
    expect(crowd.messages().filter(isResult)).toHaveLength(2);
    expect(crowd.messages().some(({ text }) => /reference|could not/i.test(text))).toBe(false);
    const prompts = (painted: readonly unknown[]) =>
      ["a rabbit", "a castle"].filter((prompt) => JSON.stringify(painted).includes(prompt));
    expect(prompts(a1111.painted)).toHaveLength(1);
    expect(prompts(comfyui.painted)).toHaveLength(1);
    expect(stderr).not.toMatch(/s3cret|t0ken|bHJib3Q6czNjcmV0/);
    const holding = everythingIn(folder)
      .filter((path) => /\.(db|json|log)(-wal)?$/.test(path))
      .filter((path) => /s3cret|t0ken/.test(readFileSync(join(folder, path), "latin1")));
    expect(holding).toEqual([]);
  });

  it("passes the job of a server that is down on to another one", async () => {
    await using a1111 = await createFakeA1111();
    await using comfyui = await createFakeComfyui();
    // Jobs are claimed by the first lane that is free.
    await a1111.stop();
    const bot = await startAt(`a1111=${a1111.url},comfyui=${comfyui.url}`);
    await haveTwoPainted();
    const { status, stderr } = await bot.stop();
    expect(status).toBe(0);
    expect(stderr).toMatch(/job is passed on: Expected a1111:0 .*ECONNREFUSED/);
    expect(crowd.messages()).toHaveLength(2);
  });

  it("tells a member that the server is of no use, and goes on with the next job", async () => {
    await using comfyui = await createFakeComfyui({ checkpoints: [] });
    const bot = await startAt(`comfyui=${comfyui.url}`);
    const first = await order("a rabbit");
    await crowd.until(() => first.isPromised);
    await bot.said("inpainter-refused");
    comfyui.settings.checkpoints = ["inpainting.safetensors"];
    await order("a castle");
    await crowd.until(() => crowd.messages().filter(isResult).length === 1);
    await crowd.until(() => crowd.messages().some(({ text }) => text.includes("is not available")));
    expect(crowd.messages()).toHaveLength(2);
    expect(JSON.stringify(crowd.messages())).not.toContain(comfyui.url);
  });
});
