import type { ChildProcess } from "node:child_process";
import { setMaxListeners } from "node:events";
import { z } from "zod";
import { type EditError, errorCodes, throwIfCancelled } from "../../errors.ts";
import { deathOf, type Expected, failureOf, type ProcessEnd } from "./child-failures.ts";
import type { ToChild } from "./frames.ts";
import { endProcess, type ProcessOptions, startProcess } from "./process.ts";

export type { ProcessOptions, WorkerLog } from "./process.ts";

export interface ChildOptions<Event, Answer> extends ProcessOptions {
  /** A compiled file of this folder that calls `serveParent`, such as `edits/entry.js`. */
  readonly file: string;
  /** What the process is started with, beside the messages. Default none. */
  readonly arguments?: readonly string[];
  /** What it may tell while it works. */
  readonly event: z.ZodType<Event>;
  /** What it may answer. */
  readonly answer: z.ZodType<Answer>;
  readonly expected: Expected;
  /** Called when the process ended with orders open, before these fail. */
  readonly onDeath?: (end: ProcessEnd) => void;
}

export interface CallOptions<Event> {
  /** Tells the child to stop; the call ends when the child has answered, or is gone. */
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: Event) => void;
}

/** A child process that carries out orders: started at the first, and started anew after it ended. */
export interface Child<Order, Event, Answer> extends AsyncDisposable {
  /** Of the process that runs now. */
  readonly pid: number | undefined;
  /**
   * Sends an order, and waits until the process has answered it or ended.
   * @throws EditError the child's own codes; `worker-died` where the process ended, `cancelled` where that was asked for (by
   *   the signal, or an interrupt that met the process before it listened); `internal` with a reference into the log
   */
  call(order: Order, options?: CallOptions<Event>): Promise<Answer>;
  /** Lets a process without orders end; the next order starts another, so that none meets one that is leaving. */
  retire(): void;
  /** Ends the process now, in the middle of whatever it does. */
  kill(): void;
}

/**
 * Starts a child process for one order, and ends it with the answer. An abort ends it at once, whatever it does.
 * @throws EditError as `Child.call`; the signal's reason where it was aborted
 */
export async function callChild<Order, Event, Answer>(
  options: ChildOptions<Event, Answer>,
  order: Order,
  { signal, onEvent }: CallOptions<Event> = {},
): Promise<Answer> {
  await using child = createChild<Order, Event, Answer>(options);
  const kill = () => child.kill();
  signal?.addEventListener("abort", kill);
  try {
    return await child.call(order, { ...(signal && { signal }), ...(onEvent && { onEvent }) });
  } finally {
    signal?.removeEventListener("abort", kill);
    signal?.throwIfAborted();
  }
}

/** An order that the process has not answered yet. */
interface Call<Order, Event, Answer> {
  readonly id: number;
  readonly order: Order;
  readonly signal: AbortSignal | undefined;
  readonly onAbort: () => void;
  readonly onEvent: (event: Event) => void;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: EditError) => void;
  /** The one that it was sent to last. */
  process: ChildProcess | null;
}

/** Starts no process yet: the first order does. */
export function createChild<Order, Event, Answer>(
  options: ChildOptions<Event, Answer>,
): Child<Order, Event, Answer> {
  const { expected, log } = options;
  const calls = new Map<number, Call<Order, Event, Answer>>();
  let running: ChildProcess | null = null;
  let lastId = 0;

  function start(): ChildProcess {
    const child = startProcess(options.file, options.arguments ?? [], options);
    child.on("message", (message: unknown) => receive(child, message));
    child.once("exit", (status, killedBy) =>
      lose(child, { killedBy, how: killedBy ?? `exit status ${status}` }),
    );
    child.once("error", ({ message }) => lose(child, { killedBy: null, how: message }));
    return child;
  }

  function receive(child: ChildProcess, message: unknown): void {
    const frame = frameSchema.safeParse(message);
    // Whatever else is on the channel is not ours.
    if (!frame.success) return;
    const call = calls.get(frame.data.id);
    if (!call) return;
    try {
      handle(call, frame.data);
    } catch (error) {
      if (!(error instanceof z.ZodError)) throw error;
      log("error", `a child process broke its protocol: ${z.prettifyError(error)}`);
      child.kill("SIGKILL");
    }
  }

  function handle(call: Call<Order, Event, Answer>, message: z.infer<typeof frameSchema>): void {
    if (message.kind === "event") call.onEvent(options.event.parse(message.event));
    else if (message.kind === "answer") {
      const answer = options.answer.parse(message.answer);
      close(call);
      call.resolve(answer);
    } else {
      close(call);
      call.reject(failureOf(message, options));
      if (message.isLast) replace(call.process);
    }
  }

  /** A process that is about to end has begun none of the orders that are still open: another gets them. */
  function replace(leaving: ChildProcess | null): void {
    if (running === leaving) running = null;
    for (const call of openAt(leaving)) submit(call);
  }

  function lose(lost: ChildProcess, end: ProcessEnd): void {
    if (running === lost) running = null;
    const orphans = openAt(lost);
    if (orphans.length === 0) return;
    log("debug", `worker ended with ${end.how} while it worked`);
    options.onDeath?.(end);
    for (const call of orphans) {
      close(call);
      call.reject(deathOf(end, call.signal?.aborted === true, expected));
    }
  }

  function submit(call: Call<Order, Event, Answer>): void {
    running ??= start();
    call.process = running;
    send(running, { kind: "order", id: call.id, order: call.order });
  }

  function close(call: Call<Order, Event, Answer>): void {
    calls.delete(call.id);
    call.signal?.removeEventListener("abort", call.onAbort);
  }

  function openAt(child: ChildProcess | null): Call<Order, Event, Answer>[] {
    return [...calls.values()].filter((call) => call.process === child);
  }

  return {
    get pid() {
      return running?.pid;
    },
    async call(order, { signal, onEvent = () => {} } = {}) {
      throwIfCancelled(signal);
      return await new Promise<Answer>((resolve, reject) => {
        const id = ++lastId;
        const onAbort = () => call.process && send(call.process, { kind: "cancel", id });
        const call: Call<Order, Event, Answer> = {
          ...{ id, order, signal, onAbort, onEvent, resolve, reject },
          process: null,
        };
        calls.set(id, call);
        // One signal may stand behind many orders; each takes its listener away again.
        if (signal) setMaxListeners(0, signal);
        signal?.addEventListener("abort", onAbort);
        submit(call);
      });
    },
    retire() {
      if (running) send(running, { kind: "shutdown" });
      running = null;
    },
    kill() {
      running?.kill("SIGKILL");
    },
    async [Symbol.asyncDispose]() {
      const last = running;
      if (last) await endProcess(last, calls.size > 0, () => send(last, { kind: "shutdown" }));
    },
  };
}

/** A message to a process that has just ended is lost; its `exit` is what is answered to. */
function send<Order>(child: ChildProcess, message: ToChild<Order>): void {
  if (child.connected) child.send(message, () => {});
}

const id = z.int();
const frameSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("event"), id, event: z.unknown() }),
  z.object({ kind: z.literal("answer"), id, answer: z.unknown() }),
  z.object({
    kind: z.literal("failure"),
    id,
    code: z.enum(errorCodes),
    message: z.string(),
    setting: z.string().nullable(),
    detail: z.string(),
    isLast: z.boolean(),
  }),
]);
