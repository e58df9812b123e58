import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readPicture } from "../../../src/pipeline/image/image.ts";
import { shareWorkers } from "../in-process.ts";
import { emptyFolder, readResult, temporaryFolder } from "../lrbot.ts";

const mini = join(import.meta.dirname, "../../../models/mini");
/** A blue bus below an octopus. */
const scene = join(mini, "eval/s103.png");

const folder = temporaryFolder();
const home = emptyFolder(folder, "tokens");
const workers = shareWorkers();
afterAll(async () => {
  await workers[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

const edit = (...words: string[]) => workers.runHere(["edit", "--image", scene, ...words], { folder: home });

describe("lrbot edit --inpainter, on the embedded pack", () => {
  it.each(["amused", "maskgit"])(
    "repaints a bus with %s, and leaves all else as it was",
    async (inpainter) => {
      const words = [
        "--inpainter",
        inpainter,
        "--prompt",
        "a big sun",
        "--box",
        "5,166,98,78",
        "--steps",
        "4",
      ];
      const { status, stderr } = await edit(...words, "--out", inpainter);
      expect({ status, stderr }).toMatchObject({ status: 0 });
      const result = readResult(join(home, inpainter));
      expect(result).toMatchObject({ pack: "mini", inpainter, results: [{ rank: 1 }] });
      if (inpainter === "maskgit") expect(result).toMatchObject({ painted: { class: "sun" } });
      const signal = AbortSignal.timeout(60_000);
      const [before, after] = [
        await readPicture(scene, { signal }),
        await readPicture(join(home, inpainter, "result-1.png"), { signal }),
      ];
      const { width, height } = before;
      const changed = Array.from({ length: width * height }, (_, i) => i).filter((i) =>
        [0, 1, 2].some((channel) => before.rgb[3 * i + channel] !== after.rgb[3 * i + channel]),
      );
      expect(changed.length).toBeGreaterThan(1000);
      const outside = changed.filter((i) => {
        const [x, y] = [i % width, Math.floor(i / width)];
        return x < 5 || x >= 103 || y < 166 || y >= 244;
      });
      expect(outside).toEqual([]);
      // The sun is yellow where the bus was blue.
      const [red, blue] = [0, 2].map((channel) =>
        changed.reduce((sum, i) => sum + (after.rgb[3 * i + channel] ?? 0), 0),
      );
      expect(red).toBeGreaterThan(2 * (blue ?? 0));
    },
  );
});

describe("a pack that paints tokens otherwise", () => {
  const pack = join(home, "data/packs/other");
  const written = JSON.parse(readFileSync(join(mini, "pack.json"), "utf8"));
  beforeAll(() => {
    cpSync(mini, pack, { recursive: true, filter: (path) => !/\/(eval|pictures|train)$/.test(path) });
    writeFileSync(join(pack, "classes.txt"), "sun\ndog\n");
  });
  const become = (tokens: object | null) =>
    writeFileSync(join(pack, "pack.json"), JSON.stringify({ ...written, name: "other", tokens }));

  it("refuses a prompt that is like none of its classes, and names the nearest", async () => {
    become({ ...written.tokens, classes: { names: "classes.txt" } });
    const words = ["--pack", "other", "--inpainter", "maskgit", "--prompt", "a castle"];
    expect(await edit(...words, "--out", "castle")).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(
        /error class-unknown: .*2 classes.*"a castle"; the nearest, "(sun|dog)", has/,
      ),
    });
  });

  it.each([
    ["amused", null, "a masked transformer"],
    ["maskgit", { ...written.tokens, classes: null }, "classes"],
  ])(
    "is refused %s before anything is loaded, where it lacks what that needs",
    async (inpainter, tokens, missing) => {
      become(tokens);
      const words = ["--pack", "other", "--inpainter", inpainter, "--prompt", "a sun"];
      expect(await edit(...words, "--out", "nothing")).toMatchObject({
        status: 2,
        stderr: expect.stringMatching(
          new RegExp(
            `^error inpainter-unknown: .*pack other, stable-diffusion, got ${inpainter}, which needs ${missing}: .*\\n$`,
          ),
        ),
      });
    },
  );
});
