import { execFileSync } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { pngHeader, pngOf } from "../pipeline/image/pictures.ts";
import { shareWorkers } from "./in-process.ts";
import { cheap, emptyFolder, everythingIn, runLrbot, scene, temporaryFolder } from "./lrbot.ts";

const folder = temporaryFolder();
const tiny = mountTiny();
const workers = shareWorkers();
afterAll(async () => {
  await workers[Symbol.asyncDispose]();
  tiny.unmount();
  rmSync(folder, { recursive: true });
});

/**
 * Runs in an empty folder and expects one coded line, the status, and nothing left in that folder. The command line runs within this
 * process, and its edits share a worker; the first cases show that a process of its own answers the same.
 */
async function expectRefusal(
  words: readonly string[],
  status: number,
  code: string,
  says?: string,
  run: typeof runLrbot = workers.runHere,
) {
  const home = emptyFolder(folder, `run-${runs++}`);
  const ended = await run(words, { folder: home });
  expect(ended.stderr).toMatch(new RegExp(`^error ${code}: Expected [^\\n]*, got [^\\n]*\\n$`));
  if (says !== undefined) expect(ended.stderr).toContain(says);
  expect({ status: ended.status, stdout: ended.stdout }).toEqual({ status, stdout: "" });
  expect(everythingIn(home)).toEqual([]);
}
let runs = 0;

const edit = (...words: string[]) => ["edit", "--image", scene, "--prompt", "a rabbit", ...words];

describe("as a process of its own", () => {
  it.each([
    ["no command", [], 2, "usage"],
    ["an unknown option", edit("--colour", "red"), 2, "usage"],
    ["a number out of range", edit("--anchors", "0"), 2, "setting-out-of-range"],
    ["an empty prompt", ["edit", "--image", scene, "--prompt", ""], 2, "prompt-empty"],
    ["a missing file", edit("--image", "nowhere.png"), 2, "picture-not-found"],
    ["a box that leaves the picture", edit(...cheap, "--box", "200,200,100,100"), 2, "box-outside-picture"],
    ["a folder that cannot be made", edit("--out", "/proc/out"), 2, "output-unwritable"],
  ] as const)("%s is one line with its status", (_name, words, status, code) =>
    expectRefusal(words, status, code, undefined, runLrbot),
  );
});

describe("wrong usage", () => {
  it.each([
    ["no command", [], "a command"],
    ["an unknown command", ["paint"], "paint"],
    ["help for an unknown command", ["help", "paint"], "after help, got paint"],
    ["an unknown option", edit("--colour", "red"), "--colour"],
    ["a misspelt option", edit("--prompts", "x"), "Did you mean --prompt? See lrbot edit --help."],
    ["no picture", ["edit", "--prompt", "a rabbit"], "--image"],
    ["no prompt", ["edit", "--image", scene], "--prompt"],
    ["an option without its value", edit("--seed"), "--seed"],
    ["a word too many", edit("more"), 'after edit, got "more"'],
    ["a prompt without quotes", ["edit", "--image", scene, "--prompt", "a", "red", "car"], "in quotes"],
    ["a word too many for a command of a command", ["packs", "list", "more"], 'after list, got "more"'],
    ["a number that is none", edit("--steps", "many"), '"many"'],
    ["a number in another base", edit("--seed", "0x10"), '"0x10"'],
    ["a box of three numbers", edit("--box", "1,2,3"), '"1,2,3"'],
    ["a box of fractions", edit("--box", "1,2,3.5,4"), '"1,2,3.5,4"'],
    ["a number that is infinite", edit("--guidance", "Infinity"), '"Infinity"'],
    ["a number that is not one", edit("--strength", "NaN"), '"NaN"'],
    ["no number at all", edit("--steps", ""), '""'],
    ["an output folder without a name", edit("--out", ""), "a folder for the results"],
    ["an option that takes no value", edit("--force=yes"), "--force=yes"],
    ["packs without a command", ["packs"], "a command, got none. See lrbot packs --help."],
  ])("is one line and status 2: %s", (_name, words, says) => expectRefusal(words, 2, "usage", says));

  it("is answered the same when the environment is wrong", async () => {
    const ended = await runLrbot(edit(), { folder, environment: { LRBOT_DEVICES: "gpu" } });
    expect(ended.status).toBe(2);
    expect(ended.stderr).toMatch(/^error usage: Expected LRBOT_DEVICES .*, got "gpu"\.\n$/);
  });
});

