import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { EditError } from "../../src/errors.ts";
import { createKnownEvents } from "../../src/service/known-events.ts";
import { createStoreWatch, type StoreWatch } from "../../src/service/store-watch.ts";

let now: number;
let looks: number;
let failure: unknown;
let lines: string[];
let watch: StoreWatch;
const full = new EditError("disk-full", "Expected room, got none.");

beforeEach(() => {
  [now, looks, failure, lines] = [0, 0, null, []];
  watch = createStoreWatch({
    async look() {
      looks += 1;
      await Promise.resolve();
      if (failure) throw failure;
    },
    log: { error: (line) => void lines.push(line), info: (line) => void lines.push(line) },
    clocks: { monotonic: () => now },
  });
});
afterEach(() => watch[Symbol.dispose]());

describe("a watch over the store", () => {
  it("looks once for all who ask within 5 s", async () => {
    await Promise.all([watch.check(), watch.check()]);
    now = 4999;
    await watch.check();
    expect(looks).toBe(1);
    now = 5000;
    await watch.check();
    expect(looks).toBe(2);
  });

  it("looks again after 1 s while it fails, and says once that it does and once that it works", async () => {
    failure = full;
    for (const at of [0, 500, 1000, 2000]) {
      now = at;
      await expect(watch.check()).rejects.toBe(full);
    }
    expect(looks).toBe(3);
    failure = null;
    now = 3000;
    await watch.check();
    await watch.check();
    expect(lines).toEqual([
      "nothing new is taken: Expected room, got none.",
      "what is promised can be kept again",
    ]);
  });

  it("tells once and for all where another store lies in the place of this one", async () => {
    failure = new EditError("store-replaced", "Expected the store that was opened, got another one.");
    await expect(watch.check()).rejects.toBe(failure);
    expect(await watch.replaced).toBe(failure);
  });

  it("gives what it does not know a code", async () => {
    failure = Object.assign(new Error("EIO: i/o error"), { code: "EIO" });
    await expect(watch.check()).rejects.toMatchObject({ code: "store-unwritable" });
  });
});

describe("events that a full disk lets nobody note", () => {
  it("are handed over once each, and told apart from those that were noted", async () => {
    const noted = new Set<string>();
    let isFull = false;
    const events = {
      async isNew(id: string) {
        if (isFull) throw full;
        return noted.size < noted.add(id).size;
      },
    };
    const isNew = createKnownEvents(events, { wall: () => 0 });
    expect([await isNew("a"), await isNew("a")]).toEqual([true, false]);
    isFull = true;
    expect([await isNew("b"), await isNew("b")]).toEqual([true, false]);
    isFull = false;
    expect([await isNew("b"), await isNew("c")]).toEqual([false, true]);
  });

  it("are not taken for new where the failure is none of the disk", async () => {
    const events = { isNew: () => Promise.reject(new TypeError("a fault")) };
    await expect(createKnownEvents(events, { wall: () => 0 })("a")).rejects.toThrow("a fault");
  });
});
