import { rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { createRandom, type Random } from "../../src/pipeline/random.ts";
import { deathLimits } from "../../src/queue/job-store.ts";
import { flatPng } from "../bots/painted.ts";
import { temporaryFolder } from "../cli/lrbot.ts";
import { audit, mostRestarts } from "./audit.ts";
import { type BotProcess, startBot } from "./bot-process.ts";
import type { Crowd } from "./crowd.ts";
import { createDiscordCrowd } from "./discord-crowd.ts";
import { createSlackCrowd } from "./slack-crowd.ts";
import { type StreamOptions, settle, startStream, type Tally } from "./stream.ts";

const kills = Number(process.env.LRBOT_TEST_KILLS ?? 10);
const seed = Number(process.env.LRBOT_TEST_SEED ?? Date.now() % 2 ** 31);
/** Milliseconds from the start of the process, and from the moment that it takes orders. */
const [longestStart, longestLife] = [2500, 3000];

describe(`a bot that is killed at random moments (seed ${seed})`, () => {
  it(
    `${kills} times loses no job that it promised on Discord, and posts none twice`,
    async () => {
      await using crowd = await createDiscordCrowd({ picture: await flatPng(120) });
      await survive(crowd, kills, { pace: 120, backlog: 40 });
    },
    60_000 + kills * 20_000,
  );

  // A workspace has room for 45 writes a minute.
  const fewer = Math.max(3, Math.round(kills / 4));
  it(
    `${fewer} times loses no job that it promised on Slack, and posts none twice`,
    async () => {
      await using crowd = await createSlackCrowd({ picture: await flatPng(120) });
      await survive(crowd, fewer, { pace: 300, backlog: 6 });
    },
    120_000 + fewer * 20_000,
  );
});

async function survive(crowd: Crowd, times: number, pace: Omit<StreamOptions, "random">): Promise<void> {
  const folder = temporaryFolder();
  const random = createRandom(seed, crowd.name);
  const start = () => startBot({ folder, chat: crowd.chat });
  let bot = start();
  const stream = startStream(crowd, { ...pace, random: createRandom(seed, `${crowd.name} orders`) });
  try {
    for (let kill = 0; kill < times; kill++) {
      await live(bot, random, kill % 3 === 2);
      await bot.kill();
      // A job that was interrupted nearly as often as it may be gets its result before the next kill.
      const isWorn = mostRestarts(folder) >= deathLimits.restarts - 1;
      bot = start();
      if (isWorn) await settle(crowd, stream.orders, 60);
    }
    await bot.ready();
    await stream.stop();
    const seen = await settle(crowd, stream.orders, 120);
    const { status, stderr } = await bot.stop();
    console.log(`${crowd.name}, ${times} kills, seed ${seed}:`, summaryOf(seen));
    expect(seen, stderr.slice(-4000)).toMatchObject({ lost: [], doubled: [] });
    expect(status).toBe(0);
    expect(crowd.violations).toEqual([]);
    const { jobs, integrity, strays } = await audit(folder);
    expect({ integrity, strays }).toEqual({ integrity: "ok", strays: [] });
    expect(jobs.filter(({ state }) => state !== "done")).toEqual([]);
    expect(seen.results).toBeGreaterThan(times);
  } finally {
    await stream.stop();
    await bot.kill();
  }
  rmSync(folder, { recursive: true });
}

/** Lets the bot be for a random time, which may end before it takes orders. */
async function live(bot: BotProcess, random: Random, isShort: boolean): Promise<void> {
  if (isShort) return sleep(random.integer(longestStart));
  await bot.ready();
  await sleep(random.integer(longestLife));
}

function summaryOf({ orders, promised, results, lost, doubled, unpromised }: Tally) {
  return { orders, promised, results, lost: lost.length, doubled: doubled.length, unpromised };
}
