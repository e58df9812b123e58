import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { readPicture } from "../../../src/pipeline/image/image.ts";
import type { Picture } from "../../../src/pipeline/image/picture.ts";
import type { Box, EditResult } from "../../../src/types.ts";
import { shareWorkers } from "../in-process.ts";
import {
  cheap,
  cheaper,
  emptyFolder,
  everythingIn,
  readResult,
  runLrbot,
  scene,
  temporaryFolder,
} from "../lrbot.ts";
import { addTinyPack } from "../tiny-pack.ts";

const folder = temporaryFolder();
const workers = shareWorkers();
afterAll(async () => {
  await workers[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

describe("lrbot edit", () => {
  const home = emptyFolder(folder, "contract");
  const edit = (...words: string[]) => ["edit", "--image", scene, "--prompt", "a rabbit", ...words];
  const run = (...words: string[]) => workers.runHere(edit(...words), { folder: home });

  it("writes pictures, overlays and edit.json, prints the same JSON, and says how it comes along", async () => {
    const words = edit(...cheap, "--source", "pine tree", "--json", "--out", "out");
    const { status, stdout, stderr } = await runLrbot(words, { folder: home });
    expect({ status, stderr }).toMatchObject({ status: 0 });
    expect(stderr).toMatch(/\nfirst result after \d+\.\d s: \.lrbot-[^/]+\/first-result\.png \(there until/);
    const result: EditResult = JSON.parse(stdout);
    expect(stdout).toBe(readFileSync(join(home, "out", "edit.json"), "utf8"));
    expect(Object.keys(result).sort()).toEqual(
      "anchors calls chooser device edited image inpainter marks method milliseconds network pack prompt proposals results safety seed settings source warnings"
        .split(" ")
        .sort(),
    );
    expect(result).toMatchObject({
      prompt: "a rabbit",
      pack: "mini",
      seed: 0,
      source: { text: "pine tree", from: "given", confidence: 1 },
      // The pack's own: nothing was learned in this data folder.
      network: { version: expect.stringMatching(/^mini /), sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
      image: { file: "s000.png", width: 256, height: 256 },
    });
    expect(result.settings).toMatchObject({ anchors: 2, proposals: 3, budget: 4, steps: 2 });
    expect(result.results.map(({ rank }) => rank)).toEqual([1, 2]);
    // Drafts of two steps are full paintings here; a box may be chosen that none was made of.
    expect(result.calls.full).toBeGreaterThanOrEqual(2);
    expect(result.safety).toBeNull();
    expect(result.calls.equivalent).toBeLessThanOrEqual(4);
    const { total, ...parts } = result.milliseconds;
    expect(Object.keys(parts).sort()).toEqual(["features", "learn", "load", "paint", "rank"]);
    expect(total).toBeGreaterThanOrEqual(parts.load + parts.paint);
    expect(everythingIn(home)).toEqual(
      [
        "edit.json",
        "mask-1.png",
        "mask-2.png",
        "overlay-1.png",
        "overlay-2.png",
        "result-1.png",
        "result-2.png",
      ]
        .map((name) => `out/${name}`)
        .concat("out")
        .sort(),
    );
    expect(stderr).toMatch(/^(loading the pack\n)?2 anchors found\n/);
    expect(stderr).not.toContain("\r");
  });

  it("takes the pack's faster way with --fast, and what is given beside it", async () => {
    const box = ["--box", "40,40,96,96", "--budget", "6", "--mask", "box", "--json"];
    const { stdout } = await run(...box, "--fast", "--out", "fast");
    const { settings, calls }: EditResult = JSON.parse(stdout);
    expect(settings).toMatchObject({ steps: 4, draftSteps: 2, guidance: 1, budget: 6 });
    expect(calls).toEqual({ drafts: 0, full: 1, equivalent: 1 });
    // Its LoRA was distilled for these steps: without it the same settings paint something else.
    await run(...box, "--steps", "4", "--draft-steps", "2", "--guidance", "1", "--out", "few");
    const [faster, few] = ["fast", "few"].map((out) => readFileSync(join(home, out, "result-1.png")));
    expect(faster?.equals(few ?? Buffer.alloc(0))).toBe(false);
    for (const out of ["fast", "few"]) rmSync(join(home, out), { recursive: true });
  });

  it("changes no pixel outside a result's box, and some inside it", async () => {
    const before = await readPicture(scene);
    for (const { file, box } of readResult(join(home, "out")).results) {
      const after = await readPicture(join(home, "out", file));
      expect({ width: after.width, height: after.height }).toEqual({
        width: before.width,
        height: before.height,
      });
      const changed = changedPixels(before, after);
      expect(changed.length).toBeGreaterThan(0);
      expect(changed.filter(({ x, y }) => !isInside(box, x, y))).toEqual([]);
    }
  });

  it("refuses a folder that has results, and touches nothing in it", async () => {
    const before = readdirSync(join(home, "out")).map((name) => readFileSync(join(home, "out", name)));
    const { status, stdout, stderr } = await run(...cheap, "--out", "out");
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toMatch(/^error output-not-empty: Expected .*, got .*\n$/);
    expect(readdirSync(join(home, "out")).map((name) => readFileSync(join(home, "out", name)))).toEqual(
      before,
    );
  });

  it("replaces an earlier edit's files with --force, and learns nothing for a given --box", async () => {
    const words = ["--steps", "2", "--box", "40,40,96,96", "--out", "out", "--force", "--quiet"];
    expect(await run(...words)).toEqual({ status: 0, stdout: "", stderr: "" });
    const { results, anchors, calls } = readResult(join(home, "out"));
    expect(results.map(({ box }) => box)).toEqual([{ left: 40, top: 40, width: 96, height: 96 }]);
    expect(anchors).toEqual([]);
    expect(calls).toEqual({ drafts: 0, full: 1, equivalent: 1 });
    expect(everythingIn(home)).toEqual([
      "out",
      "out/edit.json",
      "out/mask-1.png",
      "out/overlay-1.png",
      "out/result-1.png",
    ]);
  });

  it("makes a folder of its own name where none is given, paints the same seed again alike, and sums up", async () => {
    const { status, stdout } = await run("--steps", "2", "--box", "40,40,96,96");
    expect(status).toBe(0);
    const [made] = readdirSync(home).filter((name) => /^lrbot-\d{8}-\d{6}$/.test(name));
    expect(made).toBeDefined();
    expect(readFileSync(join(home, made ?? "", "result-1.png"))).toEqual(
      readFileSync(join(home, "out", "result-1.png")),
    );
    expect(stdout).toContain(`${made}: 1 result`);
    expect(stdout).toContain("best     result-1.png, box 40,40,96,96");
  });

  it("goes on on the CPU where the device is not there, and says so", async () => {
    const home = emptyFolder(folder, "elsewhere");
    addTinyPack(join(home, "data/packs"));
    const words = edit(...cheaper, "--pack", "tiny", "--json", "--out", "out");
    const environment = { LRBOT_DEVICES: "cuda:99" };
    const { status, stdout, stderr } = await workers.runHere(words, { folder: home, environment });
    expect({ status, stderr }).toMatchObject({ status: 0 });
    const { device, warnings }: EditResult = JSON.parse(stdout);
    expect(device).toBe("cpu");
    expect(warnings[0]).toMatchObject({ code: "device-fallback", text: expect.stringContaining("cuda:99") });
  });

  it("goes on with a warning when the prompt is cut or has words that the pack does not know", async () => {
    const prompt = `a rabbit with a zeppelin ${"and a very big tree ".repeat(12)}`.trim();
    const box = ["--box", "40,40,96,96", "--mask", "box"];
    const words = ["--steps", "1", ...box, "--json", "--quiet", "--out", "long"];
    const { status, stdout } = await workers.runHere(
      ["edit", "--image", scene, "--prompt", prompt, ...words],
      {
        folder: home,
      },
    );
    expect(status).toBe(0);
    const result: EditResult = JSON.parse(stdout);
    expect(result.warnings.map(({ code }) => code)).toEqual(
      expect.arrayContaining(["prompt-cut", "words-unknown"]),
    );
    expect(result.warnings.find(({ code }) => code === "words-unknown")?.text).toContain("zeppelin");
  });
});

function changedPixels(before: Picture, after: Picture): { x: number; y: number }[] {
  const changed: { x: number; y: number }[] = [];
  for (let pixel = 0; pixel < before.width * before.height; pixel++) {
    const differs = [0, 1, 2].some(
      (channel) => before.rgb[pixel * 3 + channel] !== after.rgb[pixel * 3 + channel],
    );
    if (differs) changed.push({ x: pixel % before.width, y: Math.floor(pixel / before.width) });
  }
  return changed;
}

function isInside({ left, top, width, height }: Box, x: number, y: number): boolean {
  return x >= left && x < left + width && y >= top && y < top + height;
}
