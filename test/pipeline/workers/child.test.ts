import { afterEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { type Child, callChild, createChild } from "../../../src/pipeline/workers/child.ts";

type Order =
  | { kind: "echo"; text: string; milliseconds?: number }
  | { kind: "crash"; milliseconds?: number }
  | { kind: "refuse" | "crash-at-once" | "stumble" | "break-protocol" | "exit" | "wait" };

const logged: { level: string; text: string }[] = [];
let ends: string[] = [];
const options = {
  file: "../../../test/pipeline/workers/child-process.mjs",
  environment: { PATH: String(process.env.PATH) },
  log: (level: string, text: string) => void logged.push({ level, text }),
  event: z.string(),
  answer: z.string(),
  expected: { result: "the order to be done", answer: "the child to answer, got its end" },
  onDeath: ({ how }: { how: string }) => void ends.push(how),
};
const open: Child<Order, string, string>[] = [];

function newChild(): Child<Order, string, string> {
  const child = createChild<Order, string, string>(options);
  open.push(child);
  return child;
}

afterEach(async () => {
  for (const child of open.splice(0)) await child[Symbol.asyncDispose]();
  logged.length = 0;
  ends = [];
});

describe("a child process", () => {
  it("is started by its first order, and answers several in whatever order they are done", async () => {
    const child = newChild();
    expect(child.pid).toBeUndefined();
    const events: string[] = [];
    const answered: string[] = [];
    const onEvent = (event: string) => void events.push(event);
    const calls = [
      child.call({ kind: "echo", text: "slow", milliseconds: 300 }, { onEvent }),
      child.call({ kind: "echo", text: "fast" }, { onEvent }),
    ];
    for (const call of calls) void call.then((answer) => answered.push(answer));
    expect(await Promise.all(calls)).toEqual(["slow", "fast"]);
    expect(answered).toEqual(["fast", "slow"]);
    expect(events).toEqual(["heard slow", "heard fast"]);
    expect(logged).toContainEqual({ level: "debug", text: "hello from the child" });
  });

  it("fails with its own code, and lives on", async () => {
    const child = newChild();
    await expect(child.call({ kind: "refuse" })).rejects.toMatchObject({
      name: "EditError",
      code: "usage",
      message: "Expected something else, got this.",
      setting: "steps",
    });
    const { pid } = child;
    expect(await child.call({ kind: "echo", text: "still here" })).toBe("still here");
    expect(child.pid).toBe(pid);
  });

  it("fails as nobody foresaw with a reference that only the log explains", async () => {
    const failure: unknown = await newChild()
      .call({ kind: "stumble" })
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: "internal" });
    const [, reference = "none"] =
      /^EditError: Expected the order to be done, got an unforeseen failure; the log names it as (\w{8})\.$/.exec(
        String(failure),
      ) ?? [];
    const entry = logged.find(({ text }) => text.includes(reference));
    expect(entry).toMatchObject({ level: "error", text: expect.stringMatching(/TypeError: nobody foresaw/) });
  });

  it("that crashes over one order names it, and what was sent meanwhile is done by another process", async () => {
    const child = newChild();
    let after: Promise<string> | null = null;
    const onEvent = () => {
      after = child.call({ kind: "echo", text: "done all the same" });
    };
    const crash = child.call({ kind: "crash-at-once" }, { onEvent });
    const { pid } = child;
    await expect(crash).rejects.toMatchObject({
      code: "internal",
      cause: expect.stringMatching(/nobody caught/),
    });
    expect(await after).toBe("done all the same");
    expect(child.pid).toBeGreaterThan(0);
    expect(child.pid).not.toBe(pid);
    expect(ends).toEqual([]);
  });

  it("that crashes over two orders fails both, since none can be blamed", async () => {
    const child = newChild();
    const calls = [child.call({ kind: "wait" }), child.call({ kind: "crash", milliseconds: 1 })];
    for (const outcome of await Promise.allSettled(calls)) {
      expect(outcome).toMatchObject({
        status: "rejected",
        reason: {
          code: "worker-died",
          message: "Expected the child to answer, got its end (exit status 1).",
        },
      });
    }
    expect(ends).toEqual(["exit status 1"]);
    // What a process printed last may be read after its end.
    await expect
      .poll(() => logged.find(({ level }) => level === "error")?.text)
      .toMatch(/nobody caught this/);
  });

  it("that ends fails its orders, and the next order starts another", async () => {
    const child = newChild();
    await expect(child.call({ kind: "exit" })).rejects.toMatchObject({ code: "worker-died" });
    expect(ends).toEqual(["exit status 5"]);
    const waiting = child.call({ kind: "wait" });
    child.kill();
    await expect(waiting).rejects.toMatchObject({
      code: "worker-died",
      message: "Expected the child to answer, got its end (SIGKILL, which may mean too little memory).",
    });
    expect(await child.call({ kind: "echo", text: "anew" })).toBe("anew");
  });

  it("whose answer is none of its protocol is ended, and the log says why", async () => {
    await expect(newChild().call({ kind: "break-protocol" })).rejects.toMatchObject({ code: "worker-died" });
    expect(logged.some(({ level, text }) => level === "error" && /expected string/.test(text))).toBe(true);
  });

  it("stops an order that is cancelled, and counts an interrupt before it listens as a cancel", async () => {
    const child = newChild();
    const controller = new AbortController();
    const waiting = child.call({ kind: "wait" }, { signal: controller.signal });
    controller.abort();
    await expect(waiting).rejects.toMatchObject({
      code: "cancelled",
      message: "Expected more time, got none.",
    });
    await expect(child.call({ kind: "wait" }, { signal: controller.signal })).rejects.toMatchObject({
      code: "cancelled",
    });
    const interrupted = newChild();
    const call = interrupted.call({ kind: "wait" });
    process.kill(Number(interrupted.pid), "SIGINT");
    await expect(call).rejects.toMatchObject({ code: "cancelled" });
  });

  it("does not stop for an interrupt once it listens", async () => {
    const child = newChild();
    await child.call({ kind: "echo", text: "listening" });
    process.kill(Number(child.pid), "SIGINT");
    const { pid } = child;
    expect(await child.call({ kind: "echo", text: "still" })).toBe("still");
    expect(child.pid).toBe(pid);
  });

  it("is let go when it has nothing to do, and is not met again", async () => {
    const child = newChild();
    await child.call({ kind: "echo", text: "one" });
    const { pid } = child;
    child.retire();
    expect(child.pid).toBeUndefined();
    expect(await child.call({ kind: "echo", text: "two" })).toBe("two");
    expect(child.pid).not.toBe(pid);
  });
});

describe("one call of a child process", () => {
  it("gives the answer, and leaves no process", async () => {
    expect(await callChild<Order, string, string>(options, { kind: "echo", text: "once" })).toBe("once");
  });

  it("ends the process at once when it is aborted, with the signal's reason", async () => {
    const controller = new AbortController();
    const reason = new Error("enough");
    const call = callChild<Order, string, string>(
      options,
      { kind: "crash", milliseconds: 60_000 },
      { signal: controller.signal, onEvent: () => controller.abort(reason) },
    );
    await expect(call).rejects.toBe(reason);
    expect(ends).toEqual(["SIGKILL"]);
  });
});