describe("settings and words that cannot be served", () => {
  it.each([
    ["--anchors", "0"],
    ["--anchors", "65"],
    ["--anchors", "2.5"],
    ["--proposals", "0"],
    ["--proposals", "32"],
    ["--steps", "0"],
    ["--steps", "1001"],
    ["--budget", "1"],
    ["--budget", "1e9"],
    ["--strength", "0"],
    ["--strength", "1.01"],
    ["--guidance", "-1"],
    ["--guidance", "51"],
    ["--seed", "-1"],
    ["--seed", "4294967296"],
    ["--seed", "1e400"],
    ["--guidance", "1e999"],
    ["--anchor-spacing", "-1"],
    ["--inpainter", ""],
    ["--chooser", "magic"],
    ["--estimator", "magic"],
    ["--structure-norm", "l1"],
    ["--rank", "best"],
    ["--box", "0,0,0,10"],
  ])("%s %s is out of range", (option, value) =>
    expectRefusal(edit(option, value), 2, "setting-out-of-range"),
  );

  it.each([
    ["empty", "", "prompt-empty"],
    ["blank", "   ", "prompt-empty"],
    ["over 1,000 characters", "x".repeat(1001), "prompt-too-long"],
    ["with a control character", "a \u0007 rabbit", "prompt-characters"],
    ["with a line break", "a\nrabbit", "prompt-characters"],
    ["with an escape", "a \u001b[31mred rabbit", "prompt-characters"],
    ["with a zero-width space", "a rab\u200bbit", "prompt-characters"],
    ["with a right-to-left override", "a \u202etibbar", "prompt-characters"],
  ])("a prompt that is %s", (_name, prompt, code) =>
    expectRefusal(["edit", "--image", scene, "--prompt", prompt], 2, code),
  );

  it("a source noun or negative prompt with a zero-width character", async () => {
    await expectRefusal(edit("--source", "tr\u200bee"), 2, "prompt-characters");
    await expectRefusal(edit("--negative", "a\u0001"), 2, "prompt-characters");
  });

  it("a box that leaves the picture", () =>
    expectRefusal(edit(...cheap, "--box", "200,200,100,100"), 2, "box-outside-picture"));

  it("an editing model that there is not", () =>
    expectRefusal(edit(...cheap, "--inpainter", "magic"), 2, "inpainter-unknown"));
});

describe("pictures that are no use", () => {
  const file = (name: string, bytes: Uint8Array | string) => {
    const path = join(folder, name);
    writeFileSync(path, bytes);
    return path;
  };
  const truncated = () => {
    const path = file("truncated.png", readFileSync(scene));
    truncateSync(path, 20_000);
    return path;
  };
  const png = (name: string, width: number, height: number) =>
    file(name, pngOf([pngHeader(width, height), { type: "IDAT", data: [0] }, { type: "IEND", data: [] }]));
  const pipe = () => {
    execFileSync("mkfifo", [join(folder, "pipe.png")]);
    return join(folder, "pipe.png");
  };
  const loop = () => {
    symlinkSync("loop.png", join(folder, "loop.png"));
    return join(folder, "loop.png");
  };
  const heic = "\0\0\0\x14ftypheic\0\0\0\0mif1";
  // Two frames of one pixel.
  const frame = "2c0000000001000100000202440100";
  const gif = Buffer.from(`47494638396101000100800000000000ffffff${frame}${frame}3b`, "hex");
  it.each([
    ["a missing file", () => join(folder, "nowhere.png"), "picture-not-found"],
    ["a file name with a line break and an escape", () => `${folder}/a\nb\u001b[2J.png`, "picture-not-found"],
    ["a directory", () => folder, "picture-is-a-directory"],
    ["a pipe", pipe, "picture-unreadable"],
    ["a device", () => "/dev/zero", "picture-unreadable"],
    ["a file of the system, which may never end", () => "/proc/kmsg", "picture-empty"],
    ["a link to itself", loop, "picture-unreadable"],
    ["zero bytes", () => file("empty.png", ""), "picture-empty"],
    ["a text", () => file("text.png", "not a picture at all, says its content"), "picture-not-a-picture"],
    ["an SVG", () => file("drawing.png", "<svg/>"), "picture-format-unsupported"],
    ["a PDF", () => file("pages.png", "%PDF-1.7\n"), "picture-format-unsupported"],
    ["a HEIC photo", () => file("photo.jpg", heic), "picture-heic"],
    ["an animated GIF", () => file("moving.gif", gif), "picture-animated"],
    ["a truncated picture", truncated, "picture-corrupt"],
    ["1 x 1", () => png("dot.png", 1, 1), "picture-too-small"],
    ["1 x 100,000", () => png("line.png", 1, 100_000), "picture-too-small"],
    ["9 to 1", () => png("strip.png", 288, 32), "picture-too-long"],
    ["51 megapixels, says the header", () => png("large.png", 8000, 6376), "picture-too-large"],
  ])("%s is one line and status 2", (_name, make, code) =>
    expectRefusal(["edit", "--image", make(), "--prompt", "a rabbit"], 2, code),
  );

  it.skipIf(process.getuid?.() === 0)("one that may not be read (skipped: root may read all)", () => {
    const path = file("secret.png", readFileSync(scene));
    chmodSync(path, 0);
    return expectRefusal(["edit", "--image", path, "--prompt", "a rabbit"], 2, "picture-unreadable");
  });
});

