import { setMaxListeners } from "node:events";
import { z } from "zod";
import { EditError } from "../../../errors.ts";
import type { CheckedMarks, MarkSettings } from "../../../types.ts";
import { createChild, type ProcessOptions } from "../child.ts";
import { usageOf } from "../usage.ts";
import type { Copied, CopyOrder } from "./copy.ts";
import { createFairQueue } from "./fair-queue.ts";
import type { FitOrder, Fitted } from "./fit.ts";
import { type Inspected, type PictureAnswer, type PictureOrder, pictureAnswerSchema } from "./protocol.ts";
import type { SheetOrder } from "./sheet.ts";

export type { FitOrder, Fitted } from "./fit.ts";
export type { Inspected } from "./protocol.ts";

export interface PictureWorkerOptions extends ProcessOptions {
  /** What copies of results are marked with. Default: with nothing but XMP. */
  readonly marks?: MarkSettings;
  /** What one order may take of the machine. Default `standardBudget`. */
  readonly budget?: PictureBudget;
  /** An order that takes longer counts as hung. Default 60 s; a 50 megapixel picture takes a few. */
  readonly deadlineMilliseconds?: number;
  /** The process ends when nothing was ordered for so long, and gives back what large pictures took. Default 60 s. */
  readonly idleMilliseconds?: number;
}

/** Looked at while an order is at work, where the system tells (Linux); elsewhere the deadline alone holds. */
export interface PictureBudget {
  /** Time of processors. */
  readonly cpuMilliseconds: number;
  /** Resident memory of the process, in MB of 2^20 bytes. */
  readonly megabytes: number;
}

/**
 * The heaviest of the pictures in docs/performance.md takes 4 seconds of a processor and 680 MB; noise and slow machines take
 * several times as long, and a file of 200 MB adds some to the 130 MB that were measured.
 */
export const standardBudget: PictureBudget = { cpuMilliseconds: 30_000, megabytes: 1000 };

/** Between two looks at what an order has taken. */
const lookMilliseconds = 100;
/** A process that holds more than this after an order is replaced, so that no order pays for those before it. */
const heldMegabytes = 400;

interface Call {
  readonly signal: AbortSignal;
  /** Who waits for it: people take turns. Default: all that name nobody are one. */
  readonly person?: string;
}

/**
 * One process that decodes and encodes pictures for this one, started at the first order and started anew after it
 * died. It has one order at a time, so two peaks never add up, and what it takes and dies of is that order's alone. Copies
 * for posting come before pictures that are new, and within these people take turns. Every method rejects with EditError
 * `picture-too-costly` where the order overran its budget, `worker-died`, `worker-hung`, `cancelled` besides its own codes.
 */
export interface PictureWorker extends AsyncDisposable {
  /** Of the process that runs now. */
  readonly pid: number | undefined;
  /** Decodes a picture whole, and so says whether it can be edited. @throws EditError `picture-*` */
  inspect(file: string, call: Call): Promise<Inspected>;
  /** A result within a limit of bytes and pixels a side; see `fitPicture`. */
  fit(order: FitOrder, call: Call): Promise<Fitted>;
  /** A copy of a picture that a member sent, for them to see; see `copyPicture`. */
  copy(order: CopyOrder, call: Call): Promise<Copied>;
  /** A picture above two others side by side; see `makeSheet`. */
  sheet(order: SheetOrder, call: Call): Promise<void>;
  /** What a picture carries that says how it came about; see `checkMarks`. @throws EditError `picture-*` */
  checkMarks(order: { readonly file: string; readonly key: string }, call: Call): Promise<CheckedMarks>;
  /** `fit` for galleries and overlays: at most 2048 pixels a side and 1 MB, unless said otherwise. */
  preview(order: Pick<FitOrder, "file" | "out"> & Partial<FitOrder>, call: Call): Promise<Fitted>;
}

/** An order in line or at work. */
interface Entry extends Required<Call> {
  readonly order: PictureOrder;
  readonly resolve: (answer: PictureAnswer) => void;
  readonly reject: (error: unknown) => void;
}

