import { demandOf, modelOf } from "./fleet/limits.ts";
import { type FleetCost, lanesOfHost, measureCost, measureOverhead, type Overhead } from "./fleet/measure.ts";
import { quantile, simulateDay } from "./fleet/simulation/day.ts";
import type { BenchOptions } from "./main.ts";

const sizes = [1, 2, 4, 8, 16];
const [manyBots, hostsOfManyBots] = [4, 8];
const day = { lanes: 1000, edits: 1_000_000, workspaces: 10_000, bots: 8, seed: 1 } as const;
const loads = [0.8, 0.9, 0.95, 1, 1.1, 1.2];
/** Without turns, to compare with. */
const plainLoad = 1.1;

/**
 * What lanes on other hosts cost: a real Redis server, hosts of 8 lanes in one process, bots in another, edits that take no time.
 * `overhead` holds jobs of 200 ms one after another on another host's lane against the same on the bot's own. Then a day of 1,000
 * lanes is played with what was measured, and what it asks of Redis and of the bots. Words choose a part: `overhead`, `hosts NUMBER
 * [BOTS]`, `day LOAD [fair|plain] [SECONDS]` with so much more an edit.
 */
export async function run({ log, args }: BenchOptions): Promise<Record<string, unknown>> {
  const [part, ...words] = args;
  if (part === "overhead") return { overhead: toldOverhead(await measureOverhead(), log) };
  if (part === "hosts")
    return { cost: told(await measureCost(Number(words[0]), { bots: Number(words[1] ?? 1) }), log) };
  if (part === "day") {
    const order = words[1] === "plain" ? "plain" : "fair";
    return { day: playDay({ load: Number(words[0]), order }, Number(words[2] ?? 0.2), log) };
  }
  const overhead = toldOverhead(await measureOverhead(), log);
  const costs: FleetCost[] = [];
  for (const hosts of sizes) costs.push(told(await measureCost(hosts), log));
  const several = told(await measureCost(hostsOfManyBots, { bots: manyBots }), log);
  const model = modelOf(costs, several);
  const plans = [
    ...loads.map((load) => ({ load, order: "fair" as const })),
    { load: plainLoad, order: "plain" as const },
  ];
  const more = (overhead.remoteMs - overhead.localMs) / 1000;
  const days = plans.map((plan) => playDay(plan, more, log));
  const peak = Math.max(...days.map(({ peakPerSecond }) => peakPerSecond));
  const demand = demandOf(model, { lanes: day.lanes, bots: day.bots, jobsPerSecond: peak });
  log(`at ${peak} jobs/s of that day: ${JSON.stringify(demand, rounded)}`);
  return { overhead, costs: [...costs, several], lanesOfHost, model, days, demand };
}

function toldOverhead(overhead: Overhead, log: (line: string) => void): Overhead {
  log(`a job on the bot's own lane ${ms(overhead.localMs)}, on another host's ${ms(overhead.remoteMs)}`);
  log(`  more: ${ms(overhead.transferMs)} while pictures travel, ${ms(overhead.besideTransfersMs)} beside`);
  return overhead;
}

function playDay(
  { load, order }: { readonly load: number; readonly order: "fair" | "plain" },
  overheadSeconds: number,
  log: (line: string) => void,
) {
  const { waits, bulkWaits, ...rest } = simulateDay({ ...day, load, order, overheadSeconds });
  const of = (sorted: Float64Array, shares: readonly number[]) =>
    shares.map((share) => quantile(sorted, share));
  const [waited, lots] = [of(waits, [0.5, 0.95, 0.99]), of(bulkWaits, [0.5, 0.95])];
  log(
    `load ${load}, ${order}: an edit ${rest.editSeconds.toFixed(1)} s; waits p50, p95, p99 ${spelled(waited)} s; of lots p50, p95 ` +
      `${spelled(lots)} s; longest line ${rest.longestLine}; most in a second ${rest.peakPerSecond}`,
  );
  return { load, order, waited, lots, ...rest };
}

function told(cost: FleetCost, log: (line: string) => void): FleetCost {
  const { bots, hosts, lanes, jobsPerSecond, job, idle } = cost;
  const ofJob = [job.commands, job.redisMs, job.botMs, job.hostMs, job.redisBytes / 1000];
  const ofIdle = [idle.commandsPerSecond, idle.redisMs, idle.botMs, idle.connections, idle.memoryBytes / 1e6];
  log(`${bots} bots, ${hosts} hosts, ${lanes} lanes: ${jobsPerSecond.toFixed(1)} jobs/s`);
  log(`  a job: commands, Redis ms, bot ms, hosts ms, kB of Redis: ${spelled(ofJob)}`);
  log(`  idle, a second: commands, Redis ms, bots ms, connections, MB: ${spelled(ofIdle)}`);
  return cost;
}

function spelled(values: readonly number[]): string {
  return values.map((value) => value.toFixed(value < 10 ? 2 : 0)).join(", ");
}

function ms(value: number): string {
  return `${value.toFixed(0)} ms`;
}

function rounded(_key: string, value: unknown): unknown {
  return typeof value === "number" ? Number(value.toPrecision(3)) : value;
}
