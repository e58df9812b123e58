import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createFakeComfyui } from "../../fakes/comfyui/index.ts";
import { createFakeHub, type FakeHub } from "../../fakes/hub/index.ts";
import { addEyes, addTinyDiffusion, filesOf, tinyManifest } from "../../fakes/hub/tiny-pack.ts";
import { withHeader } from "../broken-pack.ts";
import { shareWorkers } from "../in-process.ts";
import { cheaper, emptyFolder, everythingIn, scene, startLrbot, temporaryFolder } from "../lrbot.ts";
import { addRemotePack } from "../remote-pack.ts";

const root = temporaryFolder();
let hub: FakeHub;
let home = "";
let made = 0;
const workers = shareWorkers();
beforeAll(async () => {
  hub = await createFakeHub();
});
afterAll(async () => {
  await workers[Symbol.asyncDispose]();
  await hub[Symbol.asyncDispose]();
  rmSync(root, { recursive: true });
});
beforeEach(() => {
  hub.behave();
  hub.requests.length = 0;
  addTinyDiffusion(hub);
  addEyes(hub);
  home = emptyFolder(root, `home-${made++}`);
  describeTiny();
});

const target = () => join(home, "data", "packs", "tiny");
const clip = "clip/model.safetensors";
const started = (words: readonly string[], environment = {}) =>
  startLrbot(words, { folder: home, environment: { HF_ENDPOINT: hub.url, ...environment } });
const lrbot = (words: readonly string[], environment = {}) =>
  workers.runHere(words, { folder: home, environment: { HF_ENDPOINT: hub.url, ...environment } });
const accepting = ["packs", "pull", "tiny", "--accept-licence"];
const isClip = /^\/xet\//;

/** An operator's own description, in the data folder. */
function describeTiny(): void {
  mkdirSync(target(), { recursive: true });
  writeFileSync(join(target(), "pack.json"), JSON.stringify(tinyManifest("tiny")));
  writeFileSync(join(target(), "nouns.txt"), "dog\ncat\n");
}

const locksIn = (folder: string) => everythingIn(folder).filter((name) => /^\..*lock/.test(name));

