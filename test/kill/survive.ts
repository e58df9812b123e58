import { rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { createRandom, type Random } from "../../src/pipeline/random.ts";
import { deathLimits } from "../../src/store/jobs.ts";
import { temporaryFolder } from "../cli/lrbot.ts";
import { type Audit, audit, mostRestarts } from "./audit.ts";
import { type BotProcess, startBot } from "./bot-process.ts";
import type { Crowd } from "./crowd.ts";
import { promised, type StreamOptions, settle, startStream, type Tally } from "./stream.ts";

export interface SurvivalOptions extends Omit<StreamOptions, "random"> {
  readonly kills: number;
  readonly seed: number;
}

export interface Survival {
  readonly tally: Tally;
  readonly audit: Audit;
  /** What the last process ended with when it was asked to. */
  readonly status: number | null;
  /** The end of its log. */
  readonly log: string;
}

/** Milliseconds from the start of the process, and from the moment that it takes orders. */
const [longestStart, longestLife] = [2500, 3000];

/** People order without pause while the bot is killed and started again; then everything is waited for, and looked at. */
export async function survive(crowd: Crowd, options: SurvivalOptions): Promise<Survival> {
  const { kills, seed } = options;
  const folder = temporaryFolder();
  const random = createRandom(seed, crowd.name);
  const start = () => startBot({ folder, chat: crowd.chat, lanes: 2 });
  let bot = start();
  const stream = startStream(crowd, { ...options, random: createRandom(seed, `${crowd.name} orders`) });
  try {
    for (let kill = 0; kill < kills; kill++) {
      await live(bot, random, kill % 3 === 2);
      await bot.kill();
      // A job that was interrupted nearly as often as it may be gets its result before the next kill.
      const isWorn = mostRestarts(folder) >= deathLimits.restarts - 1;
      bot = start();
      if (isWorn) await settle(crowd, stream.orders, 60);
    }
    await bot.ready();
    await promised(crowd, stream.orders, 60);
    await stream.stop();
    const tally = await settle(crowd, stream.orders, 120);
    const { status, stderr } = await bot.stop();
    return { tally, status, log: stderr.slice(-4000), audit: await audit(folder) };
  } finally {
    await stream.stop();
    await bot.kill();
    rmSync(folder, { recursive: true });
  }
}

/** Lets the bot be for a random time, which may end before it takes orders. */
async function live(bot: BotProcess, random: Random, isShort: boolean): Promise<void> {
  if (isShort) return sleep(random.integer(longestStart));
  await bot.ready();
  await sleep(random.integer(longestLife));
}
