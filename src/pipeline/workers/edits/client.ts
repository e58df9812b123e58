import type { ChildProcess } from "node:child_process";
import { randomUUID } from "node:crypto";
import { rm } from "node:fs/promises";
import { EditError, throwIfCancelled } from "../../../errors.ts";
import type { Pack } from "../../../packs/pack.ts";
import type { EditResult, Job, Progress, RemoteServer } from "../../../types.ts";
import { endProcess, type ProcessOptions, startProcess, type WorkerLog } from "../child.ts";
import { type FromWorker, isFromWorker, type ToWorker, type WorkerStats } from "./protocol.ts";
import { createPatience, type Patience } from "./watchdog.ts";

export type { WorkerLog } from "../child.ts";

export interface WorkerOptions extends ProcessOptions {
  /** One lane's device: `cpu`, `cuda:0`, `simulated:3`. */
  readonly device: string;
  /** Folder of the safety model that checks pictures of jobs which ask for it; simulated devices have none. */
  readonly safetyModel?: string | null;
  /** Paints what the worker would; its networks still look, learn and score. Simulated devices need none. */
  readonly server?: RemoteServer | null;
}

export interface RunOptions {
  readonly signal: AbortSignal;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

export interface WorkerAnswer {
  readonly result: EditResult;
  readonly stats: WorkerStats;
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
  run(job: Job, pack: Pack, options: RunOptions): Promise<WorkerAnswer>;
  /** Ends the process now, in the middle of whatever it does. */
  kill(): void;
}

/** How often a running job's worker is looked at, and how much of a pause counts: a laptop may have slept. */
const watchMilliseconds = 250;

export function createWorkerClient(options: WorkerOptions): WorkerClient {
  let child: ChildProcess | null = null;
  let busy = false;
  /** What is known of the running process: packs that it has painted with, and its longest run of a network. */
  let warmPacks = new Set<string>();
  let longestRun = 0;
  let hasToldOfFallback = false;

  function start(): ChildProcess {
    if (child) return child;
    const words = options.safetyModel ? [options.device, options.safetyModel] : [options.device];
    const started = startProcess(workerFile(options.device), words, options);
    warmPacks = new Set();
    longestRun = 0;
    hasToldOfFallback = false;
    started.once("exit", () => {
      if (child === started) child = null;
    });
    child = started;
    return started;
  }

  /** Once for each process: members read nothing of devices, so the operator must. */
  function tellOfFallback({ warnings }: EditResult): void {
    const fallback = warnings.find(({ code }) => code === "device-fallback");
    if (fallback && !hasToldOfFallback) options.log("error", fallback.text);
    hasToldOfFallback ||= fallback !== undefined;
  }

  return {
    device: options.device,
    get pid() {
      return child?.pid;
    },
    async run(job, pack, { signal, onProgress }) {
      if (busy) throw new RangeError("Expected a worker with no job, got one that has one.");
      busy = true;
      try {
        throwIfCancelled(signal);
        const key = `${pack.folder} ${pack.manifest.version}`;
        const patience = createPatience({
          warm: warmPacks.has(key),
          longestRunMilliseconds: longestRun,
          // A job may wait as long for the server to be there, and then for its first painting.
          serverMilliseconds: 2 * (options.server?.timeoutSeconds ?? 0) * 1000,
        });
        const observe = (message: FromWorker & { kind: "progress" }) => {
          longestRun = Math.max(longestRun, message.longestRunMilliseconds);
          if (message.progress.phase === "painting") warmPacks.add(key);
          onProgress?.(message.progress);
        };
        const order: ToWorker = { kind: "job", job, pack, server: options.server ?? null };
        const answer = await converse(start(), order, { signal, patience, observe, log: options.log });
        tellOfFallback(answer.result);
        return answer;
      } catch (error) {
        await rm(job.folder, { recursive: true, force: true });
        throw error;
      } finally {
        busy = false;
      }
    },
    kill() {
      child?.kill("SIGKILL");
    },
    async [Symbol.asyncDispose]() {
      const last = child;
      if (last) await endProcess(last, busy, () => send(last, { kind: "shutdown" }));
    },
  };
}

/** A simulated device has a worker of its own, which loads no network. */
function workerFile(device: string): string {
  return device.startsWith("simulated:") ? "simulated/entry.js" : "edits/entry.js";
}

interface Conversation {
  readonly signal: AbortSignal;
  readonly patience: Patience;
  readonly observe: (message: FromWorker & { kind: "progress" }) => void;
  readonly log: WorkerLog;
}

/** Sends one job and listens until its answer or the end of the process. */
function converse(
  child: ChildProcess,
  order: ToWorker & { kind: "job" },
  { signal, patience, observe, log }: Conversation,
): Promise<WorkerAnswer> {
  const { id } = order.job;
  return new Promise((resolve, reject) => {
    let lost: "hung" | "deaf" | null = null;
    let lastLook = performance.now();

    const watch = setInterval(() => {
      const now = performance.now();
      lost ??= patience.wait(Math.min(now - lastLook, 2 * watchMilliseconds));
      lastLook = now;
      if (lost) child.kill("SIGKILL");
    }, watchMilliseconds);
    const onAbort = () => {
      patience.cancelling();
      send(child, { kind: "cancel", id });
    };
    const onMessage = (message: unknown) => {
      if (!isFromWorker(message)) return;
      patience.heard();
      if (message.kind === "alive" || message.id !== id) return;
      if (message.kind === "progress") {
        patience.advanced(message.progress, message.longestRunMilliseconds);
        observe(message);
      } else if (message.kind === "result") {
        settle(() => resolve({ result: message.result, stats: message.stats }));
      } else {
        settle(() => reject(failureOf(message, log)));
      }
    };
    const onExit = (code: number | null, killedBy: string | null) => {
      const how = killedBy ?? `exit status ${code}`;
      log("debug", `worker ended with ${how} during job ${id}`);
      settle(() => reject(deathOf(how, lost, signal.aborted || killedBy === "SIGINT")));
    };
    const onError = (error: Error) => {
      settle(() => reject(new EditError("worker-died", `Expected a worker process, got ${error.message}.`)));
    };
    const settle = (answer: () => void) => {
      clearInterval(watch);
      signal.removeEventListener("abort", onAbort);
      child.off("message", onMessage).off("exit", onExit).off("error", onError);
      child.unref();
      answer();
    };

    child.ref();
    child.on("message", onMessage).on("exit", onExit).on("error", onError);
    signal.addEventListener("abort", onAbort);
    send(child, order);
  });
}

/** A message to a process that has just ended is lost; its `exit` is what is answered to. */
function send(child: ChildProcess, message: ToWorker): void {
  if (child.connected) child.send(message, () => {});
}

function failureOf(failure: FromWorker & { kind: "failure" }, log: WorkerLog): EditError {
  if (failure.code !== "internal") {
    log("debug", failure.detail);
    return new EditError(failure.code, failure.message, { cause: failure.detail });
  }
  const reference = randomUUID().slice(0, 8);
  log("error", `reference ${reference}: ${failure.detail}`);
  return new EditError(
    "internal",
    `Expected the edit to finish, got an unforeseen failure; the log names it as ${reference}.`,
    { cause: failure.detail },
  );
}

function deathOf(how: string, lost: "hung" | "deaf" | null, cancelled: boolean): EditError {
  if (cancelled)
    return new EditError("cancelled", "Expected the work to finish, got a request to cancel it.");
  return lost
    ? new EditError(
        "worker-hung",
        "Expected the worker to make progress, got none for too long; it was ended.",
      )
    : new EditError(
        "worker-died",
        `Expected the worker to answer, got its end (${how}${how === "SIGKILL" ? ", which may mean too little memory" : ""}).`,
      );
}