describe("lrbot packs pull", () => {
  it("asks for the licence first, once, and gives a pack that edits", async () => {
    const list = await lrbot(["packs", "list"]);
    expect(list.stdout).toMatch(/tiny +1\.0\.0 +can be pulled: lrbot packs pull tiny/);
    const refused = await lrbot(["packs", "pull", "tiny"]);
    expect(refused.status).toBe(2);
    expect(refused.stderr).toMatch(
      /^Licence: Tiny RAIL\n.*tiny-rail\n.*no harm.*\nerror license-not-accepted: .*--accept-licence\.\n$/,
    );
    expect(hub.requests).toEqual([]);

    const pulled = await lrbot(accepting);
    expect(pulled.stderr).toContain("fetching clip/model.safetensors (");
    expect(pulled.stderr).toContain("tiny/inpainting has no unet/diffusion_pytorch_model.fp16.safetensors");
    expect(pulled.stdout).toMatch(
      /^pack tiny is complete: 18 files, 4\.\d MB, each checked by its sha256; 4\.\d MB fetched\./,
    );
    expect(pulled.status).toBe(0);

    hub.requests.length = 0;
    const again = await lrbot(["packs", "pull", "tiny"]);
    expect(again.stdout).toContain("nothing had to be fetched");
    expect({ status: again.status, stderr: again.stderr, asked: hub.requests }).toEqual({
      status: 0,
      stderr: "",
      asked: [],
    });

    const words = [
      "edit",
      "--image",
      scene,
      "--prompt",
      "a cat",
      "--pack",
      "tiny",
      ...cheaper,
      "--out",
      "out",
    ];
    expect(await lrbot([...words, "--quiet"])).toEqual({ status: 0, stdout: "", stderr: "" });
    expect(everythingIn(join(home, "out"))).toContain("result-1.png");
  });

  it("with --quiet says nothing but its errors", async () => {
    expect(await lrbot([...accepting, "--quiet"])).toEqual({ status: 0, stdout: "", stderr: "" });
  });

  it("holds to its lock file until it is told to update", async () => {
    await lrbot(accepting);
    const lock = readFileSync(join(target(), "pack.lock.json"), "utf8");
    hub.addRepository("tiny/vit", {
      ...filesOf(join(import.meta.dirname, "../../../models/mini/dino")),
      "README.md": "new",
    });
    const commit = hub.repositories.get("tiny/vit")?.revisions.get("main")?.commit ?? "";
    await lrbot(accepting);
    expect(readFileSync(join(target(), "pack.lock.json"), "utf8")).toBe(lock);
    expect((await lrbot([...accepting, "--update"])).status).toBe(0);
    expect(readFileSync(join(target(), "pack.lock.json"), "utf8")).toContain(commit);
  });

  it("that is interrupted ends in status 4 with one line, and goes on where it stopped", async () => {
    hub.misbehave({
      server: "cdn",
      path: isClip,
      times: 99,
      does: { kind: "slow", piece: 10_000, milliseconds: 30 },
    });
    const running = started([...accepting, "--quiet"]);
    await until(() => sizeOf(`${clip}.partial`) > 50_000);
    running.kill("SIGINT");
    const { status, stderr, stdout } = await running.ended;
    expect(stderr).toMatch(/^error cancelled: Expected [^\n]*, got [^\n]*\n$/);
    expect({ status, stdout, locks: locksIn(join(home, "data", "packs")) }).toEqual({
      status: 4,
      stdout: "",
      locks: [],
    });
    await goesOn();
  });

  it("that is killed goes on where it stopped, at once", async () => {
    hub.misbehave({
      server: "cdn",
      path: isClip,
      times: 99,
      does: { kind: "slow", piece: 10_000, milliseconds: 30 },
    });
    const running = started(accepting);
    await until(() => sizeOf(`${clip}.partial`) > 50_000);
    running.kill("SIGKILL");
    await running.ended;
    expect(locksIn(join(home, "data", "packs"))).toEqual([".tiny.lock"]);
    await goesOn();
  });

  async function goesOn(): Promise<void> {
    const size = sizeOf(`${clip}.partial`);
    hub.behave();
    hub.requests.length = 0;
    expect((await lrbot(accepting)).status).toBe(0);
    expect(hub.requests.find(({ server }) => server === "cdn")?.range).toBe(`bytes=${size}-`);
    expect((await lrbot(["packs", "verify", "tiny"])).status).toBe(0);
    expect(everythingIn(target()).filter((name) => name.includes("partial"))).toEqual([]);
  }

  it("twice at once fetches every byte once", async () => {
    hub.misbehave({
      server: "cdn",
      path: isClip,
      times: 1,
      does: { kind: "slow", piece: 20_000, milliseconds: 20 },
    });
    const both = await Promise.all([lrbot(accepting), lrbot(accepting)]);
    expect(both.map(({ status }) => status)).toEqual([0, 0]);
    expect(both.filter(({ stderr }) => stderr.includes("another pull of tiny goes on"))).toHaveLength(1);
    const large = hub.requests.filter(({ server }) => server === "cdn").map(({ path }) => path);
    expect(new Set(large).size).toBe(large.length);
  });

  it("of a gated repository says how to be let in, and is let in with the token", async () => {
    const gated = hub.repositories.get("tiny/inpainting");
    if (gated) gated.isGated = true;
    hub.tokens.set("hf_member", { granted: ["tiny/inpainting"] });
    const refused = await lrbot(accepting);
    expect(refused.status).toBe(3);
    expect(refused.stderr).toMatch(
      /error hub-access: Expected .*Accept its licence at .*\/tiny\/inpainting and set HF_TOKEN/,
    );
    const pulled = await lrbot(accepting, { HF_TOKEN: "hf_member" });
    expect(pulled.status).toBe(0);
    expect(pulled.stderr + pulled.stdout).not.toContain("hf_member");
  });

  it("of a repository that only has pickles says so", async () => {
    hub.addRepository("tiny/vit", {
      "config.json": "{}",
      "preprocessor_config.json": "{}",
      "pytorch_model.bin": "x",
    });
    const { status, stderr } = await lrbot(accepting);
    expect(status).toBe(3);
    expect(stderr).toMatch(/error pack-no-safetensors: Expected model.safetensors in tiny\/vit at main/);
    expect(hub.requests.filter(({ path }) => path.includes(".bin"))).toEqual([]);
  });

  it.each(["option", "environment"])("takes the files from a folder that the %s names", async (where) => {
    const mirror = join(home, "mirror");
    for (const [name, { revisions }] of hub.repositories) {
      for (const [path, { bytes }] of revisions.get("main")?.files ?? []) {
        mkdirSync(dirname(join(mirror, name, path)), { recursive: true });
        writeFileSync(join(mirror, name, path), bytes);
      }
    }
    const pulled =
      where === "option"
        ? await lrbot([...accepting, "--mirror", mirror])
        : await lrbot(accepting, { HF_ENDPOINT: `file://${mirror}` });
    expect(pulled.status).toBe(0);
    expect(hub.requests).toEqual([]);
  });

  it("of a pack that ships whole has nothing to do", async () => {
    const { status, stderr } = await lrbot(["packs", "pull", "mini"]);
    expect({ status, stderr }).toEqual({
      status: 2,
      stderr: expect.stringMatching(/^error usage: .*verify mini/),
    });
  });

  it("says what a pack of the product lacks before it was pulled", async () => {
    const words = ["edit", "--image", scene, "--prompt", "a cat", "--pack", "sd15-inpaint"];
    const { status, stderr } = await lrbot(words);
    expect({ status, stderr }).toEqual({
      status: 3,
      stderr: expect.stringMatching(/^error pack-not-pulled: .*lrbot packs pull sd15-inpaint\.\n$/),
    });
  });
});

