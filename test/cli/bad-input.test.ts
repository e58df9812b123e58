import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { cheap, emptyFolder, everythingIn, runLrbot, scene, temporaryFolder } from "./lrbot.ts";

const folder = temporaryFolder();
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs in an empty folder and expects one coded line, the status, and nothing left in that folder. */
async function expectRefusal(words: readonly string[], status: number, code: string, says?: string) {
  const home = emptyFolder(folder, `run-${runs++}`);
  const ended = await runLrbot(words, { folder: home });
  expect(ended.stderr).toMatch(new RegExp(`^error ${code}: Expected [^\\n]*, got [^\\n]*\\n$`));
  if (says !== undefined) expect(ended.stderr).toContain(says);
  expect({ status: ended.status, stdout: ended.stdout }).toEqual({ status, stdout: "" });
  expect(everythingIn(home)).toEqual([]);
}
let runs = 0;

const edit = (...words: string[]) => ["edit", "--image", scene, "--prompt", "a rabbit", ...words];

describe("wrong usage", () => {
  it.each([
    ["no command", [], "a command"],
    ["an unknown command", ["paint"], "paint"],
    ["an unknown option", edit("--colour", "red"), "--colour"],
    ["a misspelt option", edit("--prompts", "x"), "Did you mean --prompt?"],
    ["no picture", ["edit", "--prompt", "a rabbit"], "--image"],
    ["no prompt", ["edit", "--image", scene], "--prompt"],
    ["an option without its value", edit("--seed"), "--seed"],
    ["a word too many", edit("more"), "after edit"],
    ["a number that is none", edit("--steps", "many"), '"many"'],
    ["a number in another base", edit("--seed", "0x10"), '"0x10"'],
    ["a box of three numbers", edit("--box", "1,2,3"), '"1,2,3"'],
    ["a box of fractions", edit("--box", "1,2,3.5,4"), '"1,2,3.5,4"'],
    ["packs without a command", ["packs"], "a command"],
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
    ["--anchor-spacing", "-1"],
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
  it.each([
    ["a missing file", () => join(folder, "nowhere.png"), "picture-not-found"],
    ["a file name with a line break and an escape", () => `${folder}/a\nb\u001b[2J.png`, "picture-not-found"],
    ["a directory", () => folder, "picture-is-a-directory"],
    ["zero bytes", () => file("empty.png", ""), "picture-empty"],
    [
      "a text",
      () => file("text.png", "not a picture at all, whatever its name says"),
      "picture-not-a-picture",
    ],
    ["a truncated picture", truncated, "picture-corrupt"],
  ])("%s is one line and status 2", (_name, make, code) =>
    expectRefusal(["edit", "--image", make(), "--prompt", "a rabbit"], 2, code),
  );
});

describe("output folders that are no use", () => {
  it("a file in its place, or on the way to it", async () => {
    const file = join(folder, "file");
    writeFileSync(file, "mine");
    await expectRefusal(edit("--out", file), 2, "output-unwritable");
    await expectRefusal(edit("--out", join(file, "below", "it")), 2, "output-unwritable");
    expect(readFileSync(file, "utf8")).toBe("mine");
  });

  it("leaves no parent folders behind when the edit fails", () =>
    expectRefusal(
      ["edit", "--image", join(folder, "nowhere.png"), "--prompt", "a rabbit", "--out", "a/b/c"],
      2,
      "picture-not-found",
    ));

  const tiny = mountTiny();
  afterAll(() => tiny.unmount());

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
