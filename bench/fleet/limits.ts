import type { FleetCost } from "./measure.ts";

/** What each lane, each job and each further bot costs, as a line through what was measured of several sizes. */
export interface FleetModel {
  /** With nothing to do, for one bot: of a lane, a second. */
  readonly lane: {
    readonly commands: number;
    readonly redisMs: number;
    readonly botMs: number;
    readonly memoryBytes: number;
  };
  /** What a further bot adds for each lane, a second. */
  readonly botAndLane: { readonly commands: number; readonly redisMs: number };
  readonly job: {
    readonly commands: number;
    readonly redisMs: number;
    readonly botMs: number;
    readonly redisBytes: number;
  };
}

/** @param costs Of one bot and several hosts; @param several Of more bots and as many hosts as one of the others */
export function modelOf(costs: readonly FleetCost[], several: FleetCost): FleetModel {
  const slope = (value: (cost: FleetCost) => number) =>
    slopeOf(costs.map((cost) => [cost.lanes, value(cost)]));
  const mean = (value: (cost: FleetCost) => number) =>
    costs.reduce((sum, cost) => sum + value(cost), 0) / costs.length;
  const alone = costs.find(({ hosts }) => hosts === several.hosts);
  if (!alone) throw new Error("Expected a fleet of as many hosts with one bot, got none.");
  const added = (value: (cost: FleetCost) => number) =>
    Math.max(0, (value(several) - value(alone)) / ((several.bots - 1) * alone.lanes));
  return {
    lane: {
      commands: slope(({ idle }) => idle.commandsPerSecond),
      redisMs: slope(({ idle }) => idle.redisMs),
      botMs: slope(({ idle }) => idle.botMs),
      memoryBytes: slope(({ idle }) => idle.memoryBytes),
    },
    botAndLane: {
      commands: added(({ idle }) => idle.commandsPerSecond),
      redisMs: added(({ idle }) => idle.redisMs),
    },
    job: {
      commands: mean(({ job }) => job.commands),
      redisMs: mean(({ job }) => job.redisMs),
      botMs: mean(({ job }) => job.botMs),
      redisBytes: mean(({ job }) => job.redisBytes),
    },
  };
}

/** What a fleet asks of Redis and its bots at so many jobs a second. */
export function demandOf(
  { lane, botAndLane, job }: FleetModel,
  {
    lanes,
    bots,
    jobsPerSecond,
  }: { readonly lanes: number; readonly bots: number; readonly jobsPerSecond: number },
) {
  const further = (bots - 1) * lanes;
  return {
    redisCommandsPerSecond:
      lanes * lane.commands + further * botAndLane.commands + jobsPerSecond * job.commands,
    /** Of one processor: Redis runs commands on one. */
    redisBusyShare:
      (lanes * lane.redisMs + further * botAndLane.redisMs + jobsPerSecond * job.redisMs) / 1000,
    botBusyShare: (lanes * lane.botMs + (jobsPerSecond / bots) * job.botMs) / 1000,
    redisMemoryMegabytes: (lanes * lane.memoryBytes) / 1e6,
    redisMegabytesPerSecond: (jobsPerSecond * job.redisBytes) / 1e6,
  };
}

/** By least squares. */
function slopeOf(points: readonly (readonly [number, number])[]): number {
  const mean = (index: 0 | 1) => points.reduce((sum, point) => sum + point[index], 0) / points.length;
  const [x, y] = [mean(0), mean(1)];
  const both = points.reduce((sum, point) => sum + (point[0] - x) * (point[1] - y), 0);
  return both / points.reduce((sum, point) => sum + (point[0] - x) ** 2, 0);
}
