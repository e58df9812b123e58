import type { Clocks } from "../../clocks.ts";
import type { FileStore } from "../../files/file-store.ts";
import type { Store } from "../../store/store.ts";
import type { LaneRefusal } from "../lane-spec.ts";
import type { QueueLog } from "../queue-log.ts";
import type { Scheduler } from "../scheduler.ts";
import { parsedJson } from "./host.ts";
import {
  type Beat,
  beatSchema,
  type FleetTimings,
  keys,
  type PackVersion,
  protocolVersion,
  standardTimings,
  toBotSchema,
} from "./protocol.ts";
import type { RedisLink } from "./redis.ts";
import { openRemoteLane, type RemoteLane, type RunPictures } from "./remote-lane.ts";
import { openRunBook } from "./run-book.ts";

export interface FleetOptions {
  readonly link: RedisLink;
  readonly files: FileStore;
  readonly store: Pick<Store, "jobs" | "settings">;
  readonly pictures: RunPictures;
  /** Of this bot's jobs; the first in place of one that is not offered any more. */
  readonly packs: readonly PackVersion[];
  /** Its jobs are checked by a safety model. */
  readonly checksSafety: boolean;
  readonly clocks: Pick<Clocks, "monotonic">;
  readonly log: QueueLog;
  readonly timings?: FleetTimings;
}

/** Lanes of other hosts, which come and go in a bot's scheduler. */
export interface Fleet extends AsyncDisposable {
  /** Looks which hosts are there. Gives the jobs that run on them since before this program began, and their lanes: for `Scheduler.start`. */
  join(scheduler: Pick<Scheduler, "addLane" | "removeLane" | "wake">): Promise<ReadonlyMap<string, string>>;
  /** By lane: what it takes of its host's memory, bytes. */
  readonly lanes: ReadonlyMap<string, { readonly device: string; readonly memoryBytes: number | null }>;
}

/** Older files are nobody's: no run takes so long. */
const [longestRunMilliseconds, sweepMilliseconds] = [24 * 60 * 60 * 1000, 6 * 60 * 60 * 1000];

/** How long the start waits for Redis. */
const startMilliseconds = 3000;

interface KnownHost {
  readonly beat: Beat;
  readonly seenAt: number;
}

