import { spawnSync } from "node:child_process";
import { closeSync, cpSync, existsSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { errorLineOf, exitStatusOf } from "../../src/cli/exit-status.ts";
import { EditError, errorCodes } from "../../src/errors.ts";
import { runHere } from "./in-process.ts";
import { runLrbot, scene, startLrbot, temporaryFolder } from "./lrbot.ts";

const folder = temporaryFolder();
afterAll(() => rmSync(folder, { recursive: true }));
const goldens = join(import.meta.dirname, "..", "fixtures", "goldens");
const run = (words: readonly string[], environment = {}) => runLrbot(words, { folder, environment });
const here = (words: readonly string[], environment = {}) => runHere(words, { folder, environment });

describe("the command line", () => {
  it("prints the version of package.json", async () => {
    const manifest = readFileSync(join(import.meta.dirname, "..", "..", "package.json"), "utf8");
    const { status, stdout, stderr } = await run(["--version"]);
    expect({ status, stdout, stderr }).toEqual({
      status: 0,
      stdout: `${JSON.parse(manifest).version}\n`,
      stderr: "",
    });
  });

  it.each([
    [[]],
    [["edit"]],
    [["demo"]],
    [["packs"]],
    [["packs", "list"]],
    [["packs", "verify"]],
    [["doctor"]],
    [["goldens"]],
    [["start"]],
  ])("says on standard output how it is used: %s", async (words) => {
    const { status, stdout, stderr } = await here([...words, "--help"]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toContain(["Usage: lrbot", ...words].join(" "));
  });

  it("helps by -h and by help as by --help, in lines that fit a terminal", async () => {
    const { stdout } = await here(["edit", "--help"]);
    expect((await here(["edit", "-h"])).stdout).toBe(stdout);
    expect((await here(["help", "edit"])).stdout).toBe(stdout);
    for (const group of ["What to edit:", "How much and how:", "The method:", "Output:", "Examples:"]) {
      expect(stdout).toContain(`\n${group}\n`);
    }
    const prose = stdout.split("\n").filter((line) => !line.startsWith("  $ "));
    expect(prose.filter((line) => line.length > 80)).toEqual([]);
  });

  it("helps whatever the environment holds", async () => {
    expect((await here(["--help"], { LRBOT_DEVICES: "gpu" })).status).toBe(0);
  });

  it("does not mind a reader that goes away", async () => {
    const running = startLrbot(["packs", "verify"], { folder });
    running.closeOutput();
    expect(await running.ended).toMatchObject({ status: 0, stderr: "" });
  });

  it("says of the bot without a token what it needs, and what works without", async () => {
    const { status, stdout, stderr } = await run(["start"]);
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    for (const word of ["DISCORD_TOKEN", "SLACK_BOT_TOKEN", "npm run demo"]) expect(stderr).toContain(word);
    expect(stderr).toMatch(/\nerror usage: Expected [^\n]*, got [^\n]*\n$/);
  });

  it("has an exit status for every code", () => {
    const statuses = errorCodes.map((code) => exitStatusOf(new EditError(code, "")));
    expect(statuses.every((status) => [1, 2, 3, 4].includes(status))).toBe(true);
  });

  it("keeps an error on one line and its escapes off the screen", () => {
    const error = new EditError("picture-not-found", "Expected a picture at a\nb\u001b[2J\u202e, got none.");
    expect(errorLineOf(error)).toBe(
      "error picture-not-found: Expected a picture at a\\u{a}b\\u{1b}[2J\\u{202e}, got none.",
    );
  });
});

describe("lrbot doctor", () => {
  it("finds a machine that passes these tests to be well", async () => {
    const { status, stdout } = await run(["doctor", "--json"]);
    expect(status).toBe(0);
    const findings: { check: string; state: string; mend: string | null }[] = JSON.parse(stdout);
    expect(findings.map(({ check }) => check)).toEqual(
      expect.arrayContaining([
        "node",
        "memory",
        "data folder",
        "gpu",
        "pack mini",
        "sharp",
        "tensorflow",
        "onnxruntime",
      ]),
    );
    expect(findings.filter(({ state }) => state === "broken")).toEqual([]);
  });

  it("names what is broken and what mends it, in status 1", async () => {
    writeFileSync(join(folder, "file"), "");
    const { status, stdout } = await here(["doctor"], {
      LRBOT_PACK: "absent",
      LRBOT_DATA: join(folder, "file", "data"),
    });
    expect(status).toBe(1);
    expect(stdout).toMatch(/^pack absent +broken +.* Mend it: .*LRBOT_PACK$/m);
    expect(stdout).toMatch(/^data folder +broken +.* Mend it: .*LRBOT_DATA.*$/m);
  });
});

describe("lrbot goldens", () => {
  it("passes cases that the networks reproduce, and fails in status 1 where one number is off", async () => {
    const some = join(folder, "some");
    for (const name of ["roi", "dino"]) cpSync(join(goldens, name), join(some, name), { recursive: true });
    const good = await run(["goldens", some]);
    expect(good.stdout.trimEnd().split("\n").at(-1)).toBe("2 passed, 0 failed, 0 unsupported");
    expect({ status: good.status, stderr: good.stderr }).toEqual({ status: 0, stderr: "" });

    const spoilt = join(folder, "spoilt");
    cpSync(join(goldens, "roi"), join(spoilt, "roi"), { recursive: true });
    const file = join(spoilt, "roi", "io.safetensors");
    const bytes = readFileSync(file);
    bytes.writeFloatLE(1e9, bytes.length - 4);
    writeFileSync(file, bytes);
    const bad = await here(["goldens", spoilt]);
    expect(bad.stdout.trimEnd().split("\n").at(-1)).toBe("0 passed, 1 failed, 0 unsupported");
    expect(bad.status).toBe(1);
  });

  it("answers a folder that is none in one line and status 2", async () => {
    const { status, stderr } = await here(["goldens", join(folder, "nowhere")]);
    expect(status).toBe(2);
    expect(stderr).toMatch(/^error usage: Expected [^\n]*, got [^\n]*\n$/);
  });
});

describe.runIf(existsSync("/dev/full"))("a full disk under what is printed", () => {
  it("is told in one line, in status 1", () => {
    const full = openSync("/dev/full", "w");
    const lrbot = join(import.meta.dirname, "..", "..", "bin", "lrbot.js");
    const { status, stderr } = spawnSync(process.execPath, [lrbot, "packs", "list"], {
      cwd: folder,
      stdio: ["ignore", full, "pipe"],
      encoding: "utf8",
    });
    closeSync(full);
    expect(stderr).toMatch(/^error disk-full: Expected [^\n]*, got ENOSPC[^\n]*\n$/);
    expect(status).toBe(1);
  });
});

describe("an edit whose reader goes away", () => {
  it("still ends well", async () => {
    const words = ["edit", "--image", scene, "--prompt", "a rabbit", "--box", "40,40,96,96", "--steps", "1"];
    const running = startLrbot([...words, "--json", "--quiet", "--out", "piped"], { folder });
    running.closeOutput();
    expect(await running.ended).toMatchObject({ status: 0, stderr: "" });
    expect(readFileSync(join(folder, "piped", "edit.json"), "utf8")).toContain('"results"');
  });
});
