import { rm } from "node:fs/promises";
import { type Clocks, systemClocks } from "../../../clocks.ts";
import { EditError, throwIfCancelled } from "../../../errors.ts";
import type { Pack } from "../../../packs/pack.ts";
import type { EditResult, Job, MarkSettings, Progress, RemoteServer } from "../../../types.ts";
import { type Child, createChild, type ProcessOptions } from "../child.ts";
import {
  type EditAnswer,
  type EditEvent,
  type EditOrder,
  editAnswerSchema,
  editEventSchema,
} from "./protocol.ts";
import { createWatchdog, type Loss, standardLoadMilliseconds, type Watchdog } from "./watchdog.ts";

export type { WorkerLog } from "../child.ts";
export type { EditAnswer } from "./protocol.ts";

export interface WorkerOptions extends ProcessOptions {
  /** One lane's device: `cpu`, `cuda:0`, `simulated:3`. */
  readonly device: string;
  /** Folder of the safety model that checks pictures of jobs which ask for it; simulated devices have none. */
  readonly safetyModel?: string | null;
  /** Paints what the worker would; its networks still look, learn and score. Simulated devices need none. */
  readonly server?: RemoteServer | null;
  /** What edits of the past teach; default: nothing, and nothing is kept. */
  readonly learning?: EditOrder["learning"];
  /** What results are marked with. Default: with nothing but XMP. */
  readonly marks?: MarkSettings;
  /** How long it may take to load a pack and warm up. Default `standardLoadMilliseconds`. */
  readonly loadMilliseconds?: number;
  /** Default the system's. */
  readonly clocks?: Clocks;
}

export interface RunOptions {
  readonly signal: AbortSignal;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

/** The worker process of one device, started at the first job and started anew after it died. */
export interface WorkerClient extends AsyncDisposable {
  readonly device: string;
  /** Of the process that runs now. */
  readonly pid: number | undefined;
  /**
   * Runs one job; settles only when the worker has answered or exited, so that a device never runs two. A job
   * without a result leaves no folder behind.
   * @throws EditError `cancelled`, `worker-died`, `worker-hung`, and every code of the pipeline
   */
  run(job: Job, pack: Pack, options: RunOptions): Promise<EditAnswer>;
  /** Ends the process now, in the middle of whatever it does. */
  kill(): void;
}

/** What is known of the running process. */
interface Experience {
  /** Packs that it has painted with. */
  readonly warmPacks: Set<string>;
  /** The longest run of a network. */
  longestRunMilliseconds: number;
  hasToldOfFallback: boolean;
}

export function createWorkerClient(options: WorkerOptions): WorkerClient {
  const { device, safetyModel, server = null, learning = noLearning, log, clocks = systemClocks } = options;
  const { loadMilliseconds = standardLoadMilliseconds, marks = standardMarkSettings } = options;
  const child: EditChild = createChild({
    ...options,
    file: device.startsWith("simulated:") ? "simulated/entry.js" : "edits/entry.js",
    arguments: safetyModel ? [device, safetyModel] : [device],
    event: editEventSchema,
    answer: editAnswerSchema,
    expected: { result: "the edit to finish", answer: "the worker to answer, got its end" },
  });
  let experience = noExperience();
  let busy = false;

  /** Once for each process: members read nothing of devices, so the operator must. */
  function tellOfFallback({ warnings }: EditResult): void {
    const fallback = warnings.find(({ code }) => code === "device-fallback");
    if (fallback && !experience.hasToldOfFallback) log("error", fallback.text);
    experience.hasToldOfFallback ||= fallback !== undefined;
  }

  return {
    device,
    get pid() {
      return child.pid;
    },
    async run(job, pack, { signal, onProgress }) {
      if (busy) throw new RangeError("Expected a worker with no job, got one that has one.");
      busy = true;
      try {
        throwIfCancelled(signal);
        if (child.pid === undefined) experience = noExperience();
        const key = `${pack.folder} ${pack.manifest.name} ${pack.manifest.version}`;
        const watchdog = createWatchdog({
          warm: experience.warmPacks.has(key),
          longestRunMilliseconds: experience.longestRunMilliseconds,
          loadMilliseconds,
          // A job may wait as long for the server to be there, and then for its first painting.
          serverMilliseconds: 2 * (server?.timeoutSeconds ?? 0) * 1000,
        });
        const onEvent = (event: EditEvent) => {
          watchdog.heard();
          if (event.kind === "alive") return;
          const { progress, longestRunMilliseconds } = event;
          watchdog.advanced(progress, longestRunMilliseconds);
          experience.longestRunMilliseconds = Math.max(
            experience.longestRunMilliseconds,
            longestRunMilliseconds,
          );
          if (progress.phase === "painting") experience.warmPacks.add(key);
          onProgress?.(progress);
        };
        const order = { job, pack, server, learning, marks };
        const answer = await callWatched(child, order, { signal, watchdog, onEvent, clocks });
        tellOfFallback(answer.result);
        return answer;
      } catch (error) {
        await rm(job.folder, { recursive: true, force: true });
        throw error;
      } finally {
        busy = false;
      }
    },
    kill: child.kill,
    [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
  };
}

const standardMarkSettings: MarkSettings = { signing: null, watermark: null };

const noLearning: EditOrder["learning"] = { folder: null, keeps: false };

type EditChild = Child<EditOrder, EditEvent, EditAnswer>;

function noExperience(): Experience {
  return { warmPacks: new Set(), longestRunMilliseconds: 0, hasToldOfFallback: false };
}

/**
 * How often the watchdog looks. Nothing reports a silence, so it takes a timer; and a single one for the whole bound would
 * count the time that a laptop slept. So a look counts for two of these intervals at most, however late it comes.
 */
const lookMilliseconds = 250;

interface WatchedCall {
  readonly signal: AbortSignal;
  readonly watchdog: Watchdog;
  readonly onEvent: (event: EditEvent) => void;
  readonly clocks: Clocks;
}

/** One order, whose worker is ended where the watchdog finds it hung. */
async function callWatched(
  child: EditChild,
  order: EditOrder,
  { signal, watchdog, onEvent, clocks }: WatchedCall,
): Promise<EditAnswer> {
  let loss: Loss | null = null;
  let lastLook = clocks.monotonic();
  const look = setInterval(() => {
    const now = clocks.monotonic();
    loss ??= watchdog.wait(Math.min(now - lastLook, 2 * lookMilliseconds));
    lastLook = now;
    if (loss) child.kill();
  }, lookMilliseconds);
  signal.addEventListener("abort", watchdog.cancelling);
  try {
    return await child.call(order, { signal, onEvent });
  } catch (error) {
    if (!loss || !(error instanceof EditError) || error.code !== "worker-died") throw error;
    const message =
      loss === "not-loaded"
        ? "Expected the pack to be loaded in time, got no end of it; the worker was ended. LRBOT_LOAD_TIMEOUT says how long it may take."
        : "Expected the worker to make progress, got none for too long; it was ended.";
    throw new EditError("worker-hung", message, { cause: error });
  } finally {
    clearInterval(look);
    signal.removeEventListener("abort", watchdog.cancelling);
  }
}
