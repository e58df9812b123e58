import { describe, expect, it } from "vitest";
import { flatPng } from "../bots/painted.ts";
import { noRedis } from "../queue/fleet/redis-server.ts";
import { createDiscordCrowd } from "./discord-crowd.ts";
import { kills } from "./kills.ts";
import { surviveFleet } from "./survive-fleet.ts";

// LRBOT_TEST_SEED repeats the moments of a run; LRBOT_TEST_KILLS=60 is the full count, over 500 jobs.
const seed = Number(process.env.LRBOT_TEST_SEED ?? Date.now() % 2 ** 31);
const jobs = Math.ceil((kills * 500) / 60);

describe.skipIf(noRedis !== null)(
  `a fleet whose hosts, bots and Redis are killed (seed ${seed})${noRedis ? ` (${noRedis})` : ""}`,
  () => {
    it(
      `${kills} times loses no job of four bots, posts none twice, and leaves no picture behind`,
      async () => {
        const picture = await flatPng(64);
        const crowds = await Promise.all(Array.from({ length: 4 }, () => createDiscordCrowd({ picture })));
        try {
          const survival = await surviveFleet({ kills, jobs, seed, hosts: 3, crowds });
          const { tallies, audits, killed, deaths, log } = survival;
          const sum = (of: (tally: (typeof tallies)[number]) => number) =>
            tallies.reduce((total, tally) => total + of(tally), 0);
          console.log(`fleet, seed ${seed}:`, {
            ...{
              killed,
              deaths,
              orders: sum(({ orders }) => orders),
              promised: sum(({ promised: all }) => all),
            },
            ...{ results: sum(({ results }) => results), lost: sum(({ lost }) => lost.length) },
            doubled: sum(({ doubled }) => doubled.length),
          });
          for (const tally of tallies) expect(tally, log).toMatchObject({ lost: [], doubled: [] });
          for (const { integrity, strays, jobs: kept } of audits) {
            expect({ integrity, strays }).toEqual({ integrity: "ok", strays: [] });
            expect(kept.filter(({ state }) => state !== "done")).toEqual([]);
          }
          expect(survival.statuses.filter((status) => status !== 0)).toEqual([]);
          expect({ left: survival.left, runs: survival.runs }).toEqual({ left: [], runs: [] });
          for (const crowd of crowds) expect(crowd.violations).toEqual([]);
          expect(sum(({ results }) => results)).toBeGreaterThan(0);
        } finally {
          await Promise.all(crowds.map((crowd) => crowd[Symbol.asyncDispose]()));
        }
      },
      300_000 + kills * 30_000,
    );
  },
);
