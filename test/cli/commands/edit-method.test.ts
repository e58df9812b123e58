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

  it("diffedit's overlay is dark outside the mask that it decided on, in whole cells of the latents", async () => {
    const words = ["--method", "diffedit", "--source", "pine tree", "--steps", "4"];
    const { status, stderr } = await edit(...words, "--out", "diffedit");
    expect({ status, stderr }).toMatchObject({ status: 0 });
    const [edited, overlay] = [
      await read(home, "diffedit", "result-1.png"),
      await read(home, "diffedit", "overlay-1.png"),
    ];
    // The pack's latents of a square picture are 32 x 32, so a cell has 8 pixels a side; the marks lie at the edge.
    const isDark = (x: number, y: number) => {
      const at = 3 * (y * 256 + x);
      return [0, 1, 2].every(
        (channel) => overlay.rgb[at + channel] === Math.round((edited.rgb[at + channel] ?? 0) * 0.4),
      );
    };
    const cells = Array.from(
      { length: 24 * 24 },
      (_, index) => [4 + (index % 24), 4 + Math.floor(index / 24)] as const,
    );
    const dark = cells.map(([column, row]) => {
      const pixels = Array.from({ length: 64 }, (_, index) =>
        isDark(8 * column + (index % 8), 8 * row + Math.floor(index / 8)),
      );
      return { all: pixels.every(Boolean), any: pixels.some(Boolean) };
    });
    expect(dark.some(({ all }) => all)).toBe(true);
    expect(dark.some(({ any }) => !any)).toBe(true);
    expect(dark.every(({ all, any }) => all === any)).toBe(true);
  });

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
