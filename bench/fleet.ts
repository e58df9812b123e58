import { demandOf, modelOf } from "./fleet/limits.ts";
import { type FleetCost, lanesOfHost, measureCost, measureOverhead } from "./fleet/measure.ts";
import { quantile, simulateDay } from "./fleet/simulation/day.ts";
import type { BenchOptions } from "./main.ts";

const sizes = [1, 2, 4, 8, 16];
const [manyBots, hostsOfManyBots] = [4, 8];
const day = { lanes: 1000, edits: 1_000_000, workspaces: 10_000, bots: 8, seed: 1 } as const;
const loads = [0.8, 0.9, 0.95, 1, 1.1, 1.2];
/** Without turns, to compare with. */
const plainLoad = 1.1;

/**
 * What lanes on other hosts cost: a real Redis server, hosts of 8 lanes in one process, a bot in another, edits that take no time.
 * `overhead` holds jobs of 200 ms one after another on another host's lane against the same on the bot's own. Then a day of 1,000
 * lanes is played with what was measured, and what it asks of Redis and of the bots. With the word `day SECONDS`, that alone, with
 * so much overhead.
 */
export async function run({ log, args }: BenchOptions): Promise<Record<string, unknown>> {
  if (args[0] === "day") return { days: playDays(Number(args[1] ?? 0.2), log) };
  const overhead = await measureOverhead();
  log(`a job on the bot's own lane ${ms(overhead.localMs)}, on another host's ${ms(overhead.remoteMs)}`);
  log(`  more: ${ms(overhead.transferMs)} while pictures travel, ${ms(overhead.besideTransfersMs)} beside`);
  const costs: FleetCost[] = [];
  log(
    "bots hosts lanes | jobs/s | a job: commands, Redis ms, bot ms, host ms, kB | idle/s: commands, Redis ms, bot ms, connections, MB",
  );
  for (const hosts of sizes) costs.push(told(await measureCost(hosts), log));
  const several = told(await measureCost(hostsOfManyBots, { bots: manyBots }), log);
  const model = modelOf(costs, several);
  const days = playDays((overhead.remoteMs - overhead.localMs) / 1000, log);
  const peak = Math.max(...days.map(({ peakPerSecond }) => peakPerSecond));
  const demand = demandOf(model, { lanes: day.lanes, bots: day.bots, jobsPerSecond: peak });
  log(`at ${peak} jobs/s of that day: ${JSON.stringify(demand, rounded)}`);
  return { overhead, costs: [...costs, several], lanesOfHost, model, days, demand };
}

function playDays(overheadSeconds: number, log: (line: string) => void) {
  log(
    "load of the busiest hour | order | an edit, s | waits p50, p95, p99, s | of lots p50, p95 | longest line | most a second",
  );
  const plans = [
    ...loads.map((load) => ({ load, order: "fair" as const })),
    { load: plainLoad, order: "plain" as const },
  ];
  return plans.map(({ load, order }) => {
    const { waits, bulkWaits, ...rest } = simulateDay({ ...day, load, order, overheadSeconds });
    const of = (sorted: Float64Array, shares: readonly number[]) =>
      shares.map((share) => quantile(sorted, share));
    const [waited, lots] = [of(waits, [0.5, 0.95, 0.99]), of(bulkWaits, [0.5, 0.95])];
    const cells = [
      load,
      order,
      rest.editSeconds.toFixed(1),
      spelled(waited),
      spelled(lots),
      rest.longestLine,
    ];
    log([...cells, rest.peakPerSecond].join(" | "));
    return { load, order, waited, lots, ...rest };
  });
}

function told(cost: FleetCost, log: (line: string) => void): FleetCost {
  const { bots, hosts, lanes, jobsPerSecond, job, idle } = cost;
  const ofJob = [job.commands, job.redisMs, job.botMs, job.hostMs, job.redisBytes / 1000];
  const ofIdle = [idle.commandsPerSecond, idle.redisMs, idle.botMs, idle.connections, idle.memoryBytes / 1e6];
  log(`${bots} ${hosts} ${lanes} | ${jobsPerSecond.toFixed(1)} | ${spelled(ofJob)} | ${spelled(ofIdle)}`);
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
