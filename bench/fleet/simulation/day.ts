import { createHeap } from "./heap.ts";
import { createFairLine, createPlainLine, type Line, type SimulatedJob } from "./lines.ts";
import { createRandom, createZipf, normal } from "./random.ts";

/** A day of a fleet. */
export interface DayOptions {
  readonly lanes: number;
  readonly edits: number;
  readonly workspaces: number;
  /** Processes with a store and an order of turns of their own, which share the lanes. */
  readonly bots: number;
  /** Of the busiest hour: what is asked for, against what all lanes can do. */
  readonly load: number;
  /** What the fleet adds to each edit, as it was measured. */
  readonly overheadSeconds: number;
  readonly order: "fair" | "plain";
  readonly seed: number;
}

export interface DayResult {
  /** Mean length of an edit, from which the load follows. */
  readonly editSeconds: number;
  /** Seconds from the wish to a lane, of edits that somebody asked for one by one. */
  readonly waits: Float64Array;
  /** The same, of edits of which a person asked for 100 at once. */
  readonly bulkWaits: Float64Array;
  /** Most that waited at once. */
  readonly longestLine: number;
  /** Most that ended in one second. */
  readonly peakPerSecond: number;
}

const day = 86_400;
/** The busiest hour is by so much over the mean, the quietest under it. */
const swing = 0.5;
const people = 20;
/** So many of all edits come in lots, of which one person asks at once. */
const [bulkShare, bulkSize] = [0.05, 100];

interface Lane {
  current: { readonly bot: number; readonly endsAt: number } | null;
  /** Each bot may have put one job there, behind the others'. */
  readonly queue: { readonly bot: number; readonly job: SimulatedJob; isGone: boolean }[];
}

/**
 * Plays a day event by event: wishes come as a Poisson process whose rate follows the hour; each workspace, and each person in it,
 * is as busy as its place in a row allows; an edit's length is log-normal. A bot gives each lane at most one job, the next of
 * its own order; a lane takes what bots gave it in the order in which it came; a lane with nothing to do gets what waits behind others.
 */
export function simulateDay(options: DayOptions): DayResult {
  const { lanes: laneCount, bots, overheadSeconds } = options;
  const editSeconds = (options.load * laneCount * day) / ((1 + swing) * options.edits) - overheadSeconds;
  const wishes = wishesOf(options, editSeconds);
  const lines = Array.from(
    { length: bots },
    (): Line => (options.order === "fair" ? createFairLine() : createPlainLine()),
  );
  const lanes = Array.from({ length: laneCount }, (): Lane => ({ current: null, queue: [] }));
  /** By bot: lanes that it has given nothing. */
  const open = lines.map(() => Array.from({ length: laneCount }, (_, lane) => lane));
  const idle = new Set(lanes.keys());
  const behind: { readonly lane: number; readonly entry: Lane["queue"][number] }[] = [];
  let firstBehind = 0;
  const ends = createHeap<{ readonly at: number; readonly lane: number }>((a, b) => a.at < b.at);
  const waits = { one: [] as number[], bulk: [] as number[] };
  let [waiting, longestLine, second, inSecond, peakPerSecond] = [0, 0, 0, 0, 0];

  function begin(lane: number, bot: number, job: SimulatedJob, now: number): void {
    const endsAt = now + overheadSeconds + job.seconds;
    (lanes[lane] as Lane).current = { bot, endsAt };
    idle.delete(lane);
    ends.push({ at: endsAt, lane });
    (job.isBulk ? waits.bulk : waits.one).push(now - job.at);
    waiting -= 1;
  }

  /** A bot gives what waits to lanes: those with nothing to do first. */
  function offer(bot: number, now: number): void {
    const line = lines[bot] as Line;
    const mine = open[bot] as number[];
    while (line.size > 0 && mine.length > 0) {
      const [free] = idle;
      const at = free === undefined ? mine.length - 1 : mine.indexOf(free);
      const lane = mine[at] as number;
      mine[at] = mine.at(-1) as number;
      mine.pop();
      const job = line.next() as SimulatedJob;
      if (free !== undefined) begin(lane, bot, job, now);
      else {
        const entry = { bot, job, isGone: false };
        lanes[lane]?.queue.push(entry);
        behind.push({ lane, entry });
      }
    }
  }

  function end(lane: number, now: number): void {
    const { current, queue } = lanes[lane] as Lane;
    (lanes[lane] as Lane).current = null;
    idle.add(lane);
    if (current) open[current.bot]?.push(lane);
    const next = takeFrom(queue);
    if (next) begin(lane, next.bot, next.job, now);
    else takeOver(lane, now);
    if (current) offer(current.bot, now);
  }

  /** What stands behind others' jobs elsewhere, and came first. */
  function takeOver(lane: number, now: number): void {
    while (firstBehind < behind.length) {
      const { lane: from, entry } = behind[firstBehind++] as (typeof behind)[number];
      if (entry.isGone) continue;
      entry.isGone = true;
      const mine = open[entry.bot] as number[];
      const at = mine.indexOf(lane);
      if (at >= 0) mine[at] = from;
      begin(lane, entry.bot, entry.job, now);
      return;
    }
  }

  for (let index = 0; index < wishes.length || ends.size > 0; ) {
    const wish = wishes[index];
    const ending = ends.pop();
    if (ending && (!wish || ending.at <= wish.job.at)) {
      if (Math.floor(ending.at) !== second) [second, inSecond] = [Math.floor(ending.at), 0];
      peakPerSecond = Math.max(peakPerSecond, ++inSecond);
      end(ending.lane, ending.at);
      continue;
    }
    if (ending) ends.push(ending);
    if (!wish) break;
    index += 1;
    waiting += 1;
    lines[wish.bot]?.add(wish.job);
    offer(wish.bot, wish.job.at);
    longestLine = Math.max(longestLine, waiting);
  }
  return {
    ...{ editSeconds, longestLine, peakPerSecond },
    waits: Float64Array.from(waits.one).sort(),
    bulkWaits: Float64Array.from(waits.bulk).sort(),
  };
}

function takeFrom(queue: Lane["queue"]): Lane["queue"][number] | undefined {
  for (let entry = queue.shift(); entry; entry = queue.shift()) {
    if (entry.isGone) continue;
    entry.isGone = true;
    return entry;
  }
  return undefined;
}

/** All wishes of the day, in the order in which they come. */
function wishesOf({ edits, workspaces, bots, seed }: DayOptions, editSeconds: number) {
  const random = createRandom(seed);
  const workspaceOf = createZipf(workspaces, random);
  const personOf = createZipf(people, random);
  /** The mean of a log-normal is exp(mu + sigma² / 2). */
  const sigma = 0.3;
  const lengthOf = () => editSeconds * Math.exp(sigma * normal(random) - sigma ** 2 / 2);
  const rateMost = 1 + swing;
  const wishes: { readonly bot: number; readonly job: SimulatedJob }[] = [];
  while (wishes.length < edits) {
    const at = random() * day;
    const rate = 1 + swing * Math.sin((2 * Math.PI * at) / day - Math.PI / 2);
    if (random() * rateMost > rate) continue;
    const workspace = workspaceOf();
    const person = workspace * people + personOf();
    const isBulk = random() < bulkShare / bulkSize / (1 - bulkShare + bulkShare / bulkSize);
    for (let left = isBulk ? bulkSize : 1; left > 0; left -= 1)
      wishes.push({ bot: workspace % bots, job: { person, at, seconds: lengthOf(), isBulk } });
  }
  return wishes.sort((a, b) => a.job.at - b.job.at);
}

/** Of sorted values. */
export function quantile(sorted: Float64Array, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}