export function createPictureWorker(options: PictureWorkerOptions): PictureWorker {
  const { budget = standardBudget, deadlineMilliseconds = 60_000, idleMilliseconds = 60_000 } = options;
  const { marks = { signing: null, watermark: null } } = options;
  const waiting = createFairQueue<Entry>(({ order }) => order.kind === "fit");
  let atWork: Entry | null = null;
  let isClosed = false;
  /** An interrupt met the process before it listened: the order is not to blame. */
  let isInterrupted = false;
  let idle: NodeJS.Timeout | undefined;
  const child = createChild<PictureOrder, never, PictureAnswer>({
    ...options,
    // glibc would keep a heap of its own for each thread that libvips decodes with.
    environment: { MALLOC_ARENA_MAX: "2", ...options.environment },
    file: "pictures/entry.js",
    event: z.never(),
    answer: pictureAnswerSchema,
    expected: { result: "the picture to be read", answer: "the picture to be read, got the reader's end" },
    onDeath({ killedBy }) {
      isInterrupted = killedBy === "SIGINT";
    },
  });

  async function submit(order: PictureOrder, { signal, person = "" }: Call): Promise<PictureAnswer> {
    if (signal.aborted || isClosed) throw cancelled();
    let entry: Entry | undefined;
    // Whoever asked hears at once; the place is free when the process answers.
    const cancel = () => {
      if (entry) waiting.remove(entry);
      entry?.reject(cancelled());
    };
    // One signal may stand behind a long line of orders; each takes its listener away again.
    setMaxListeners(0, signal);
    signal.addEventListener("abort", cancel, { once: true });
    try {
      return await new Promise<PictureAnswer>((resolve, reject) => {
        entry = { order, signal, person, resolve, reject };
        waiting.add(entry, person);
        void serve();
      });
    } finally {
      signal.removeEventListener("abort", cancel);
    }
  }

  async function serve(): Promise<void> {
    if (atWork) return;
    clearTimeout(idle);
    for (let next = waiting.next(); next && !isClosed; next = waiting.next()) {
      atWork = next;
      await workOn(next);
    }
    atWork = null;
    if (!isClosed) idle = setTimeout(child.retire, idleMilliseconds).unref();
  }

  async function workOn({ order, signal, resolve, reject }: Entry): Promise<void> {
    const stopWatching = watch(reject);
    try {
      do {
        isInterrupted = false;
        await child.call(order, { signal }).then(resolve, (error) => isInterrupted || reject(error));
      } while (isInterrupted && !signal.aborted && !isClosed);
    } finally {
      stopWatching();
    }
    const { pid } = child;
    if (pid !== undefined && (usageOf(pid)?.megabytes ?? 0) > heldMegabytes) child.retire();
  }

  /** Ends the process where its order takes too much, or too long. */
  function watch(reject: Entry["reject"]): () => void {
    const before = child.pid === undefined ? undefined : usageOf(child.pid);
    const end = (error: EditError) => {
      reject(error);
      child.kill();
    };
    const look = setInterval(() => {
      const usage = child.pid === undefined ? null : usageOf(child.pid);
      if (!usage) return;
      const cpuMilliseconds = usage.cpuMilliseconds - (before?.cpuMilliseconds ?? 0);
      if (cpuMilliseconds > budget.cpuMilliseconds)
        end(tooCostly(`${budget.cpuMilliseconds / 1000} s of processor time`));
      else if (usage.peakMegabytes > budget.megabytes) end(tooCostly(`${budget.megabytes} MB of memory`));
    }, lookMilliseconds);
    const deadline = setTimeout(() => end(hung()), deadlineMilliseconds);
    return () => {
      clearInterval(look);
      clearTimeout(deadline);
    };
  }

  async function submitFit(order: FitOrder, call: Call): Promise<Fitted> {
    const answer = await submit({ kind: "fit", marks, ...order }, call);
    if (answer.kind === "fit") return answer.fitted;
    throw new EditError("internal", `Expected a fitted picture, got ${answer.kind}.`);
  }

  return {
    get pid() {
      return child.pid;
    },
    async inspect(file, call) {
      const answer = await submit({ kind: "inspect", file }, call);
      if (answer.kind === "inspect") return answer.inspected;
      throw new EditError("internal", `Expected an inspected picture, got ${answer.kind}.`);
    },
    fit: submitFit,
    async copy(order, call) {
      const answer = await submit({ kind: "copy", ...order }, call);
      if (answer.kind === "copy") return answer.copied;
      throw new EditError("internal", `Expected a copied picture, got ${answer.kind}.`);
    },
    async sheet(order, call) {
      const answer = await submit({ kind: "sheet", ...order }, call);
      if (answer.kind !== "sheet") throw new EditError("internal", `Expected a sheet, got ${answer.kind}.`);
    },
    async checkMarks({ file, key }, call) {
      const answer = await submit({ kind: "marks", file, key }, call);
      if (answer.kind === "marks") return answer.marks;
      throw new EditError("internal", `Expected the marks of a picture, got ${answer.kind}.`);
    },
    preview: (order, call) => submitFit({ maxSide: 2048, maxBytes: 1_000_000, ...order }, call),
    async [Symbol.asyncDispose]() {
      isClosed = true;
      clearTimeout(idle);
      atWork?.reject(cancelled());
      for (let next = waiting.next(); next; next = waiting.next()) next.reject(cancelled());
      await child[Symbol.asyncDispose]();
    },
  };
}

function cancelled(): EditError {
  return new EditError("cancelled", "Expected the picture to be read, got a request to cancel it.");
}

function hung(): EditError {
  return new EditError(
    "worker-hung",
    "Expected the picture to be read in time, got no answer; it was given up.",
  );
}

function tooCostly(limit: string): EditError {
  return new EditError(
    "picture-too-costly",
    `Expected a picture that is read within ${limit}, got one that takes more.`,
  );
}
