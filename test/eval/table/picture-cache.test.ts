import { appendFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openPictureCache, publishCache } from "../../../src/eval/table/picture-cache.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "lrbot-cache-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe("what is kept of a picture", () => {
  it("is there the next time, numbers to the last bit", async () => {
    const first = await openPictureCache(folder);
    expect(first.get("a")).toBeUndefined();
    const loss = 0.1 + 0.2;
    await first.add([
      ["a", { loss }],
      ["b", null],
    ]);
    const second = await openPictureCache(folder);
    expect(second.get("a")).toEqual({ loss });
    expect(second.get("b")).toBeNull();
  });

  it("loses no more than the line that a kill cut short, wherever it was cut", async () => {
    const first = await openPictureCache(folder);
    await first.add([
      ["a", 1],
      ["b", 2],
    ]);
    const file = join(folder, "known.jsonl");
    const whole = readFileSync(file);
    for (let length = 0; length < whole.length; length++) {
      writeFileSync(file, whole);
      truncateSync(file, length);
      const cut = await openPictureCache(folder);
      expect(cut.get("a")).toBe(length >= 7 ? 1 : undefined);
      await cut.add([["c", 3]]);
      const again = await openPictureCache(folder);
      expect(again.get("c")).toBe(3);
      expect(again.get("a")).toBe(length >= 7 ? 1 : undefined);
    }
  });

  it("is known to another cache from what was published of it, which grows with what that one adds", async () => {
    const [here, there, file] = ["here", "there", "a.jsonl.gz"].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    const first = await openPictureCache(here);
    await first.add([
      ["b", { loss: 0.1 + 0.2 }],
      ["a", 1],
    ]);
    writeFileSync(file, await publishCache(here, file));
    const second = await openPictureCache(there, file);
    expect(["a", "b", "c"].map((key) => second.get(key))).toEqual([1, { loss: 0.1 + 0.2 }, undefined]);
    await second.add([["c", 3]]);
    const grown = await publishCache(there, file);
    // In whatever order values were found.
    await first.add([["c", 3]]);
    expect(await publishCache(here, join(folder, "none"))).toEqual(grown);
  });

  it("does without a file that was never published, and refuses one that is damaged", async () => {
    const file = join(folder, "a.jsonl.gz");
    expect((await openPictureCache(join(folder, "here"), file)).get("a")).toBeUndefined();
    writeFileSync(file, "no gzip");
    await expect(openPictureCache(join(folder, "here"), file)).rejects.toMatchObject({ code: "set-invalid" });
  });

  it("passes over lines that are something else", async () => {
    appendFileSync(join(folder, "known.jsonl"), '{"a": 1}\n["b"]\nnull\n["c", 3]\n');
    const cache = await openPictureCache(folder);
    expect(["a", "b", "c"].map((key) => cache.get(key))).toEqual([undefined, undefined, 3]);
  });

  it("holds painted frames bit for bit, and does without one that is damaged", async () => {
    const cache = await openPictureCache(folder);
    const rgb = Uint8Array.from({ length: 48 * 40 * 3 }, (_, index) => (index * 31) % 256);
    await cache.writeFrame("one", { width: 48, height: 40, rgb });
    const read = await cache.readFrame("one");
    expect(read && [...read.rgb]).toEqual([...rgb]);
    expect(await cache.readFrame("another")).toBeNull();
    writeFileSync(join(folder, "frames", "one.png"), "no picture");
    expect(await cache.readFrame("one")).toBeNull();
  });
});