export function createFleet(options: FleetOptions): Fleet {
  const { link, files, store, packs, clocks, log, timings = standardTimings } = options;
  const hosts = new Map<string, KnownHost>();
  const lanes = new Map<string, RemoteLane>();
  let scheduler: Pick<Scheduler, "addLane" | "removeLane" | "wake"> | null = null;
  let timer: NodeJS.Timeout | undefined;
  let sweeping: NodeJS.Timeout | undefined;
  let isLooking = false;

  let readAt = Number.NEGATIVE_INFINITY;

  /** After a connection each host has as long to give a sign of life as it would have had. */
  const isThere = (host: string) => {
    const seenAt = hosts.get(host)?.seenAt ?? Number.NEGATIVE_INFINITY;
    return clocks.monotonic() - Math.max(seenAt, link.connectedAt) < timings.life;
  };
  const laneOf = (host: string, device: string) =>
    hosts.get(host)?.beat.lanes.find((lane) => lane.device === device);

  const packsOn = (host: string, device: string) =>
    packs.filter((pack) =>
      laneOf(host, device)?.packs.some(({ name, version }) => name === pack.name && version === pack.version),
    );

  function refusalOf(host: string, device: string): LaneRefusal | null {
    const beat = hosts.get(host)?.beat;
    const lane = laneOf(host, device);
    if (!beat || !lane || !link.isConnected || !isThere(host)) return "away";
    if (beat.protocol !== protocolVersion) return "version";
    if (beat.isDraining) return "draining";
    if (packsOn(host, device).length === 0) return "pack";
    return options.checksSafety && !beat.checksSafety ? "safety" : null;
  }

  async function readBeats(): Promise<void> {
    const names = await link.client.smembers(keys.hosts);
    const told = names.length > 0 ? await link.client.mget(names.map(keys.host)) : [];
    for (const [index, text] of told.entries()) {
      const name = names[index] ?? "";
      const beat = beatSchema.safeParse(parsedJson(text ?? ""));
      if (beat.success && beat.data.name === name)
        hosts.set(name, { beat: beat.data, seenAt: clocks.monotonic() });
      else if (text === null && !isThere(name)) await link.client.srem(keys.hosts, name);
    }
    readAt = clocks.monotonic();
  }

  const open = (host: string, device: string, book: Awaited<ReturnType<typeof openRunBook>>): RemoteLane => {
    const name = `${host}/${device}`;
    const known = lanes.get(name);
    if (known) return known;
    const lane = openRemoteLane({
      ...{ host, name, link, files, book, timings, log },
      packs,
      packsThere: () => packsOn(host, device),
      pictures: options.pictures,
      view: () => ({
        isKnown: link.isConnected && readAt >= link.connectedAt,
        isThere: isThere(host),
        isOpen: refusalOf(host, device) === null || (!hosts.has(host) && isThere(host)),
        run: laneOf(host, device)?.run ?? null,
      }),
      refusal: () => refusalOf(host, device),
      memoryBytes: () => laneOf(host, device)?.memoryBytes ?? null,
    });
    lanes.set(name, lane);
    log("info", "a lane of another host is there", { lane: name, refusal: refusalOf(host, device) });
    scheduler?.addLane(lane.spec);
    return lane;
  };

  /** Takes away what a process that was killed left in the file store. */
  async function sweep(): Promise<void> {
    try {
      const count = await files.removeOlderThan(longestRunMilliseconds);
      if (count > 0) log("info", "files of runs that nobody knows were removed", { count });
    } catch (error) {
      log("warn", "files of runs that nobody knows could not be looked for", { error });
    }
  }

  /** What was so when the lanes were told of last. */
  let last = "";
  async function look(book: Awaited<ReturnType<typeof openRunBook>>): Promise<void> {
    if (isLooking) return;
    isLooking = true;
    try {
      if (link.isConnected) await readBeats();
      for (const [host, { beat }] of hosts) {
        for (const { device } of beat.lanes) open(host, device, book);
        if (link.isConnected && !isThere(host)) hosts.delete(host);
      }
      for (const [name, lane] of lanes) {
        const [host = "", device = ""] = split(name);
        if (!link.isConnected || laneOf(host, device) || lane.isBusy) continue;
        lanes.delete(name);
        log("info", "a lane of another host is gone", { lane: name });
        await scheduler?.removeLane(name);
        await lane[Symbol.asyncDispose]();
      }
      const now = JSON.stringify([...lanes.keys()].map((name) => [name, ...told(name)]));
      if (now !== last) {
        last = now;
        for (const lane of lanes.values()) lane.look();
        scheduler?.wake();
      }
    } catch (error) {
      log("debug", "hosts could not be looked for", { error });
    } finally {
      isLooking = false;
    }
  }
  const told = (name: string) => {
    const [host, device] = split(name);
    return [refusalOf(host, device), laneOf(host, device)?.run ?? null];
  };

  return {
    async join(to) {
      const book = await openRunBook(store.settings);
      link.subscribe(keys.toBot(book.bot), (text) => {
        const message = toBotSchema.safeParse(parsedJson(text));
        if (message.success) for (const lane of lanes.values()) lane.hear(message.data);
      });
      scheduler = to;
      await connected(link);
      await look(book);
      const goesOn = new Map<string, string>();
      for (const { run, job, lane: name } of book.before) {
        const lane = open(...split(name), book);
        const record = await store.jobs.find(job);
        if (record?.state === "running" && record.lane === name && !goesOn.has(job)) {
          goesOn.set(job, name);
          lane.takeUp(job, run);
        } else void lane.forget(run);
      }
      timer = setInterval(() => void look(book), timings.beat);
      void sweep();
      sweeping = setInterval(() => void sweep(), sweepMilliseconds);
      sweeping.unref();
      link.onChange(() => void look(book));
      return goesOn;
    },
    get lanes() {
      return new Map(
        [...lanes].map(([name, { spec }]) => [
          name,
          { device: split(name)[1], memoryBytes: spec.memoryBytes?.() ?? null },
        ]),
      );
    },
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      clearInterval(sweeping);
      await Promise.all([...lanes.values()].map((lane) => lane[Symbol.asyncDispose]()));
    },
  };
}

/** Waits for Redis, but not for long: a bot's own lanes need none. */
async function connected(link: RedisLink): Promise<void> {
  if (link.isConnected) return;
  await Promise.race([
    new Promise<void>((resolve) => link.onChange(() => link.isConnected && resolve())),
    new Promise<void>((resolve) => setTimeout(resolve, startMilliseconds).unref()),
  ]);
}

/** `gpu1/cuda:0` → `gpu1`, `cuda:0` */
function split(lane: string): [host: string, device: string] {
  const at = lane.indexOf("/");
  return [lane.slice(0, at), lane.slice(at + 1)];
}
