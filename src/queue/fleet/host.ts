import { EditError } from "../../errors.ts";
import type { FileStore } from "../../files/file-store.ts";
import type { QueueLog } from "../queue-log.ts";
import { type HostDevice, type HostLane, openHostLane } from "./host-lane.ts";
import {
  type Beat,
  type FleetTimings,
  hostNamePattern,
  keys,
  protocolVersion,
  standardTimings,
  toHostSchema,
} from "./protocol.ts";
import type { RedisLink } from "./redis.ts";
import { emptyFolder } from "./run-files.ts";

export interface HostOptions {
  /** Of its own in the fleet: `gpu1`. */
  readonly name: string;
  /** Of this process. */
  readonly instance: string;
  /** Of the program. */
  readonly version: string;
  readonly link: RedisLink;
  readonly files: FileStore;
  readonly devices: readonly HostDevice[];
  readonly checksSafety: boolean;
  /** Runs lie there while they are at work; what is there already is removed. */
  readonly folder: string;
  readonly log: QueueLog;
  readonly timings?: FleetTimings;
}

/** A machine that lends its devices to bots. */
export interface Host extends AsyncDisposable {
  /** Takes nothing more; resolves when nothing runs. */
  drain(): Promise<void>;
  /** Ends what runs; it is for any other lane to do. */
  giveBack(): void;
  /** Resolves where another process took this host's name. */
  readonly ended: Promise<EditError>;
}

/**
 * Puts a host's lanes into the fleet.
 * @throws EditError `usage` of a name that is none; `fleet-name-taken` where a host of the name is there and stays
 */
export async function startHost(options: HostOptions): Promise<Host> {
  const { name, instance, link, devices, timings = standardTimings, log } = options;
  if (!hostNamePattern.test(name))
    throw new EditError(
      "usage",
      `Expected a host's name of a-z, 0-9, dots and dashes, at most 40, got ${JSON.stringify(name)}.`,
    );
  let lanes: readonly HostLane[] = [];
  let isDraining = false;
  let isClosed = false;
  let tellEnded: (error: EditError) => void = () => {};
  const ended = new Promise<EditError>((resolve) => {
    tellEnded = resolve;
  });

  function beatNow(): Beat {
    return {
      ...{ protocol: protocolVersion, name, instance, version: options.version },
      ...{ isDraining, checksSafety: options.checksSafety },
      lanes: devices.map(({ device, packs, memoryBytes }) => ({
        ...{ device, packs: [...packs], memoryBytes: memoryBytes() },
        run: lanes.find((lane) => lane.device === device)?.run ?? null,
      })),
    };
  }

  /** False where another process has the name. */
  async function tell(): Promise<boolean> {
    const text = JSON.stringify(beatNow());
    const taken = await link.client.eval(beatScript, 1, keys.host(name), instance, text, timings.life);
    if (taken !== 1) return false;
    await link.client.sadd(keys.hosts, name);
    for (const run of await link.client.smembers(keys.cancelled(name)))
      for (const lane of lanes) lane.cancel(run);
    return true;
  }

  async function takeName(): Promise<void> {
    // One that died a moment ago counts as there for a while.
    const tries = Math.ceil((1.5 * timings.life) / timings.beat);
    for (let left = tries; !(await tell()); left--) {
      if (left === 0) throw nameTaken(name);
      await new Promise((resolve) => setTimeout(resolve, timings.beat));
    }
  }

  let isTelling = false;
  async function tellAgain(): Promise<void> {
    if (isTelling || isClosed || !link.isConnected) return;
    isTelling = true;
    try {
      if (!(await tell()) && !isClosed) tellEnded(nameTaken(name));
    } catch (error) {
      log("debug", "a sign of life was not sent", { error });
    } finally {
      isTelling = false;
    }
  }

  link.subscribe(keys.toHost(name), (text) => {
    const told = toHostSchema.safeParse(parsedJson(text));
    if (told.success) for (const lane of lanes) lane.cancel(told.data.cancel);
  });
  await takeName();
  // Not before: they may be those of the process that has the name.
  await emptyFolder(options.folder);
  lanes = devices.map((device) => openHostLane({ ...options, ...device, host: name, timings }));
  const beating = setInterval(() => void tellAgain(), timings.beat);
  link.onChange(() => void tellAgain());

  return {
    ended,
    async drain() {
      isDraining = true;
      await tellAgain();
      await Promise.all(lanes.map((lane) => lane.drain()));
    },
    giveBack() {
      for (const lane of lanes) lane.giveBack();
    },
    async [Symbol.asyncDispose]() {
      isDraining = true;
      isClosed = true;
      clearInterval(beating);
      await Promise.all(lanes.map((lane) => lane[Symbol.asyncDispose]()));
      if (link.isConnected) await link.client.eval(leaveScript, 1, keys.host(name), instance);
    },
  };
}

/** Keeps what a host tells where the name is its own or nobody's. 1 where it did. */
const beatScript = `
local last = redis.call("GET", KEYS[1])
if last and cjson.decode(last).instance ~= ARGV[1] then return 0 end
redis.call("SET", KEYS[1], ARGV[2], "PX", ARGV[3])
return 1`;

const leaveScript = `
local last = redis.call("GET", KEYS[1])
if last and cjson.decode(last).instance == ARGV[1] then redis.call("DEL", KEYS[1]) end`;

function nameTaken(name: string): EditError {
  return new EditError(
    "fleet-name-taken",
    `Expected a host's name that no other has, got "${name}", under which another worker is there. Give this one its own with --name.`,
  );
}

export function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
