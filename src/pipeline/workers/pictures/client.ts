import type { ChildProcess } from "node:child_process";
import { setMaxListeners } from "node:events";
import { EditError } from "../../../errors.ts";
import { endProcess, type ProcessOptions, startProcess } from "../child.ts";
import type { FitOrder, Fitted } from "./fit.ts";
import {
  type FromPictureWorker,
  type Inspected,
  isFromPictureWorker,
  type PictureOrder,
  type ToPictureWorker,
} from "./protocol.ts";

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
  readonly id: number;
  readonly order: PictureOrder;
  readonly resolve: (answer: FromPictureWorker) => void;
  readonly reject: (error: EditError) => void;
  readonly onAbort: () => void;
  /** Somebody's order ended the process: this one is tried again with nothing beside it. */
  mustBeAlone: boolean;
  deadline: NodeJS.Timeout | undefined;
}

export function createPictureWorker(options: PictureWorkerOptions): PictureWorker {
  const { parallel = 2, deadlineMilliseconds = 60_000, idleMilliseconds = 60_000, log } = options;
  const waiting: Entry[] = [];
  const working = new Map<number, Entry>();
  let child: ChildProcess | null = null;
  let lastId = 0;
  let isClosed = false;
  let idle: NodeJS.Timeout | undefined;

  function start(): ChildProcess {
    const started = startProcess("pictures/entry.js", [], { environment: environmentOf(options), log });
    started.on("message", (message: unknown) => {
      if (child === started && isFromPictureWorker(message)) settle(message);
    });
    started.once("exit", (code, killedBy) => lose(started, killedBy ?? `exit status ${code}`));
    started.once("error", (error) => lose(started, error.message));
    return started;
  }

  function submit(order: PictureOrder, { signal }: Call): Promise<FromPictureWorker> {
    return new Promise((resolve, reject) => {
      if (signal.aborted || isClosed) return reject(cancelled());
      const entry: Entry = {
        id: ++lastId,
        order,
        signal,
        resolve,
        reject,
        onAbort: () => cancel(entry),
        mustBeAlone: false,
        deadline: undefined,
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
    if (working.size + waiting.length === 0) idle = setTimeout(retire, idleMilliseconds).unref();
    for (let next = waiting[0]; next; next = waiting[0]) {
      const isSomeoneAlone = next.mustBeAlone || [...working.values()].some((entry) => entry.mustBeAlone);
      if (working.size >= (isSomeoneAlone ? 1 : parallel)) return;
      waiting.shift();
      working.set(next.id, next);
      const entry = next;
      next.deadline = setTimeout(() => giveUpOn(entry), deadlineMilliseconds);
      child ??= start();
      send(child, { kind: "order", id: next.id, order: next.order });
    }
  }

  function settle(message: FromPictureWorker): void {
    const entry = working.get(message.id);
    if (!entry) return;
    takeOut(entry);
    entry.signal.removeEventListener("abort", entry.onAbort);
    if (message.kind === "failure") {
      log(message.code === "internal" ? "error" : "debug", message.detail);
      entry.reject(new EditError(message.code, message.message, { cause: message.detail }));
    } else entry.resolve(message);
    serve();
  }

  /** The next order starts another process, so none can meet one that is leaving. */
  function retire(): void {
    if (child) send(child, { kind: "shutdown" });
    child = null;
  }

  /** Whoever asked hears at once; the one at work is free when the process answers. */
  function cancel(entry: Entry): void {
    entry.reject(cancelled());
    const index = waiting.indexOf(entry);
    if (index >= 0) waiting.splice(index, 1);
    else if (child && working.has(entry.id)) send(child, { kind: "cancel", id: entry.id });
  }

  function giveUpOn(entry: Entry): void {
    takeOut(entry);
    entry.reject(
      new EditError(
        "worker-hung",
        "Expected the picture to be read in time, got no answer; it was given up.",
      ),
    );
    const hung = child;
    hung?.kill("SIGKILL");
    if (hung) lose(hung, "SIGKILL", { isGuiltyKnown: true });
  }

  /** A process is gone. Where one order alone was at work on it, that one is to blame unless another is known to be. */
  function lose(lost: ChildProcess, how: string, { isGuiltyKnown } = { isGuiltyKnown: false }): void {
    if (child !== lost) return;
    child = null;
    const orphans = [...working.values()].filter((entry) => !entry.signal.aborted);
    const isGuilty = !isGuiltyKnown && working.size === 1;
    for (const entry of working.values()) {
      takeOut(entry);
      if (isGuilty) entry.reject(died(how));
      else entry.mustBeAlone = true;
    }
    if (!isGuilty) waiting.unshift(...orphans);
    if (!isClosed) serve();
  }

  function takeOut(entry: Entry): void {
    clearTimeout(entry.deadline);
    working.delete(entry.id);
  }

  async function submitFit(order: FitOrder, call: Call): Promise<Fitted> {
    const answer = await submit({ kind: "fit", ...order }, call);
    if (answer.kind === "fitted") return answer.fitted;
    throw new EditError("internal", `Expected a fitted picture, got ${answer.kind}.`);
  }

  return {
    get pid() {
      return child?.pid;
    },
    async inspect(file, call) {
      const answer = await submit({ kind: "inspect", file }, call);
      if (answer.kind === "inspected") return answer.inspected;
      throw new EditError("internal", `Expected an inspected picture, got ${answer.kind}.`);
    },
    fit: submitFit,
    preview: (order, call) => submitFit({ maxSide: 2048, maxBytes: 1_000_000, ...order }, call),
    async [Symbol.asyncDispose]() {
      isClosed = true;
      clearTimeout(idle);
      for (const entry of [...waiting.splice(0), ...working.values()]) entry.reject(cancelled());
      const last = child;
      const isBusy = working.size > 0;
      for (const entry of working.values()) takeOut(entry);
      if (last) await endProcess(last, isBusy, () => send(last, { kind: "shutdown" }));
    },
  };
}

/** glibc would keep a heap of its own for each thread that libvips decodes with. */
function environmentOf({ environment }: PictureWorkerOptions): Readonly<Record<string, string>> {
  return { MALLOC_ARENA_MAX: "2", ...environment };
}

/** A message to a process that has just ended is lost; its `exit` is what is answered to. */
function send(child: ChildProcess, message: ToPictureWorker): void {
  if (child.connected) child.send(message, () => {});
}

function cancelled(): EditError {
  return new EditError("cancelled", "Expected the picture to be read, got a request to cancel it.");
}

function died(how: string): EditError {
  const why = how === "SIGKILL" ? ", which may mean too little memory" : "";
  return new EditError(
    "worker-died",
    `Expected the picture to be read, got the reader's end (${how}${why}).`,
  );
}
