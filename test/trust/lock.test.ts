import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { flatPng } from "../bots/painted.ts";
import { type Running, runLrbot, startLrbot, temporaryFolder } from "../cli/lrbot.ts";
import { startBot } from "../kill/bot-process.ts";
import { isResult } from "../kill/crowd.ts";
import { createDiscordCrowd } from "../kill/discord-crowd.ts";

it("a second bot is refused while the first one runs, whatever somebody deletes of its lock, and a backup is not", async () => {
  await using crowd = await createDiscordCrowd({ picture: await flatPng(120) });
  const folder = temporaryFolder();
  const data = join(folder, "data");
  const first = startBot({ folder, chat: crowd.chat });
  let second: Running | undefined;
  try {
    await first.ready();
    await crowd.until(() => crowd.isHeard);
    rmSync(join(data, "store.lock"));
    const environment = { ...crowd.chat, LRBOT_PORT: "0" };
    second = startLrbot(["start"], { folder, environment });
    const { status, stderr } = await second.ended;
    expect(stderr).toMatch(
      new RegExp(
        `^error store-in-use: Expected .* to be free, got it held by process ${first.pid}, started`,
        "m",
      ),
    );
    expect(status).toBe(1);

    const copy = join(folder, "copy.db");
    const backup = await runLrbot(["backup", copy], { folder });
    expect(backup).toMatchObject({ status: 0, stderr: "" });
    expect(readFileSync(copy).subarray(0, 15).toString()).toBe("SQLite format 3");

    await crowd.order("picture 0001");
    await crowd.until(() => crowd.messages().some(isResult));
    expect((await first.stop()).status).toBe(0);
    expect(crowd.messages()).toHaveLength(1);
  } finally {
    second?.kill("SIGKILL");
    await first.kill();
    rmSync(folder, { recursive: true });
  }
}, 120_000);