describe("weights and configurations that are an attack or damaged", () => {
  const unet = "unet/diffusion_pytorch_model.safetensors";
  const config = "unet/config.json";
  const tiny = () => {
    const files = hub.repositories.get("tiny/inpainting")?.revisions.get("main")?.files ?? new Map();
    return Object.fromEntries([...files].map(([path, { bytes }]) => [path, bytes as Buffer]));
  };
  const lengthOf = (bytes: Buffer, length: bigint) => {
    const changed = Buffer.from(bytes);
    changed.writeBigUInt64LE(length);
    return changed;
  };
  const tensors = (bytes: Buffer, change: (entries: { shape: number[]; data_offsets: number[] }[]) => void) =>
    withHeader(bytes, ({ __metadata__: _, ...header }) => change(Object.values(header) as never));
  const written = (bytes: Buffer, change: object) =>
    Buffer.from(JSON.stringify({ ...JSON.parse(bytes.toString()), ...change }));

  it.each([
    ["a header of huge length", unet, "weights-corrupt", (bytes: Buffer) => lengthOf(bytes, 2n ** 62n)],
    ["a header longer than the file", unet, "weights-corrupt", (bytes: Buffer) => lengthOf(bytes, 10n ** 7n)],
    ["a header that is cut", unet, "weights-corrupt", (bytes: Buffer) => bytes.subarray(0, 100)],
    [
      "overlapping tensors",
      unet,
      "weights-corrupt",
      (bytes: Buffer) =>
        tensors(bytes, ([first, second]) => {
          if (first && second) Object.assign(second, first);
        }),
    ],
    [
      "a tensor outside the file",
      unet,
      "weights-corrupt",
      (bytes: Buffer) =>
        tensors(bytes, ([first]) => {
          if (first) first.data_offsets = first.data_offsets.map((offset) => offset + 1e9);
        }),
    ],
    [
      "an absurd shape",
      unet,
      "weights-corrupt",
      (bytes: Buffer) =>
        tensors(bytes, ([first]) => {
          if (first) first.shape = [2 ** 40, 2 ** 40];
        }),
    ],
    [
      "an unknown block",
      config,
      "network-unsupported",
      (bytes: Buffer) => written(bytes, { down_block_types: ["Evil"] }),
    ],
    [
      "an unknown activation",
      config,
      "network-unsupported",
      (bytes: Buffer) => written(bytes, { act_fn: "evil" }),
    ],
    ["no JSON", config, "pack-invalid", () => Buffer.from("{")],
  ])("with %s are refused by name, and leave no pack", async (_, file, code, change) => {
    const files = tiny();
    const bytes = files[file];
    if (bytes) hub.addRepository("tiny/inpainting", { ...files, [file]: change(bytes) });
    const { status, stdout, stderr } = await lrbot([...accepting, "--quiet"]);
    expect(stderr).toMatch(new RegExp(`^error ${code}: Expected [^\\n]*, got [^\\n]*\\n$`));
    expect(stderr).toContain(file);
    expect({ status, stdout }).toEqual({ status: 3, stdout: "" });
  });
});

