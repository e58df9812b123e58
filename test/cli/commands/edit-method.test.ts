import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { readPicture } from "../../../src/pipeline/image/image.ts";
import type { Picture } from "../../../src/pipeline/image/picture.ts";
import { shareWorkers } from "../in-process.ts";
import { emptyFolder, readResult, scene, temporaryFolder } from "../lrbot.ts";

const folder = temporaryFolder();
const workers = shareWorkers();
afterAll(async () => {
  await workers[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

const read = (...path: string[]) => readPicture(join(...path), { signal: AbortSignal.timeout(60_000) });

/** Pixels of `a` that are others in `b`, in a box or outside it. */
function changed(a: Picture, b: Picture, where: (x: number, y: number) => boolean): number {
  return Array.from({ length: a.width * a.height }, (_, i) => i).filter(
    (i) =>
      where(i % a.width, Math.floor(i / a.width)) &&
      [0, 1, 2].some((channel) => a.rgb[3 * i + channel] !== b.rgb[3 * i + channel]),
  ).length;
}

describe("lrbot edit --method", () => {
  const home = emptyFolder(folder, "methods");
  const edit = (...words: string[]) =>
    workers.runHere(["edit", "--image", scene, "--prompt", "a rabbit", ...words], { folder: home });

  it.each(["masactrl", "masactrl-mask", "plug-and-play"])(
    "%s edits the whole picture on the embedded pack",
    async (method) => {
      const { status, stderr } = await edit("--method", method, "--steps", "6", "--out", method);
      expect({ status, stderr }).toMatchObject({ status: 0 });
      const result = readResult(join(home, method));
      expect(result).toMatchObject({ method, edited: "whole picture", results: [{ rank: 1, anchor: null }] });
      expect(result.results[0]?.box).toEqual({ left: 0, top: 0, width: 256, height: 256 });
      const [source, edited] = [await read(scene), await read(home, method, "result-1.png")];
      expect([edited.width, edited.height]).toEqual([source.width, source.height]);
      expect(changed(source, edited, () => true)).toBeGreaterThan(1000);
      // The overlay shows where.
      expect(changed(edited, await read(home, method, "overlay-1.png"), () => true)).toBeGreaterThan(0);
    },
  );

  it("masactrl's picture is pasted into a box with --with-region, and nothing else changes", async () => {
    const words = ["--method", "masactrl", "--steps", "6", "--with-region", "--box", "40,60,120,100"];
    const { status, stderr } = await edit(...words, "--out", "region");
    expect({ status, stderr }).toMatchObject({ status: 0 });
    expect(readResult(join(home, "region"))).toMatchObject({ method: "masactrl", edited: "box" });
    const [source, edited] = [await read(scene), await read(home, "region", "result-1.png")];
    const isInside = (x: number, y: number) => x >= 40 && x < 160 && y >= 60 && y < 160;
    expect(changed(source, edited, (x, y) => !isInside(x, y))).toBe(0);
    expect(changed(source, edited, isInside)).toBeGreaterThan(100);
  });

  it("refuses what a method cannot do before anything is loaded", async () => {
    for (const [words, code] of [
      [["--method", "masactrl", "--steps", "4"], "setting-out-of-range"],
      [["--method", "instruct-pix2pix"], "method-unknown"],
    ] as const) {
      const { status, stderr } = await edit(...words, "--out", "refused");
      expect({ status, stderr }).toMatchObject({
        status: 2,
        stderr: expect.stringContaining(`error ${code}`),
      });
      expect(existsSync(join(home, "refused"))).toBe(false);
    }
  });
});
