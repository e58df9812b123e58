import { setMaxListeners } from "node:events";
import { z } from "zod";
import { EditError } from "../../../errors.ts";
import { createChild, type ProcessOptions } from "../child.ts";
import type { FitOrder, Fitted } from "./fit.ts";
import { type Inspected, type PictureAnswer, type PictureOrder, pictureAnswerSchema } from "./protocol.ts";

export type { FitOrder, Fitted } from "./fit.ts";
export type { Inspected } from "./protocol.ts";

export interface PictureWorkerOptions extends ProcessOptions {
  /** Orders that are worked on at a time; more wait in line. Default 2. */
  readonly parallel?: number;
  /** An order that takes longer counts as hung. Default 60 s; a 50 megapixel picture takes a few. */
  readonly deadlineMilliseconds?: number;
  /** The process ends when nothing was ordered for so long, and gives back what large pictures took. Default 60 s. */
  readonly idleMilliseconds?: number;
}

interface Call {
  readonly signal: AbortSignal;
}

/**
 * One process that decodes and encodes pictures for this one, started at the first order and started anew after it
 * died. An order that was being worked on when it died is tried once more, alone, unless it was alone before; so one bad
 * picture fails nobody else's. Every method rejects with EditError `worker-died`, `worker-hung`, `cancelled` besides its
 * own codes.
 */
export interface PictureWorker extends AsyncDisposable {
  /** Of the process that runs now. */
  readonly pid: number | undefined;
  /** Decodes a picture whole, and so says whether it can be edited. @throws EditError `picture-*` */
  inspect(file: string, call: Call): Promise<Inspected>;
  /** A result within a limit of bytes and pixels a side; see `fitPicture`. */
  fit(order: FitOrder, call: Call): Promise<Fitted>;
  /** `fit` for galleries and overlays: at most 2048 pixels a side and 1 MB, unless said otherwise. */
  preview(order: Pick<FitOrder, "file" | "out"> & Partial<FitOrder>, call: Call): Promise<Fitted>;
}

/** An order in line or at work. */
interface Entry extends Call {
  readonly order: PictureOrder;
  readonly resolve: (answer: PictureAnswer) => void;
  readonly reject: (error: unknown) => void;
  readonly onAbort: () => void;
  /** The process died while it worked on this order and others: it is tried again with nothing beside it. */
  mustBeAlone: boolean;
  /** It goes back into line: the process died, and this order is not to blame. */
  isInnocent: boolean;
  hasHung: boolean;
}

export function createPictureWorker(options: PictureWorkerOptions): PictureWorker {
  const { parallel = 2, deadlineMilliseconds = 60_000, idleMilliseconds = 60_000 } = options;
  const waiting: Entry[] = [];
  const working = new Set<Entry>();
  let isClosed = false;
  let idle: NodeJS.Timeout | undefined;
  const child = createChild<PictureOrder, never, PictureAnswer>({
    ...options,
    // glibc would keep a heap of its own for each thread that libvips decodes with.
    environment: { MALLOC_ARENA_MAX: "2", ...options.environment },
    file: "pictures/entry.js",
    event: z.never(),
    answer: pictureAnswerSchema,
    expected: { result: "the picture to be read", answer: "the picture to be read, got the reader's end" },
    onDeath: ({ killedBy }) => assignBlame(killedBy),
  });

  function submit(order: PictureOrder, { signal }: Call): Promise<PictureAnswer> {
    return new Promise((resolve, reject) => {
      if (signal.aborted || isClosed) return reject(cancelled());
      const entry: Entry = {
        ...{ order, signal, resolve, reject },
        onAbort: () => cancel(entry),
        ...{ mustBeAlone: false, isInnocent: false, hasHung: false },
      };
      waiting.push(entry);
      // One signal may stand behind a long line of orders; each takes its listener away again.
      setMaxListeners(0, signal);
      signal.addEventListener("abort", entry.onAbort, { once: true });
      serve();
    });
  }

  function serve(): void {
    clearTimeout(idle);
    if (working.size + waiting.length === 0) idle = setTimeout(child.retire, idleMilliseconds).unref();
    for (let next = waiting[0]; next; next = waiting[0]) {
      const isSomeoneAlone = next.mustBeAlone || [...working].some((entry) => entry.mustBeAlone);
      if (working.size >= (isSomeoneAlone ? 1 : parallel)) return;
      waiting.shift();
      void workOn(next);
    }
  }

  async function workOn(entry: Entry): Promise<void> {
    working.add(entry);
    entry.isInnocent = false;
    const deadline = setTimeout(() => giveUpOn(entry), deadlineMilliseconds);
    try {
      entry.resolve(await child.call(entry.order, { signal: entry.signal }));
    } catch (error) {
      if (entry.isInnocent && !entry.signal.aborted && !isClosed) waiting.unshift(entry);
      else entry.reject(error);
    } finally {
      clearTimeout(deadline);
      working.delete(entry);
      if (!waiting.includes(entry)) entry.signal.removeEventListener("abort", entry.onAbort);
      if (!isClosed) serve();
    }
  }

  /** The process is gone. Where one order alone was at work on it, that one is to blame unless the cause is known. */
  function assignBlame(killedBy: string | null): void {
    const isCauseKnown = killedBy === "SIGINT" || [...working].some(({ hasHung }) => hasHung);
    if (working.size === 1 && !isCauseKnown) return;
    for (const entry of working) {
      entry.isInnocent = !entry.hasHung;
      entry.mustBeAlone = true;
    }
  }

  function giveUpOn(entry: Entry): void {
    entry.hasHung = true;
    entry.reject(
      new EditError(
        "worker-hung",
        "Expected the picture to be read in time, got no answer; it was given up.",
      ),
    );
    child.kill();
  }

  /** Whoever asked hears at once; the one at work is free when the process answers. */
  function cancel(entry: Entry): void {
    entry.reject(cancelled());
    const index = waiting.indexOf(entry);
    if (index >= 0) waiting.splice(index, 1);
  }

  async function submitFit(order: FitOrder, call: Call): Promise<Fitted> {
    const answer = await submit({ kind: "fit", ...order }, call);
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
    preview: (order, call) => submitFit({ maxSide: 2048, maxBytes: 1_000_000, ...order }, call),
    async [Symbol.asyncDispose]() {
      isClosed = true;
      clearTimeout(idle);
      for (const entry of [...waiting.splice(0), ...working]) entry.reject(cancelled());
      await child[Symbol.asyncDispose]();
    },
  };
}

function cancelled(): EditError {
  return new EditError("cancelled", "Expected the picture to be read, got a request to cancel it.");
}
