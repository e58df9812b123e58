import { setTimeout as sleep } from "node:timers/promises";
import type { Random } from "../../src/pipeline/random.ts";
import { type Crowd, isResult, type Order, type Seen } from "./crowd.ts";

/** Orders that go on while the bot lives, dies and comes back. */
export interface Stream {
  readonly orders: readonly Order[];
  /** Orders nothing more; resolves when every client has its answer. */
  stop(): Promise<void>;
}

export interface StreamOptions {
  readonly random: Random;
  /** Milliseconds between two orders, on average. */
  readonly pace: number;
  /** Orders that may be without a result before the stream waits. */
  readonly backlog: number;
}

/** Each order has a prompt of its own, by which its messages are known. */
export function startStream(crowd: Crowd, { random, pace, backlog }: StreamOptions): Stream {
  const orders: Order[] = [];
  const asking = new Set<Promise<void>>();
  let isOver = false;
  let count = 0;

  async function go(): Promise<void> {
    while (!isOver) {
      await sleep(random.integer(2 * pace));
      // What a kill left without a promise is waited for by nobody.
      const waiting = asking.size + tally(crowd, orders).lost.length;
      if (isOver || !crowd.isHeard || waiting >= backlog) continue;
      const prompt = `picture ${String(count++).padStart(4, "0")}`;
      const asked = crowd
        .order(prompt)
        .then((order) => void orders.push(order))
        .finally(() => asking.delete(asked));
      asking.add(asked);
    }
  }

  const going = go();
  return {
    orders,
    async stop() {
      isOver = true;
      await going;
      while (asking.size > 0) await Promise.all(asking);
    },
  };
}

/** What came of all orders, as people see it. */
export interface Tally {
  readonly orders: number;
  /** Whose member was told, or whose message stands. */
  readonly promised: number;
  readonly results: number;
  /** Promised, and without a result. */
  readonly lost: readonly string[];
  /** With more than one message. */
  readonly doubled: readonly string[];
  /** Acknowledged, and never promised: the process ended on the way. */
  readonly unpromised: number;
}

export function tally(crowd: Crowd, orders: readonly Order[]): Tally {
  const messages = groupsOf(crowd);
  const of = (prompt: string) => messages.get(prompt) ?? [];
  const promised = orders.filter((order) => order.isPromised || of(order.prompt).length > 0);
  return {
    orders: orders.length,
    promised: promised.length,
    results: promised.filter(({ prompt }) => of(prompt).some(isResult)).length,
    lost: promised.filter(({ prompt }) => !of(prompt).some(isResult)).map(({ prompt }) => prompt),
    doubled: promised.filter(({ prompt }) => of(prompt).length > 1).map(({ prompt }) => prompt),
    unpromised: orders.length - promised.length,
  };
}

function groupsOf(crowd: Crowd): ReadonlyMap<string, readonly Seen[]> {
  const groups = new Map<string, Seen[]>();
  for (const message of crowd.messages()) {
    const prompt = /picture \d{4}/.exec(message.text)?.[0] ?? "";
    groups.set(prompt, [...(groups.get(prompt) ?? []), message]);
  }
  return groups;
}

/** Waits until anything was promised, or the time is over: on a busy machine a bot may be killed each time before it is. */
export async function promised(crowd: Crowd, orders: readonly Order[], seconds: number): Promise<void> {
  const deadline = performance.now() + seconds * 1000;
  while (tally(crowd, orders).promised === 0 && performance.now() < deadline) await sleep(50);
}

/**
 * Waits until nothing that was promised is missing, and the first message of a job is gone where its result came as a new one,
 * or until the time is over.
 */
export async function settle(crowd: Crowd, orders: readonly Order[], seconds: number): Promise<Tally> {
  const deadline = performance.now() + seconds * 1000;
  let last = tally(crowd, orders);
  while ((last.lost.length > 0 || last.doubled.length > 0) && performance.now() < deadline) {
    await sleep(50);
    last = tally(crowd, orders);
  }
  return last;
}
