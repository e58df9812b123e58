import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ChatError } from "../../../src/bots/chat.ts";
import { createOutbox, type Outbox } from "../../../src/bots/delivery/outbox.ts";
import type { Task } from "../../../src/bots/delivery/task.ts";
import { EditError } from "../../../src/errors.ts";

const plenty = 600_000;
let outbox: Outbox;
let done: string[];

beforeEach(() => {
  vi.useFakeTimers();
  outbox = createOutbox({ firstRetry: 1000, retryFor: 60_000 });
  done = [];
});
afterEach(async () => {
  await outbox[Symbol.asyncDispose]();
  vi.useRealTimers();
});

function task(key: string, more: Partial<Task> = {}): Task {
  return {
    key,
    urgency: "progress",
    interval: 0,
    channel: { name: "c", writesPerMinute: plenty },
    workspace: { name: "w", writesPerMinute: plenty },
    run: async () => void done.push(key),
    giveUp: () => void done.push(`gave up ${key}`),
    ...more,
  };
}

const failing = (failure: ChatError["failure"], times: number, key: string, retryAfterSeconds?: number) => {
  let left = times;
  return async () => {
    if (left-- > 0) throw new ChatError(failure, "told to", retryAfterSeconds ? { retryAfterSeconds } : {});
    done.push(key);
  };
};

