import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { EditError, throwIfCancelled } from "../../errors.ts";
import type { FileStore } from "../../files/file-store.ts";
import type { EditResult, Progress } from "../../types.ts";
import type { QueueLog } from "../queue-log.ts";
import { GivenBack } from "../run-end.ts";
import type { LaneQueue } from "./lane-queue.ts";
import { type Answer, answerSchema, type JobMessage, runFilePattern, type ToBot } from "./protocol.ts";
import { fetchResult, filesOf, sourceFile } from "./run-files.ts";
import { withShownPictures } from "./shown-pictures.ts";

/** What a bot knows of a run's lane. */
export interface LaneView {
  /** Redis is there, and it is known which hosts are. */
  readonly isKnown: boolean;
  /** Its host is there. */
  readonly isThere: boolean;
  /** It takes runs. */
  readonly isOpen: boolean;
  /** The run that has its device. */
  readonly run: string | null;
}

export interface RemoteRunParts {
  readonly message: JobMessage;
  /** The picture on this machine. */
  readonly source: string;
  /** Takes what is painted. */
  readonly folder: string;
  readonly queue: LaneQueue;
  readonly files: FileStore;
  readonly lane: () => LaneView;
  /** Tells the host to stop the run, now and for as long as it takes. */
  readonly cancelAtHost: () => Promise<void>;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
  readonly lookMilliseconds: number;
  readonly log: QueueLog;
}

/** One run of a job on another host, watched by its bot. */
export interface RemoteRun {
  readonly run: string;
  /** The host has begun with it. */
  readonly hasBegun: boolean;
  /**
   * @throws EditError those of the host; `worker-died` where it gave no sign of life; `cancelled`
   * @throws GivenBack where nothing was done of it
   */
  readonly result: Promise<EditResult>;
  /** The host told something. */
  hear(message: ToBot): void;
  /** Something changed: it is looked at soon. */
  look(): void;
}

/**
 * Puts a job into its lane's queue, unless it is there already, and watches it to its end. What BullMQ has of it is looked at
 * now and then, so that no message has to arrive; messages make it quick.
 */
