import { inspect } from "node:util";
import { EditError } from "../../errors.ts";
import type { FromChild, ToChild } from "./frames.ts";

/** What an order is carried out with. */
export interface OrderContext<Event> {
  /** Aborts when the parent cancels this order, and when the parent is gone. */
  readonly signal: AbortSignal;
  /** Sends an event of this order. */
  tell(event: Event): void;
}

export interface ServeOptions<Order> {
  /** Clears up after orders whose answer nobody will take: the parent is gone or done. */
  readonly onLeave?: (unfinished: readonly Order[]) => Promise<void>;
}

interface OpenOrder<Order> {
  readonly order: Order;
  readonly controller: AbortController;
}

/**
 * The child's side of `child.ts`: carries out the parent's orders, answers each with what `perform` gives or with a coded
 * failure, and ends when the parent says so or is gone. An error that nobody caught ends the process; it is told as the
 * failure of the order that is open, unless several are and none can be blamed.
 */
export function serveParent<Order, Event, Answer>(
  perform: (order: Order, context: OrderContext<Event>) => Promise<Answer>,
  { onLeave = async () => {} }: ServeOptions<Order> = {},
): void {
  const open = new Map<number, OpenOrder<Order>>();

  function send(message: FromChild<Event, Answer>, onSent: () => void = () => {}): void {
    if (process.connected) process.send?.(message, undefined, undefined, onSent);
    else onSent();
  }

  async function answer(id: number, order: Order): Promise<void> {
    const controller = new AbortController();
    open.set(id, { order, controller });
    try {
      const tell = (event: Event) => send({ kind: "event", id, event });
      send({ kind: "answer", id, answer: await perform(order, { signal: controller.signal, tell }) });
    } catch (error) {
      send({ kind: "failure", id, ...failureOf(error), isLast: false });
    } finally {
      open.delete(id);
    }
  }

  async function leave(): Promise<void> {
    const unfinished = [...open.values()];
    for (const { controller } of unfinished) controller.abort();
    await onLeave(unfinished.map(({ order }) => order)).catch(() => {});
    process.exit(0);
  }

  function fail(error: unknown): void {
    const [id, ...others] = open.keys();
    if (id !== undefined && others.length === 0) {
      send({ kind: "failure", id, ...failureOf(error), isLast: true }, () => process.exit(1));
    } else {
      console.error(error);
      process.exit(1);
    }
  }

  // An interrupt at a terminal reaches every process of it; what it means for an order is the parent's to say.
  process.on("SIGINT", () => {});
  // Nobody but the parent, which is of this build, can write to this channel.
  process.on("message", (message: ToChild<Order>) => {
    if (message.kind === "order") void answer(message.id, message.order);
    else if (message.kind === "cancel") open.get(message.id)?.controller.abort();
    else void leave();
  });
  process.on("disconnect", () => void leave());
  process.on("uncaughtException", fail);
  process.on("unhandledRejection", fail);
}

function failureOf(error: unknown): Pick<EditError, "code" | "message" | "setting"> & { detail: string } {
  const { code, message, setting } = error instanceof EditError ? error : unforeseen(error);
  return { code, message, setting, detail: inspect(error, { depth: 4 }) };
}

function unforeseen(error: unknown): EditError {
  return error instanceof RangeError && /allocation failed|invalid array length/i.test(error.message)
    ? new EditError("out-of-memory", "Expected enough memory for this picture, got too little of it.")
    : new EditError("internal", "Expected the work to finish, got an unforeseen failure.");
}