describe("the outbox", () => {
  it("sends results before progress, and progress before positions", async () => {
    const first = task("first");
    outbox.put(first);
    outbox.put(task("position", { urgency: "position" }));
    outbox.put(task("progress"));
    outbox.put(task("result", { urgency: "result" }));
    await vi.runAllTimersAsync();
    expect(done).toEqual(["first", "result", "progress", "position"]);
  });

  it("tries for as long as the bot's own disk takes nothing, and lets nobody who stops it wait for that", async () => {
    let isFull = true;
    outbox.put(
      task("m", {
        run: async () => {
          if (isFull) throw new EditError("disk-full", "told to");
          done.push("m");
        },
      }),
    );
    await vi.advanceTimersByTimeAsync(3_600_000);
    await outbox.settled();
    expect(done).toEqual([]);
    isFull = false;
    await vi.advanceTimersByTimeAsync(10_000);
    expect(done).toEqual(["m"]);
  });

  it("waits as long as a platform asks for, however often: a history opens once a minute", async () => {
    const patient = createOutbox({ firstRetry: 1000, retryFor: 30 * 60_000 });
    patient.put(task("m", { run: failing("rate-limited", 12, "m", 60) }));
    await vi.advanceTimersByTimeAsync(12 * 60_000 + 1000);
    expect(done).toEqual(["m"]);
    await patient[Symbol.asyncDispose]();
  });

  it("keeps only the latest of several states of the same message", async () => {
    outbox.put(task("blocks the channel"));
    for (const state of ["old", "older", "new"])
      outbox.put(task("m", { run: async () => void done.push(state) }));
    await vi.runAllTimersAsync();
    expect(done).toEqual(["blocks the channel", "new"]);
  });

  it("sends again what changed while it was being sent", async () => {
    outbox.put(
      task("m", {
        run: () => new Promise((resolve) => setTimeout(() => resolve(void done.push("a")), 50)),
      }),
    );
    await vi.advanceTimersByTimeAsync(10);
    outbox.put(task("m", { run: async () => void done.push("b") }));
    await vi.runAllTimersAsync();
    expect(done).toEqual(["a", "b"]);
  });

  it("waits for a key's interval, and a result waits for none", async () => {
    outbox.put(task("m", { interval: 3000 }));
    await vi.advanceTimersByTimeAsync(0);
    outbox.put(task("m", { interval: 3000 }));
    await vi.advanceTimersByTimeAsync(2900);
    expect(done).toEqual(["m"]);
    await vi.advanceTimersByTimeAsync(200);
    expect(done).toEqual(["m", "m"]);
    outbox.put(task("m", { urgency: "result", run: async () => void done.push("result") }));
    await vi.advanceTimersByTimeAsync(0);
    expect(done.at(-1)).toBe("result");
  });

  it("sends one message at a time in a channel, and channels beside each other", async () => {
    let open = 0;
    let most = 0;
    const slow = async () => {
      most = Math.max(most, ++open);
      await new Promise((resolve) => setTimeout(resolve, 10));
      open -= 1;
    };
    for (const key of ["a", "b", "c"]) outbox.put(task(key, { run: slow }));
    await vi.runAllTimersAsync();
    expect(most).toBe(1);
    for (const key of ["a", "b", "c"]) {
      outbox.put(task(key, { run: slow, channel: { name: key, writesPerMinute: plenty } }));
    }
    await vi.runAllTimersAsync();
    expect(most).toBe(3);
  });

  it("stays within the budget of a workspace", async () => {
    const workspace = { name: "w", writesPerMinute: 30 };
    for (let index = 0; index < 20; index++) {
      outbox.put(
        task(`${index}`, {
          urgency: "result",
          workspace,
          channel: { name: `${index}`, writesPerMinute: plenty },
        }),
      );
    }
    await vi.advanceTimersByTimeAsync(0);
    expect(done.length).toBe(5);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(done.length).toBe(15);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(done.length).toBe(20);
  });

  it("leaves room for results in a budget that positions fill", async () => {
    const channel = { name: "c", writesPerMinute: 30 };
    for (let index = 0; index < 10; index++) outbox.put(task(`p${index}`, { urgency: "position", channel }));
    await vi.advanceTimersByTimeAsync(0);
    const positions = done.length;
    outbox.put(task("result", { urgency: "result", channel }));
    await vi.advanceTimersByTimeAsync(0);
    expect(positions).toBeLessThan(5);
    expect(done.at(-1)).toBe("result");
  });

  it("tries passing failures again, later each time, and no sooner than the platform says", async () => {
    outbox.put(task("m", { run: failing("unavailable", 2, "m") }));
    outbox.put(
      task("limited", {
        run: failing("rate-limited", 1, "limited", 30),
        channel: { name: "d", writesPerMinute: plenty },
      }),
    );
    await vi.advanceTimersByTimeAsync(10_000);
    expect(done).toEqual(["m"]);
    await vi.advanceTimersByTimeAsync(19_000);
    expect(done).toEqual(["m"]);
    await vi.advanceTimersByTimeAsync(2000);
    expect(done).toEqual(["m", "limited"]);
  });

  it("gives up at once on what will not pass, and on passing failures when they last too long", async () => {
    outbox.put(task("refused", { run: failing("missing-permission", 1, "refused") }));
    outbox.put(
      task("down", {
        run: failing("unavailable", 1000, "down"),
        channel: { name: "d", writesPerMinute: plenty },
      }),
    );
    await vi.advanceTimersByTimeAsync(10);
    expect(done).toEqual(["gave up refused"]);
    await vi.advanceTimersByTimeAsync(10 * 60_000);
    expect(done).toEqual(["gave up refused", "gave up down"]);
    expect(outbox.size).toBe(0);
  });

  it("settles when nothing is due any more", async () => {
    outbox.put(task("m", { interval: 60_000 }));
    let isSettled = false;
    void outbox.settled().then(() => {
      isSettled = true;
    });
    await vi.advanceTimersByTimeAsync(10);
    expect(isSettled).toBe(true);
  });

  it("is disposed of when what is under way has ended, and starts nothing after that", async () => {
    outbox.put(
      task("m", {
        run: (signal) =>
          new Promise((resolve) => {
            signal.addEventListener("abort", () => setTimeout(() => resolve(void done.push("ended")), 50));
          }),
      }),
    );
    outbox.put(task("waits in the same channel"));
    await vi.advanceTimersByTimeAsync(0);
    const disposed = outbox[Symbol.asyncDispose]().then(() => done.push("disposed"));
    outbox.put(task("comes too late"));
    await vi.runAllTimersAsync();
    await disposed;
    expect(done).toEqual(["ended", "disposed"]);
  });
});
