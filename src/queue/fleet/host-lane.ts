import { setTimeout as sleep } from "node:timers/promises";
import type { FileStore } from "../../files/file-store.ts";
import type { QueueLog } from "../queue-log.ts";
import { beginHostRun, type EditOnDevice, type HostRun } from "./host-run.ts";
import { type HeldRun, openLaneFeed } from "./lane-queue.ts";
import {
  type Answer,
  type FleetTimings,
  type JobMessage,
  jobMessageSchema,
  keys,
  type PackVersion,
  protocolVersion,
  type ToBot,
} from "./protocol.ts";
import type { RedisLink } from "./redis.ts";

/** A device of a host, and what it can do. */
export interface HostDevice {
  /** `cuda:0` */
  readonly device: string;
  readonly packs: readonly PackVersion[];
  readonly edit: EditOnDevice;
  /** Of its process; `null` where that is not known. */
  readonly memoryBytes: () => number | null;
}

export interface HostLaneParts extends HostDevice {
  readonly host: string;
  readonly link: RedisLink;
  readonly files: FileStore;
  /** Runs lie there while they are at work. */
  readonly folder: string;
  readonly timings: FleetTimings;
  readonly log: QueueLog;
}

/** One lane of a host: takes the runs that bots put into its queue, one at a time, and answers each. */
export interface HostLane extends AsyncDisposable {
  readonly device: string;
  /** The run that has the device. */
  readonly run: string | null;
  /** A bot does not want this run any more; any other is none of ours. */
  cancel(run: string): void;
  /** Takes nothing more; resolves when nothing runs. */
  drain(): Promise<void>;
  /** Ends what runs; it is for any lane to do. */
  giveBack(): void;
}

export function openHostLane(parts: HostLaneParts): HostLane {
  const { host, device, link, files, timings, log } = parts;
  const lane = `${host}/${device}`;
  const feed = openLaneFeed({ link, lane, timings, log });
  /** Those that are at work, and those whose answer nobody has yet. */
  const runs = new Map<string, HostRun>();
  let turn: Promise<unknown> = Promise.resolve();
  let current: string | null = null;
  let isDraining = false;
  let isClosed = false;

  const send = async (bot: string, message: ToBot) => {
    if (link.isConnected) await link.client.publish(keys.toBot(bot), JSON.stringify(message));
  };

  async function work(): Promise<void> {
    while (!isDraining) {
      try {
        const held = await feed.next();
        if (held) await serve(held);
      } catch (error) {
        if (isClosed) return;
        log("debug", "a lane could not take a run, and tries again", { lane, error });
        await sleep(500);
      }
    }
  }

  async function serve(held: HeldRun): Promise<void> {
    const parsed = jobMessageSchema.safeParse(held.message);
    if (!parsed.success || parsed.data.run !== held.run) return held.drop("not a message of this protocol");
    const message = parsed.data;
    const known = runs.get(held.run);
    // A process of this host's name had it and died: its bot counts that.
    if (held.wasStalled && !known) return held.drop("stalled");
    if (isDraining) return end(held, message, { kind: "given-back" });
    const refusal = refusalOf(message, parts.packs);
    if (refusal) return end(held, message, refusal);
    if (!known) log("info", "run starts", { run: held.run, lane });
    const run = known ?? begin(message);
    current = held.run;
    try {
      const isHeld = await whileHeld(held, run.done);
      if (isHeld) await finish(held, message, run);
      else log("warn", "a run's lock was lost: Redis was away, or this host was", { run: held.run, lane });
    } finally {
      current = null;
      if (runs.has(held.run)) forgetLater(held.run, run);
    }
  }

  function begin(message: JobMessage): HostRun {
    const run = beginHostRun({
      ...{ message, folder: parts.folder, files, edit: parts.edit, turn, log },
      send: (told) => send(message.bot, told),
    });
    turn = run.done;
    runs.set(message.run, run);
    return run;
  }

  /** True once it is done, false once somebody else may have it. */
  async function whileHeld(held: HeldRun, done: Promise<unknown>): Promise<boolean> {
    let isOver = false;
    const over = done.then(() => {
      isOver = true;
    });
    while (!isOver) {
      await Promise.race([over, sleep(timings.lock / 3, undefined, { ref: false })]);
      if (!isOver && link.isConnected && !(await held.hold())) return false;
    }
    return true;
  }

  async function finish(held: HeldRun, message: JobMessage, run: HostRun): Promise<void> {
    const answering = run.answer();
    // Uploads take as long as they take.
    if (!(await whileHeld(held, answering))) return tellLate(held.run);
    const answer = await answering;
    log("info", `run ends: ${answer.kind}`, {
      ...{ run: held.run, lane },
      ...(answer.kind === "failure" ? { code: answer.code, message: answer.message } : {}),
    });
    if (!(await held.answer(answer))) return tellLate(held.run);
    await send(message.bot, { run: held.run, events: [], hasEnded: true });
    runs.delete(held.run);
    await link.client.srem(keys.cancelled(host), held.run);
    await run.remove();
  }

  const tellLate = (run: string) => log("warn", "an answer came too late and is not believed", { run, lane });

  async function end(held: HeldRun, message: JobMessage, answer: Answer): Promise<void> {
    await held.answer(answer);
    await send(message.bot, { run: held.run, events: [], hasEnded: true });
  }

  /** Its bot may ask for it again within this time, where Redis forgot; then nobody wants it. */
  function forgetLater(name: string, run: HostRun): void {
    const later = setTimeout(() => {
      if (current === name || !runs.delete(name)) return;
      void leave(name, run);
    }, 4 * timings.life);
    later.unref();
  }

  /** Nobody believes its answer, so nobody else takes its files away. */
  async function leave(name: string, run: HostRun): Promise<void> {
    try {
      run.cancel();
      await run.remove();
      await files.remove(name);
    } catch (error) {
      log("warn", "files of a run could not be removed", { run: name, error });
    }
  }

  const working = work();
  return {
    device,
    get run() {
      return current;
    },
    cancel: (run) => runs.get(run)?.cancel(),
    async drain() {
      isDraining = true;
      await working;
    },
    giveBack() {
      for (const run of runs.values()) run.giveBack();
    },
    async [Symbol.asyncDispose]() {
      isDraining = true;
      isClosed = true;
      await feed[Symbol.asyncDispose]();
      for (const run of runs.values()) run.giveBack();
      await working;
      await Promise.all([...runs].map(([name, run]) => leave(name, run)));
    },
  };
}

/** Why a lane does not do what a message asks for. */
function refusalOf({ protocol, pack }: JobMessage, packs: readonly PackVersion[]): Answer | null {
  const refusal = (code: "fleet-protocol" | "pack-missing", message: string): Answer => ({
    ...{ kind: "failure", code, message, setting: null },
  });
  if (protocol !== protocolVersion)
    return refusal(
      "fleet-protocol",
      `Expected a job of protocol ${protocolVersion}, got one of ${protocol}. Run bot and hosts of the same version.`,
    );
  const isHere = packs.some(({ name, version }) => name === pack.name && version === pack.version);
  return isHere
    ? null
    : refusal(
        "pack-missing",
        `Expected pack ${pack.name} ${pack.version} on this host, got none. Pull it there.`,
      );
}
