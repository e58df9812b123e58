import { describe, expect, it } from "vitest";
import { flatPng } from "../bots/painted.ts";
import type { Crowd } from "./crowd.ts";
import { createDiscordCrowd } from "./discord-crowd.ts";
import { kills } from "./kills.ts";
import { createSlackCrowd } from "./slack-crowd.ts";
import type { Tally } from "./stream.ts";
import { type SurvivalOptions, survive } from "./survive.ts";

// LRBOT_TEST_SEED repeats the moments of a run.
const seed = Number(process.env.LRBOT_TEST_SEED ?? Date.now() % 2 ** 31);
type Pace = Pick<SurvivalOptions, "pace" | "backlog">;

describe(`a bot that is killed at random moments (seed ${seed})`, () => {
  it(
    `${kills} times loses no job that it promised on Discord, and posts none twice`,
    async () => {
      await using crowd = await createDiscordCrowd({ picture: await flatPng(120) });
      await expectSurvival(crowd, kills, { pace: 120, backlog: 40 });
    },
    60_000 + kills * 20_000,
  );

  // A workspace has room for 45 writes a minute.
  const fewer = Math.max(3, Math.round(kills / 4));
  it(
    `${fewer} times loses no job that it promised on Slack, and posts none twice`,
    async () => {
      await using crowd = await createSlackCrowd({ picture: await flatPng(120) });
      await expectSurvival(crowd, fewer, { pace: 300, backlog: 6 });
    },
    120_000 + fewer * 20_000,
  );
});

async function expectSurvival(crowd: Crowd, times: number, pace: Pace): Promise<void> {
  const { tally, status, log, audit } = await survive(crowd, { kills: times, seed, ...pace });
  console.log(`${crowd.name}, ${times} kills, seed ${seed}:`, summaryOf(tally));
  expect(tally, log).toMatchObject({ lost: [], doubled: [] });
  expect(status).toBe(0);
  expect(crowd.violations).toEqual([]);
  expect(audit).toMatchObject({ integrity: "ok", strays: [] });
  expect(audit.jobs.filter(({ state }) => state !== "done")).toEqual([]);
  expect(tally.results).toBeGreaterThan(0);
}

function summaryOf({ orders, promised, results, lost, doubled, unpromised }: Tally) {
  return { orders, promised, results, lost: lost.length, doubled: doubled.length, unpromised };
}