export function watchRemoteRun(parts: RemoteRunParts): RemoteRun {
  const { message, queue, files, signal, folder, log } = parts;
  const { run } = message;
  let hasBegun = false;
  let isOver = false;
  let looking: Promise<void> | null = null;
  let looksAgain = false;
  /** Of progress, in its order. */
  let hearing = Promise.resolve();
  let resolve: (result: EditResult) => void = () => {};
  let reject: (error: unknown) => void = () => {};
  const result = new Promise<EditResult>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  const timer = setInterval(() => look(), parts.lookMilliseconds);

  const end = (settle: () => void) => {
    if (isOver) return;
    isOver = true;
    clearInterval(timer);
    signal.removeEventListener("abort", onAbort);
    settle();
  };
  const fail = (error: unknown) => end(() => reject(error));
  const cancelled = () => new EditError("cancelled", "Expected the run to end, got a request to cancel it.");

  function onAbort(): void {
    // Where Redis is away nobody could be told: what is left of the run goes when it is back.
    if (!parts.lane().isKnown) fail(cancelled());
    else void parts.cancelAtHost().catch(() => {});
    look();
  }

  function look(): void {
    looksAgain = true;
    if (looking || isOver) return;
    looking = lookOn()
      .catch((error) => {
        if (error instanceof EditError) fail(error);
        else log("debug", "a run could not be looked at", { run, error });
      })
      .finally(() => {
        looking = null;
        if (looksAgain && !isOver) look();
      });
  }

  async function lookOn(): Promise<void> {
    looksAgain = false;
    const lane = parts.lane();
    if (!lane.isKnown) {
      if (signal.aborted) fail(cancelled());
      return;
    }
    const found = await queue.find(run);
    if (isOver) return;
    if (found?.state === "ended" && found.answer !== undefined) return await take(found.answer);
    const isAtWork = lane.isThere && lane.run === run;
    if (found?.state === "active") return;
    if (signal.aborted) return await withdraw(cancelled());
    if (found === null) return await refill(lane);
    if (found.state === "ended" || found.isStalled) return await lose(isAtWork);
    if (!lane.isOpen) await withdraw(new GivenBack(`Expected lane of run ${run} to take it, got its end.`));
  }

  /** New to Redis, or Redis forgot it. */
  async function refill(lane: LaneView): Promise<void> {
    if (!lane.isThere) return fail(new GivenBack(`Expected the host of run ${run}, got none.`));
    await files.put(run, sourceFile, parts.source, { signal });
    throwIfCancelled(signal);
    await queue.add(run, message);
  }

  /** BullMQ found nobody who holds it. Where its host works on it all the same, Redis was away: it gets it again. */
  async function lose(isAtWork: boolean): Promise<void> {
    if (!(await queue.remove(run))) return;
    if (isAtWork) return await queue.add(run, message);
    fail(new EditError("worker-died", "Expected the host to answer, got no sign of life from it."));
  }

  async function withdraw(error: unknown): Promise<void> {
    if (await queue.remove(run)) fail(error);
  }

  async function take(answered: unknown): Promise<void> {
    const answer = answerSchema.safeParse(answered);
    if (!answer.success)
      return fail(
        new EditError("fleet-protocol", "Expected an answer of this protocol, got another. Update the host."),
      );
    const told = answer.data;
    await hearing;
    if (told.kind !== "result") return fail(errorOf(told));
    const result = await fetchResult(files, run, { folder, signal });
    // What was shown meanwhile is no part of the result.
    const shown = [...fetched].filter((name) => !filesOf(result).includes(name));
    for (const name of shown) await rm(join(folder, name), { force: true });
    end(() => resolve(result));
  }

  async function tell({ progress, thumbnail }: ToBot["events"][number]): Promise<void> {
    if (isOver) return;
    const shown = await withPictures(progress, thumbnail).catch((error) => {
      log("debug", "progress of a run did not come whole", { run, error });
      return null;
    });
    if (shown && !isOver) parts.onProgress(shown);
  }

  const fetched = new Set<string>();
  async function fetch(name: string): Promise<void> {
    if (fetched.has(name)) return;
    await files.get(run, runFile(name), join(folder, name), { signal });
    fetched.add(name);
  }
  async function withPictures(told: Progress, thumbnail: string | undefined): Promise<Progress> {
    if (told.phase === "result") await fetch(told.file);
    const progress = await withShownPictures(told, fetch, (error) =>
      log("debug", "a picture of a run's progress did not come", { run, error }),
    );
    if (progress.phase !== "draft" || thumbnail === undefined) return progress;
    const path = join(folder, runFile(thumbnail));
    await files.get(run, thumbnail, path, { signal });
    const rgb = new Uint8Array(await readFile(path));
    await rm(path, { force: true });
    return { ...progress, thumbnail: { ...progress.thumbnail, rgb } };
  }

  signal.addEventListener("abort", onAbort);
  if (signal.aborted) onAbort();
  else look();
  return {
    run,
    get hasBegun() {
      return hasBegun;
    },
    result,
    hear({ events, hasEnded }) {
      hasBegun = true;
      for (const event of events) hearing = hearing.then(() => tell(event));
      if (hasEnded) look();
    },
    look,
  };
}

function errorOf(told: Exclude<Answer, { readonly kind: "result" }>): Error {
  if (told.kind === "given-back") return new GivenBack("Expected the host to go on, got its end.");
  const { code, message, setting } = told;
  return new EditError(code, message, setting === null ? {} : { setting });
}

/** A name that leads nowhere but into the run's folder. @throws RangeError of any other */
function runFile(name: string): string {
  if (runFilePattern.test(name)) return name;
  throw new RangeError(`Expected the name of a run's file, got ${JSON.stringify(name)}.`);
}
