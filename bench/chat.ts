import { parseArgs } from "node:util";
import sharp from "sharp";
import { createDiscordCrowd } from "../test/kill/discord-crowd.ts";
import { survive } from "../test/kill/survive.ts";
import { type FaultOptions, faultNames, measureFault } from "./chat/faults.ts";
import { type Load, measureLoad } from "./chat/load.ts";
import type { BenchOptions } from "./main.ts";

const flags = {
  jobs: { type: "string", default: "2000" },
  people: { type: "string", default: "200" },
  lanes: { type: "string", default: "8" },
  kills: { type: "string", default: "20" },
  seed: { type: "string", default: "0" },
  /** Clients that wait for their acknowledgement at a time. */
  "at-once": { type: "string", default: "40" },
  /** Of the windows of Discord's rate limits. */
  limits: { type: "string", default: "1" },
  /** In place of the crowd and the kills: `all`, or names of faults with commas between. */
  faults: { type: "string", default: "" },
  /** How many results an innocent member gets under each fault, at least. */
  innocent: { type: "string", default: "20" },
  /** Options of Node.js for the bot, such as `--cpu-prof`. */
  node: { type: "string", default: "" },
} as const;

/**
 * The whole bot as a process against a fake Discord in this one, which keeps Discord's rate limits: first a crowd that orders
 * more than the simulated lanes and the limits can take at once, then a smaller one while the bot is killed at random moments.
 * Acknowledgements are measured where the clients are, the event loop in the bot. With `--faults` something goes wrong in place
 * of that, while one member orders small pictures: `calm` (nothing), `chat-down`, `disk-full`, `clock-steps`, `flood`.
 */
export async function run({ log, args }: BenchOptions): Promise<Record<string, unknown>> {
  const { values } = parseArgs({ args: [...args], options: flags });
  const seed = Number(values.seed);
  const picture = await sharp({ create: { width: 128, height: 128, channels: 3, background: "#787878" } })
    .png()
    .toBuffer();
  if (values.faults) return runFaults(values.faults, { picture, orders: Number(values.innocent), log });
  const load = await measureLoad({
    picture,
    seed,
    people: Number(values.people),
    jobs: Number(values.jobs),
    lanes: Number(values.lanes),
    atOnce: Number(values["at-once"]),
    rateLimitScale: Number(values.limits),
    node: values.node.split(" ").filter(Boolean),
    log,
  });
  for (const line of spelled(load)) log(line);

  const kills = Number(values.kills);
  await using crowd = await createDiscordCrowd({ picture });
  const { tally, audit } = await survive(crowd, { kills, seed, pace: 120, backlog: 40 });
  const unfinished = audit.jobs.filter(({ state }) => state !== "done").length;
  log(
    `${kills} kills: ${tally.promised} promised, ${tally.results} results, ${tally.unpromised} never promised`,
  );

  const { metrics, waits } = load;
  return {
    ackP99Ms: percentile(load.acknowledgements, 0.99),
    ackMedianMs: percentile(load.acknowledgements, 0.5),
    ackMaxMs: percentile(load.acknowledgements, 1),
    eventLoopP99Ms: metrics.eventLoopP99Ms,
    eventLoopMaxMs: metrics.eventLoopMaxMs,
    jobs: Number(values.jobs),
    people: Number(values.people),
    channels: load.channels,
    lost: load.lost + tally.lost.length + unfinished,
    duplicated: load.duplicated + tally.doubled.length,
    kills,
    jobsWhileKilled: tally.promised,
    seconds: load.seconds,
    waitOnceMedianSeconds: percentile(waits.once, 0.5),
    waitOnceP95Seconds: percentile(waits.once, 0.95),
    waitBusyMedianSeconds: percentile(waits.busy, 0.5),
    waitBusyP95Seconds: percentile(waits.busy, 0.95),
    botMegabytes: metrics.residentMegabytes,
    botCpuSeconds: metrics.cpuSeconds,
  };
}

/** The innocent member's longest wait is compared with that of `calm`, which comes first. */
async function runFaults(asked: string, options: FaultOptions): Promise<Record<string, unknown>> {
  const wanted = asked === "all" ? faultNames : faultNames.filter((name) => asked.split(",").includes(name));
  if (wanted.length === 0) throw new RangeError(`Expected faults of ${faultNames.join(", ")}, got ${asked}.`);
  const figures: Record<string, unknown> = {};
  for (const name of wanted) {
    const outcome = await measureFault(name, options);
    if (outcome === null) continue;
    const {
      promised,
      refused,
      unanswered,
      lost,
      doubled,
      violations,
      longestWait,
      medianWait,
      longestPromise,
    } = outcome;
    options.log(
      `${name.padEnd(12)} ${promised} promised, ${refused} refused, ${unanswered} unanswered, lost ${lost}, doubled ${doubled}, ${violations} violations; the innocent member waited ${longestWait.toFixed(1)} s at longest, ${medianWait.toFixed(1)} s in the median, ${longestPromise.toFixed(1)} s at longest for the promise`,
    );
    figures[name] = outcome;
  }
  return figures;
}

function spelled({ acknowledgements, metrics, waits, ...load }: Load): string[] {
  const row = (name: string, values: readonly number[], unit: string) =>
    `${name.padEnd(34)} median ${percentile(values, 0.5).toFixed(1)} ${unit}, p95 ${percentile(values, 0.95).toFixed(1)} ${unit}, p99 ${percentile(values, 0.99).toFixed(1)} ${unit}, most ${percentile(values, 1).toFixed(1)} ${unit}`;
  return [
    row("acknowledgement", acknowledgements, "ms"),
    `event loop of the bot               median ${metrics.eventLoopP50Ms.toFixed(1)} ms, p99 ${metrics.eventLoopP99Ms.toFixed(1)} ms, most ${metrics.eventLoopMaxMs.toFixed(1)} ms`,
    row("wait of those who ordered once", waits.once, "s"),
    row("wait of the one who ordered most", waits.busy, "s"),
    `${load.promised} promised, ${load.lost} lost, ${load.duplicated} duplicated, ${load.violations} violations, ${load.requests} requests in ${load.channels} channels, ${load.seconds.toFixed(0)} s`,
  ];
}

function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}