describe("lrbot packs try", () => {
  it("finds the embedded pack's figures as they are known", async () => {
    const { status, stdout } = await lrbot(["packs", "try", "mini", "--json", "--quiet"]);
    const report: { figures: { name: string; verdict: string }[] } = JSON.parse(stdout);
    expect(report.figures.filter(({ verdict }) => verdict !== "as known")).toEqual([]);
    expect(report.figures).toHaveLength(11);
    expect(status).toBe(0);
  });

  it("pulls a pack that is not here, and says plainly that nobody knows its figures", async () => {
    const { status, stdout } = await lrbot(["packs", "try", "tiny", "--accept-licence"]);
    expect(stdout).toMatch(/loss: clip +\S+ +not known/);
    expect(stdout).toContain(
      "No figure of pack tiny is known: nobody has measured them with its true weights.",
    );
    expect(stdout).toContain("not known, so nothing was proven of them: nouns.txt");
    expect(status).toBe(0);
  });

  it("tries a pack that leaves painting to servers at the first that is configured", async () => {
    addRemotePack(join(home, "data", "packs"));
    await using fake = await createFakeComfyui();
    await using other = await createFakeComfyui();
    const environment = { LRBOT_INPAINTERS: `comfyui=${fake.url},comfyui=${other.url}` };
    const { status, stdout } = await lrbot(["packs", "try", "far", "--quiet"], environment);
    expect(stdout).toMatch(/loss: clip +\S+ +not known/);
    expect(status).toBe(0);
    expect(fake.painted.length).toBeGreaterThan(3);
    expect(other.requests).toEqual([]);
  });

  it("says in one line what to set where a pack needs a server and none is configured, before it fetches", async () => {
    const { status, stdout, stderr } = await lrbot(["packs", "try", "remote", "--accept-licence"]);
    expect(stderr).toMatch(
      /^error inpainter-unknown: Expected servers that paint .*Set LRBOT_INPAINTERS.*\n$/,
    );
    expect({ status, stdout, asked: hub.requests }).toEqual({ status: 2, stdout: "", asked: [] });
  });

  it("ends in status 3 where a figure differs", async () => {
    await lrbot(accepting);
    const file = join(target(), "pack.json");
    const figures = { "loss: clip": { value: 3, within: 0.1 }, "loss: other": { value: 1, within: 1 } };
    const reference = { measured: "a guess of this test", figures };
    writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, "utf8")), reference }));
    const { status, stdout } = await lrbot(["packs", "try", "tiny", "--quiet"]);
    expect(stdout).toMatch(/loss: clip +\S+ +3\.00000 +0\.1 +differs/);
    expect(stdout).toContain(
      "0 figures are as known, 2 differ, 10 are not known. Known from: a guess of this test.",
    );
    expect(status).toBe(3);
  });
});

function sizeOf(path: string): number {
  const file = join(target(), path);
  return existsSync(file) ? statSync(file).size : 0;
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 10));
}