describe("output folders that are no use", () => {
  it("a file in its place, or on the way to it", async () => {
    const file = join(folder, "file");
    writeFileSync(file, "mine");
    await expectRefusal(edit("--out", file), 2, "output-unwritable");
    await expectRefusal(edit("--out", join(file, "below", "it")), 2, "output-unwritable");
    expect(readFileSync(file, "utf8")).toBe("mine");
  });

  it("a link that leads nowhere, before anything is painted", async () => {
    symlinkSync("nowhere", join(folder, "dangling"));
    await expectRefusal(edit("--out", join(folder, "dangling")), 2, "output-unwritable", "leads nowhere");
  });

  it("leaves no parent folders behind when the edit fails", () =>
    expectRefusal(
      ["edit", "--image", join(folder, "nowhere.png"), "--prompt", "a rabbit", "--out", "a/b/c"],
      2,
      "picture-not-found",
    ));

  it.skipIf(!tiny.mounted)(`a disk that is read-only ${tiny.reason}`, async () => {
    tiny.remount("ro");
    await expectRefusal(edit("--out", join(tiny.folder, "out")), 2, "output-unwritable");
    await expectRefusal(edit("--out", tiny.folder), 2, "output-unwritable");
    tiny.remount("rw");
    expect(everythingIn(tiny.folder)).toEqual([]);
  });

  it.skipIf(!tiny.mounted)(`a disk that is full, or becomes so ${tiny.reason}`, async () => {
    const out = join(tiny.folder, "out");
    await expectRefusal(edit(...cheap, "--quiet", "--out", out), 1, "disk-full");
    expect(everythingIn(tiny.folder)).toEqual([]);
    writeFileSync(join(tiny.folder, "filler"), new Uint8Array(64 * 1024 - 4096));
    await expectRefusal(edit(...cheap, "--quiet", "--out", out), 1, "disk-full");
    expect(everythingIn(tiny.folder)).toEqual(["filler"]);
  });
});

/** A disk of 64 kB, where this process may mount one. */
function mountTiny() {
  const mountPoint = join(folder, "tiny");
  mkdirSync(mountPoint);
  const mount = (...words: string[]) => execFileSync("mount", words, { stdio: "pipe" });
  try {
    mount("-t", "tmpfs", "-o", "size=64k", "tmpfs", mountPoint);
  } catch (error) {
    const reason = `(skipped: no tmpfs can be mounted here: ${String(error).split("\n")[0]})`;
    return { mounted: false, folder: mountPoint, reason, remount: () => {}, unmount: () => {} };
  }
  return {
    mounted: true,
    folder: mountPoint,
    reason: "",
    remount: (how: "ro" | "rw") => void mount("-o", `remount,${how}`, mountPoint),
    unmount: () => void execFileSync("umount", [mountPoint]),
  };
}
