import { describe, expect, it } from "vitest";
import { EditError } from "../../src/errors.ts";
import { createLane } from "../../src/queue/lane.ts";

/** A device whose jobs end when the test says so. */
function createDevice() {
  const started: string[] = [];
  const ends = new Map<string, PromiseWithResolvers>();
  const signals = new Map<string, AbortSignal>();
  return {
    started,
    signals,
    finish: (job: string) => ends.get(job)?.resolve(`${job} done`),
    fail: (job: string, error: Error) => ends.get(job)?.reject(error),
    run(job: string, signal: AbortSignal) {
      started.push(job);
      signals.set(job, signal);
      const end = withResolvers();
      ends.set(job, end);
      return end.promise;
    },
  };
}

interface PromiseWithResolvers {
  readonly promise: Promise<string>;
  resolve(value: string): void;
  reject(error: Error): void;
}

function withResolvers(): PromiseWithResolvers {
  let resolve: (value: string) => void = () => {};
  let reject: (error: Error) => void = () => {};
  const promise = new Promise<string>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));
const never = new AbortController().signal;

describe("lane", () => {
  it("runs one job at a time, in order, and says which", async () => {
    const device = createDevice();
    const lane = createLane({ device: "cpu", run: device.run });
    const [first, second] = [lane.submit("first", never), lane.submit("second", never)];
    await turn();
    expect(device.started).toEqual(["first"]);
    expect(lane.running).toBe("first");
    device.finish("first");
    expect(await first).toBe("first done");
    await turn();
    expect(device.started).toEqual(["first", "second"]);
    device.finish("second");
    expect(await second).toBe("second done");
    expect(lane.running).toBeNull();
  });

  it("stays busy after a cancel until the job itself has settled", async () => {
    const device = createDevice();
    const lane = createLane({ device: "cpu", run: device.run });
    const controller = new AbortController();
    const first = lane.submit("first", controller.signal);
    const second = lane.submit("second", never);
    await turn();
    controller.abort();
    await turn();
    expect(device.signals.get("first")?.aborted).toBe(true);
    expect(lane.running).toBe("first");
    expect(device.started).toEqual(["first"]);
    device.fail("first", new EditError("cancelled", "Expected to finish, got a cancel."));
    await expect(first).rejects.toMatchObject({ code: "cancelled" });
    await turn();
    expect(device.started).toEqual(["first", "second"]);
    device.finish("second");
    await second;
  });

  it("never starts a job that was cancelled while it waited", async () => {
    const device = createDevice();
    const lane = createLane({ device: "cpu", run: device.run });
    const controller = new AbortController();
    const first = lane.submit("first", never);
    const second = lane.submit("second", controller.signal);
    const refused = expect(second).rejects.toMatchObject({ code: "cancelled" });
    await turn();
    controller.abort();
    device.finish("first");
    await first;
    await refused;
    expect(device.started).toEqual(["first"]);
  });

  it("goes on after a job that failed", async () => {
    const device = createDevice();
    const lane = createLane({ device: "cpu", run: device.run });
    const first = lane.submit("first", never);
    const second = lane.submit("second", never);
    await turn();
    device.fail("first", new EditError("worker-died", "Expected an answer, got the worker's end."));
    await expect(first).rejects.toMatchObject({ code: "worker-died" });
    await turn();
    device.finish("second");
    expect(await second).toBe("second done");
  });

  it("calls back when it becomes idle, so that the next job can be claimed", async () => {
    const device = createDevice();
    const lane = createLane({ device: "cpu", run: device.run });
    const claimed: string[] = [];
    const waiting = ["second", "third"];
    const stop = lane.onIdle(() => {
      const next = waiting.shift();
      if (next === undefined) return;
      claimed.push(next);
      void lane.submit(next, never);
    });
    expect(lane.isIdle).toBe(true);
    const first = lane.submit("first", never);
    await turn();
    expect(lane.isIdle).toBe(false);
    device.finish("first");
    await first;
    await turn();
    expect(claimed).toEqual(["second"]);
    stop();
    device.finish("second");
    await turn();
    expect(claimed).toEqual(["second"]);
    expect(lane.isIdle).toBe(true);
  });

  it("cancels what runs and what waits when it is disposed of, and waits for the device", async () => {
    const device = createDevice();
    const lane = createLane({ device: "cpu", run: device.run });
    const first = lane.submit("first", never);
    const second = lane.submit("second", never);
    const outcomes = Promise.allSettled([first, second]);
    await turn();
    let isClosed = false;
    const closed = lane[Symbol.asyncDispose]().then(() => {
      isClosed = true;
    });
    await turn();
    expect(device.signals.get("first")?.aborted).toBe(true);
    expect(isClosed).toBe(false);
    device.fail("first", new EditError("cancelled", "Expected to finish, got a cancel."));
    await closed;
    expect(await outcomes).toMatchObject([
      { reason: { code: "cancelled" } },
      { reason: { code: "cancelled" } },
    ]);
    expect(device.started).toEqual(["first"]);
  });
});
