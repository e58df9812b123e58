import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { type OutputFolder, reserveOutputFolder } from "../../src/cli/output-folder.ts";
import type { EditResult } from "../../src/types.ts";
import { everythingIn, scene } from "./lrbot.ts";

const root = mkdtempSync(join(tmpdir(), "lrbot-output-"));
afterAll(() => rmSync(root, { recursive: true }));
let homes = 0;

function home(): string {
  const path = join(root, `home-${homes++}`);
  mkdirSync(path);
  return path;
}

const result: EditResult = {
  image: { file: "a.png", width: 1, height: 1, sha256: "" },
  prompt: "a rabbit",
  source: { text: "dog", from: "given", confidence: 1 },
  pack: "mini",
  inpainter: "stable-diffusion",
  device: "cpu",
  seed: 0,
  settings: {
    anchors: 1,
    proposals: 1,
    seed: 0,
    steps: 1,
    budget: 2,
    strength: 1,
    guidance: 1,
    inpainter: null,
    estimator: "expected",
    structureNorm: "rms",
    anchorSpacing: null,
    rank: "guarded",
    negative: "",
  },
  network: null,
  anchors: [],
  proposals: [],
  results: [],
  calls: { drafts: 0, full: 0, equivalent: 0 },
  warnings: [],
  milliseconds: { load: 0, features: 0, learn: 0, paint: 0, rank: 0, total: 0 },
};

/** Writes results into the scratch folder as a worker does. */
function paint(output: OutputFolder, names: readonly string[], text = "new"): void {
  for (const name of names) writeFileSync(join(output.scratch, name), `${text} ${name}`);
}

describe("an output folder", () => {
  it("that is not there appears whole, with its parents", () => {
    const base = home();
    const output = reserveOutputFolder(join(base, "a", "b"), { force: false });
    expect(everythingIn(output.scratch)).toEqual([]);
    paint(output, ["result-1.png", "overlay-1.png"]);
    expect(existsSync(join(base, "a", "b"))).toBe(false);
    output.publish(result);
    output[Symbol.dispose]();
    expect(everythingIn(base)).toEqual([
      "a",
      "a/b",
      "a/b/edit.json",
      "a/b/overlay-1.png",
      "a/b/result-1.png",
    ]);
    expect(JSON.parse(readFileSync(join(base, "a", "b", "edit.json"), "utf8"))).toEqual(result);
  });

  it("that was not published leaves neither itself nor parents made for it", () => {
    const base = home();
    const output = reserveOutputFolder(join(base, "a", "b", "c"), { force: false });
    paint(output, ["result-1.png"]);
    output[Symbol.dispose]();
    expect(everythingIn(base)).toEqual([]);
  });

  it("that is there keeps what is not ours", () => {
    const base = home();
    writeFileSync(join(base, "holiday.png"), "mine");
    const output = reserveOutputFolder(base, { force: false });
    paint(output, ["result-1.png"]);
    expect(everythingIn(base)).toEqual(["holiday.png"]);
    output.publish(result);
    output[Symbol.dispose]();
    expect(everythingIn(base)).toEqual(["edit.json", "holiday.png", "result-1.png"]);
  });

  it.each(["edit.json", "result-3.png", "overlay-12.png"])(
    "with %s in it is refused without force",
    (name) => {
      const base = home();
      writeFileSync(join(base, name), "old");
      expect(() => reserveOutputFolder(base, { force: false })).toThrow(
        expect.objectContaining({ code: "output-not-empty" }),
      );
      expect(everythingIn(base)).toEqual([name]);
    },
  );

  it("loses all of an earlier edit with force, also results that the new one has fewer of", () => {
    const base = home();
    for (const name of ["edit.json", "result-1.png", "result-2.png", "overlay-2.png", "note.txt"]) {
      writeFileSync(join(base, name), "old");
    }
    const output = reserveOutputFolder(base, { force: true });
    paint(output, ["result-1.png"]);
    output.publish(result);
    output[Symbol.dispose]();
    expect(everythingIn(base)).toEqual(["edit.json", "note.txt", "result-1.png"]);
    expect(readFileSync(join(base, "result-1.png"), "utf8")).toBe("new result-1.png");
  });

  it("has all of an earlier edit again when publishing fails half-way", () => {
    const base = home();
    for (const name of ["edit.json", "result-1.png"]) writeFileSync(join(base, name), "old");
    const output = reserveOutputFolder(base, { force: true });
    paint(output, ["overlay-1.png", "result-1.png", "result-2.png"]);
    // Not a name of ours, so it stays; a file cannot take the place of a folder.
    mkdirSync(join(base, "unforeseen"));
    paint(output, ["unforeseen"]);
    expect(() => output.publish(result)).toThrow(expect.objectContaining({ code: "output-unwritable" }));
    output[Symbol.dispose]();
    expect(everythingIn(base)).toEqual(["edit.json", "result-1.png", "unforeseen"]);
    expect(readFileSync(join(base, "result-1.png"), "utf8")).toBe("old");
    expect(readFileSync(join(base, "edit.json"), "utf8")).toBe("old");
  });

  it("may be a link to a folder", () => {
    const base = home();
    mkdirSync(join(base, "real"));
    symlinkSync(join(base, "real"), join(base, "link"));
    const output = reserveOutputFolder(join(base, "link"), { force: false });
    paint(output, ["result-1.png"]);
    output.publish(result);
    output[Symbol.dispose]();
    expect(everythingIn(join(base, "real"))).toEqual(["edit.json", "result-1.png"]);
  });

  it("that is a file, or lies below one, is refused", () => {
    const base = home();
    writeFileSync(join(base, "file"), "mine");
    for (const path of [join(base, "file"), join(base, "file", "below")]) {
      expect(() => reserveOutputFolder(path, { force: true })).toThrow(
        expect.objectContaining({ code: "output-unwritable" }),
      );
    }
    expect(everythingIn(base)).toEqual(["file"]);
  });
});

describe.skipIf(process.platform === "win32")("a limit on how large files may grow", () => {
  it("is told as a full disk is, before anything is painted", () => {
    const folder = home();
    const lrbot = join(import.meta.dirname, "../../bin/lrbot.js");
    // A block or two: less than the file that proves that results can be written.
    const { status, stdout, stderr } = spawnSync(
      "sh",
      [
        "-c",
        'ulimit -f 1; exec "$@"',
        "sh",
        process.execPath,
        lrbot,
        "edit",
        "--image",
        scene,
        "--prompt",
        "a cat",
      ],
      {
        cwd: folder,
        env: { PATH: process.env.PATH ?? "", HOME: folder, LRBOT_DATA: join(folder, "data") },
        encoding: "utf8",
      },
    );
    expect(stderr).toMatch(
      /^error disk-full: Expected room on the disk for .*, got EFBIG\. Free some space\.\n$/,
    );
    expect({ status, stdout, left: everythingIn(folder) }).toEqual({ status: 1, stdout: "", left: [] });
  });
});
