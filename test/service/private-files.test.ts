import { chmodSync, lstatSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { newJobId } from "../../src/bots/intake/job-files.ts";
import { flatPng } from "../bots/painted.ts";
import { everythingIn, temporaryFolder } from "../cli/lrbot.ts";
import { type BotProcess, startBot } from "../kill/bot-process.ts";
import { isResult } from "../kill/crowd.ts";
import { createDiscordCrowd, type DiscordCrowd } from "../kill/discord-crowd.ts";

vi.setConfig({ testTimeout: 120_000 });

describe.skipIf(process.platform === "win32")("a bot whose system masks nothing", () => {
  let folder: string;
  let crowd: DiscordCrowd;
  let bot: BotProcess | null = null;
  let mask: number;

  beforeEach(async () => {
    mask = process.umask(0);
    folder = temporaryFolder();
    crowd = await createDiscordCrowd({ picture: await flatPng(120) });
  });
  afterEach(async () => {
    process.umask(mask);
    await bot?.kill();
    bot = null;
    await crowd[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });

  const start = async () => {
    bot = startBot({ folder, chat: crowd.chat });
    await bot.ready();
    await crowd.until(() => crowd.isHeard);
  };
  /** By path within the data folder; of the folder itself, `.`. */
  const modes = () =>
    Object.fromEntries(
      [".", ...everythingIn(join(folder, "data"))].map((path) => [
        path,
        (lstatSync(join(folder, "data", path)).mode & 0o777).toString(8),
      ]),
    );

  it("makes every file and folder of an edit for its own user alone", async () => {
    await start();
    await crowd.order("picture 0001");
    await crowd.until(() => crowd.messages().some(isResult));
    const made = modes();
    expect(
      Object.keys(made).filter((path) => /\/source$|\/result-1\.png$|store\.db$/.test(path)),
    ).toHaveLength(3);
    expect(Object.entries(made).filter(([, mode]) => mode !== "700" && mode !== "600")).toEqual([]);
  });

  it("closes what an older version left open, and nothing that is not the bot's", async () => {
    const id = newJobId();
    for (const path of ["data/jobs", `data/jobs/${id}/results`, "data/packs/mine"])
      mkdirSync(join(folder, path), { recursive: true, mode: 0o755 });
    for (const path of [
      `data/jobs/${id}/source`,
      `data/jobs/${id}/results/result-1.png`,
      "data/packs/mine/x",
    ])
      writeFileSync(join(folder, path), "a picture", { mode: 0o644 });
    chmodSync(join(folder, "data"), 0o755);
    await start();
    const found = modes();
    expect(found).toMatchObject({
      jobs: "700",
      [`jobs/${id}`]: "700",
      [`jobs/${id}/source`]: "600",
      [`jobs/${id}/results/result-1.png`]: "600",
      ...{ ".": "755", "packs/mine": "755", "packs/mine/x": "644" },
    });
  });
});
