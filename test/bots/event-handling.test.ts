import { describe, expect, it } from "vitest";
import { createEventHandling } from "../../src/bots/event-handling.ts";

describe("events that are being handled", () => {
  it("are all waited for at the stop, and no more are taken", async () => {
    const handling = createEventHandling();
    const done: string[] = [];
    let end = () => {};
    const first = new Promise<void>((resolve) => {
      end = resolve;
    });
    handling.begin(() => first.then(() => void done.push("first")));
    const stopped = handling.stop().then(() => void done.push("stopped"));
    handling.begin(async () => void done.push("too late"));
    await Promise.resolve();
    expect(done).toEqual([]);
    end();
    await stopped;
    expect(done).toEqual(["first", "stopped"]);
  });
});
