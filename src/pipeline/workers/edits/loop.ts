import { rm } from "node:fs/promises";
import { inspect } from "node:util";
import { EditError } from "../../../errors.ts";
import type { Pack } from "../../../packs/pack.ts";
import type { EditResult, Job, Progress, RemoteServer } from "../../../types.ts";
import type { FromWorker, ToWorker } from "./protocol.ts";

/** Does one job and reports on it. `longestRunMilliseconds` is the longest run of a network so far. */
export type Perform = (
  job: Job,
  pack: Pack,
  context: {
    readonly server: RemoteServer | null;
    readonly signal: AbortSignal;
    readonly onProgress: (progress: Progress, longestRunMilliseconds: number) => void;
  },
) => Promise<{ readonly result: EditResult; readonly runMilliseconds: number }>;

/**
 * The child's side of `worker-messages.ts`: takes one job at a time from the parent, answers it with a result or a coded
 * failure, says once a second that it is alive, and leaves with the parent.
 */
export function serveJobs(perform: Perform): void {
  let current: { readonly job: Job; readonly controller: AbortController } | null = null;

  async function answer({ job, pack, server }: ToWorker & { kind: "job" }): Promise<void> {
    const controller = new AbortController();
    const alive = setInterval(() => send({ kind: "alive" }), 1000);
    const start = performance.now();
    current = { job, controller };
    try {
      const { result, runMilliseconds } = await perform(job, pack, {
        server,
        signal: controller.signal,
        onProgress: (progress, longestRunMilliseconds) =>
          send({ kind: "progress", id: job.id, progress, longestRunMilliseconds }),
      });
      const totalMilliseconds = performance.now() - start;
      const stats = { totalMilliseconds, runMilliseconds, peakRssMegabytes: peakRssMegabytes() };
      send({ kind: "result", id: job.id, result, stats });
    } catch (error) {
      sendFailure(job.id, error);
    } finally {
      clearInterval(alive);
      current = null;
    }
  }

  /** The parent is gone or done: nobody will take a result, so the job's folder goes too. */
  async function leave(): Promise<void> {
    const unfinished = current;
    unfinished?.controller.abort();
    if (unfinished)
      await rm(unfinished.job.folder, { recursive: true, force: true, maxRetries: 3 }).catch(() => {});
    process.exit(0);
  }

  function fail(error: unknown): void {
    if (current) sendFailure(current.job.id, error, () => process.exit(1));
    else process.exit(1);
  }

  // An interrupt at a terminal reaches every process of it; what it means for the job is the parent's to say.
  process.on("SIGINT", () => {});
  process.on("message", (message: ToWorker) => {
    if (message.kind === "job") void answer(message);
    else if (message.kind === "cancel" && current?.job.id === message.id) current.controller.abort();
    else if (message.kind === "shutdown") void leave();
  });
  process.on("disconnect", () => void leave());
  process.on("uncaughtException", fail);
  process.on("unhandledRejection", fail);
}

function sendFailure(id: string, error: unknown, sent?: () => void): void {
  const detail = inspect(error, { depth: 4 });
  const { code, message } = error instanceof EditError ? error : unforeseen(error);
  send({ kind: "failure", id, code, message, detail }, sent);
}

function unforeseen(error: unknown): EditError {
  return error instanceof RangeError && /allocation failed|invalid array length/i.test(error.message)
    ? new EditError("out-of-memory", "Expected enough memory for this picture, got too little of it.")
    : new EditError("internal", "Expected the edit to finish, got an unforeseen failure.");
}

function send(message: FromWorker, sent: () => void = () => {}): void {
  if (process.connected) process.send?.(message, undefined, undefined, sent);
  else sent();
}

/** `maxRSS` is in kilobytes. */
function peakRssMegabytes(): number {
  return process.resourceUsage().maxRSS / 1024;
}
