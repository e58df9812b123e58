import { cpSync, existsSync, lstatSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createFakeHub, type FakeHub } from "../../fakes/hub/index.ts";
import { addEyes, addTinyDiffusion, filesOf, tinyManifest } from "../../fakes/hub/tiny-pack.ts";
import { randomTensor, writeTensors } from "../../pipeline/nets/weights.ts";
import { shareWorkers } from "../in-process.ts";
import { cheaper, emptyFolder, everythingIn, scene, temporaryFolder } from "../lrbot.ts";

const goldens = join(import.meta.dirname, "../../fixtures/goldens");
const root = temporaryFolder();
let home = "";
let made = 0;
const workers = shareWorkers();
afterAll(async () => {
  await workers[Symbol.asyncDispose]();
  rmSync(root, { recursive: true });
});
beforeEach(async () => {
  home = emptyFolder(root, `home-${made++}`);
  cpSync(join(goldens, "pipeline-sd15-inpaint/model"), join(home, "dreamy"), { recursive: true });
  cpSync(join(goldens, "tae/model"), join(home, "taesd"), { recursive: true });
  await writeLora("ink.safetensors", "down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_q");
});

/** A LoRA of one layer, of 8 values across, which changes what the tiny UNet paints. */
async function writeLora(name: string, layer: string): Promise<string> {
  const file = join(home, name);
  await writeTensors(file, {
    [`lora_unet_${layer}.lora_down.weight`]: randomTensor("down", [2, 8]),
    [`lora_unet_${layer}.lora_up.weight`]: randomTensor("up", [8, 2]),
    [`lora_unet_${layer}.alpha`]: { data: Float32Array.of(20), shape: [] },
  });
  return file;
}

const lrbot = (words: readonly string[], environment = {}) =>
  workers.runHere(words, { folder: home, environment });
const add = (...words: string[]) => lrbot(["packs", "add", "dreamy", "--eyes-of", "mini", ...words]);
const folderOf = (pack: string) => join(home, "data", "packs", pack);
const manifestOf = (pack: string) => JSON.parse(readFileSync(join(folderOf(pack), "pack.json"), "utf8"));

/** The picture of one given box. */
async function painted(pack: string): Promise<string> {
  const box = ["--box", "60,60,120,120", "--steps", "2", "--mask", "box"];
  const words = ["edit", "--image", scene, "--prompt", "a cat", ...box, "--pack", pack, "--out", pack];
  expect(await lrbot([...words, "--quiet"])).toEqual({ status: 0, stdout: "", stderr: "" });
  return readFileSync(join(home, pack, "result-1.png")).toString("base64");
}

let plainPicture: string | null = null;

/** What the folder's pack paints as it is, which is painted once for all cases. */
async function paintedPlain(): Promise<string> {
  if (plainPicture === null) {
    await add("--name", "plain");
    plainPicture = await painted("plain");
  }
  return plainPicture;
}

describe("lrbot packs add", () => {
  it("makes a pack of a folder that edits, verifies, and leaves the folder when it is removed", async () => {
    const { status, stdout, stderr } = await add();
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toMatch(/^pack dreamy is an inpainting pack of \d+ px frames: \d+ files/);
    expect(lstatSync(join(folderOf("dreamy"), "unet", "config.json")).isSymbolicLink()).toBe(true);
    expect((await lrbot(["packs", "verify", "dreamy"])).status).toBe(0);
    const words = ["edit", "--image", scene, "--prompt", "a cat", "--pack", "dreamy", ...cheaper];
    expect((await lrbot([...words, "--out", "out", "--quiet"])).stderr).toBe("");
    expect((await lrbot(["packs", "remove", "dreamy"])).status).toBe(0);
    expect(existsSync(folderOf("dreamy"))).toBe(false);
    expect(existsSync(join(home, "dreamy", "unet", "config.json"))).toBe(true);
  });

  it("makes a pack of an aMUSEd that edits, and refuses what is for Stable Diffusion alone", async () => {
    cpSync(join(goldens, "amused/model"), join(home, "amused"), { recursive: true });
    const addTokens = (...more: string[]) => lrbot(["packs", "add", "amused", "--eyes-of", "mini", ...more]);
    const refused = await addTokens("--lora", "ink.safetensors");
    expect(refused.stderr).toBe(
      "error usage: Expected aMUSEd without --lora, which is for Stable Diffusion alone.\n",
    );
    expect(await addTokens()).toMatchObject({ status: 0, stderr: "" });
    expect(manifestOf("amused")).toMatchObject({ inpainter: "amused", painting: { side: 64, steps: 12 } });
    const words = ["edit", "--image", scene, "--prompt", "a cat", "--pack", "amused", ...cheaper];
    expect((await lrbot([...words, "--out", "out", "--quiet"])).stderr).toBe("");
    const edit = JSON.parse(readFileSync(join(home, "out", "edit.json"), "utf8"));
    expect(edit).toMatchObject({ pack: "amused", inpainter: "amused" });
  });

  it("makes a pack of a MaskGIT, whose edits say which class was painted, and refuses what is like none", async () => {
    cpSync(join(goldens, "../more-goldens/maskgit/model"), join(home, "maskgit"), { recursive: true });
    const { status, stdout } = await lrbot(["packs", "add", "maskgit", "--eyes-of", "mini"]);
    expect({ status, stdout: stdout.split("\n")[0] }).toEqual({
      status: 0,
      stdout: expect.stringContaining("a pack that paints tokens of a class of 32 px frames"),
    });
    expect(manifestOf("maskgit")).toMatchObject({
      ...{ inpainter: "maskgit", scheduler: null, classes: { names: "classes.txt" } },
      tokenizers: { textEncoder: null },
      painting: { side: 32, steps: 12, draftSteps: 8 },
    });
    const words = ["edit", "--image", scene, "--pack", "maskgit", ...cheaper];
    const done = await lrbot([...words, "--prompt", "a cat", "--out", "out"]);
    expect(done).toMatchObject({ status: 0, stdout: expect.stringContaining('taken for "cat"') });
    const edit = JSON.parse(readFileSync(join(home, "out", "edit.json"), "utf8"));
    expect(edit).toMatchObject({ inpainter: "maskgit", painted: { class: "cat" } });
    expect(edit.warnings).toContainEqual(expect.objectContaining({ code: "class-painted" }));
    const refused = await lrbot([...words, "--prompt", "a spaceship", "--out", "none"]);
    expect(refused).toMatchObject({ status: 2, stderr: expect.stringContaining("error class-unknown") });
  });

  it("never opens a MaskGIT's pickles, and says where it is told how they become safetensors", async () => {
    mkdirSync(join(home, "pickles"));
    writeFileSync(join(home, "pickles", "ImageNet_256_base.pth"), "");
    const { status, stderr } = await lrbot(["packs", "add", "pickles", "--eyes-of", "mini"]);
    expect({ status, stderr }).toEqual({
      status: 3,
      stderr: expect.stringMatching(/^error pack-no-safetensors: .*docs\/packs\.md.*"MaskGIT"/),
    });
  });

  it("makes a pack of a Stable Diffusion XL that drafts on small frames, and refuses a LoRA for another family and the reverse", async () => {
    const model = join(goldens, "../more-goldens/pipeline-sdxl-blend/model");
    cpSync(model, join(home, "xl"), { recursive: true });
    const index = JSON.stringify({ _class_name: "StableDiffusionXLPipeline" });
    writeFileSync(join(home, "xl", "model_index.json"), index);
    const addXl = (...more: string[]) => lrbot(["packs", "add", "xl", "--eyes-of", "mini", ...more]);
    await writeLora("sd15.safetensors", "down_blocks_1_attentions_0_transformer_blocks_0_attn2_to_k");
    expect(await addXl("--lora", "sd15.safetensors")).toMatchObject({
      status: 3,
      stderr: expect.stringMatching(
        /^error lora-other-family: Expected a LoRA for .*20 numbers, got .*sd15.* 8 numbers\.\n$/,
      ),
    });
    const lora = join(goldens, "../more-goldens/pipeline-sdxl-lightning/model/lora.safetensors");
    expect(await add("--lora", lora)).toMatchObject({
      status: 3,
      stderr: expect.stringContaining("error lora-other-family: Expected a LoRA for"),
    });
    expect(await addXl("--lora", lora)).toMatchObject({ status: 0, stderr: "" });
    expect(manifestOf("xl")).toMatchObject({
      networks: { textEncoder2: "text_encoder_2" },
      tokenizers: { textEncoder2: "tokenizer_2" },
      painting: { side: 64, draftSide: 32, strength: 0.75 },
    });
    const words = ["edit", "--image", scene, "--prompt", "a cat", "--pack", "xl", ...cheaper];
    expect((await lrbot([...words, "--out", "out", "--quiet"])).stderr).toBe("");
    const methods = await lrbot([...words, "--method", "diffedit", "--out", "none", "--quiet"]);
    expect(methods).toMatchObject({ status: 2, stderr: expect.stringContaining("error method-unknown") });
  });

  it("makes a pack of an InstructPix2Pix, which edits the whole picture and no box of its own", async () => {
    cpSync(join(goldens, "../more-goldens/editor-instruct-pix2pix/model"), join(home, "ip2p"), {
      recursive: true,
    });
    const index = JSON.stringify({ _class_name: "StableDiffusionInstructPix2PixPipeline" });
    writeFileSync(join(home, "ip2p", "model_index.json"), index);
    const { status, stdout } = await lrbot(["packs", "add", "ip2p", "--eyes-of", "mini"]);
    expect({ status, stdout: stdout.split("\n")[0] }).toEqual({
      status: 0,
      stdout: expect.stringContaining("a pack that follows instructions"),
    });
    const words = ["edit", "--image", scene, "--prompt", "make it a cat", "--pack", "ip2p", "--steps", "2"];
    expect((await lrbot([...words, "--out", "out", "--quiet"])).stderr).toBe("");
    const edit = JSON.parse(readFileSync(join(home, "out", "edit.json"), "utf8"));
    expect(edit).toMatchObject({
      method: "instruct-pix2pix",
      edited: "whole picture",
      results: [{ rank: 1 }],
    });
    const boxes = await lrbot([...words, "--method", "regions", "--out", "boxes", "--quiet"]);
    expect(boxes).toMatchObject({ status: 2, stderr: expect.stringContaining("error method-unknown") });
  });

  it("takes LoRAs, each with its scale, which change what is painted", async () => {
    await writeLora("pen@2.safetensors", "input_blocks_1_1_transformer_blocks_0_attn2_to_q");
    await add("--name", "none", "--lora", "ink.safetensors@0");
    const words = ["--name", "inked", "--lora", "ink.safetensors@.5", "--lora", "pen@2.safetensors"];
    expect(await add(...words)).toMatchObject({ status: 0, stderr: "" });
    expect(manifestOf("inked").loras).toEqual([
      { path: "lora/ink.safetensors", scale: 0.5 },
      { path: "lora/pen@2.safetensors", scale: 1 },
    ]);
    const plain = await paintedPlain();
    expect(await painted("none")).toBe(plain);
    expect(await painted("inked")).not.toBe(plain);
  });

  it("takes PEFT's folders, each with its configuration, by folder or file", async () => {
    for (const [folder, alpha] of [
      ["ink", 8],
      ["pen", 2],
    ] as const) {
      mkdirSync(join(home, folder));
      const prefix = "base_model.model.down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_q";
      await writeTensors(join(home, folder, "adapter_model.safetensors"), {
        [`${prefix}.lora_A.weight`]: randomTensor("down", [2, 8]),
        [`${prefix}.lora_B.weight`]: randomTensor("up", [8, 2]),
      });
      const config = { peft_type: "LORA", r: 2, lora_alpha: alpha };
      writeFileSync(join(home, folder, "adapter_config.json"), JSON.stringify(config));
    }
    const words = ["--name", "inked", "--lora", "ink@0.5", "--lora", "pen/adapter_model.safetensors"];
    expect(await add(...words)).toMatchObject({ status: 0, stderr: "" });
    expect(manifestOf("inked").loras).toEqual([
      { path: "lora/ink/adapter_model.safetensors", scale: 0.5 },
      { path: "lora/pen/adapter_model.safetensors", scale: 1 },
    ]);
    const paths = manifestOf("inked").files.map(({ path }: { path: string }) => path);
    expect(paths).toContain("lora/ink/adapter_config.json");
    expect(paths).toContain("lora/pen/adapter_config.json");
    expect(await painted("inked")).not.toBe(await paintedPlain());
    rmSync(join(home, "pen", "adapter_config.json"));
    const { stderr } = await add("--name", "other", "--lora", "pen");
    expect(stderr).toMatch(/^error pack-file-missing: .*adapter_config\.json/);
  });

  it("takes a tiny autoencoder for drafts; what is painted in full is decoded as before", async () => {
    const { status } = await add("--name", "swift", "--draft-autoencoder", "taesd", "--copy");
    expect(status).toBe(0);
    expect(manifestOf("swift").networks.draftAutoencoder).toBe("draft_autoencoder");
    rmSync(join(home, "taesd"), { recursive: true });
    expect(await painted("swift")).toBe(await paintedPlain());
    const words = ["edit", "--image", scene, "--prompt", "a cat", "--pack", "swift", ...cheaper];
    expect((await lrbot([...words, "--out", "out", "--quiet"])).stderr).toBe("");
    const { proposals } = JSON.parse(readFileSync(join(home, "out", "edit.json"), "utf8"));
    expect(proposals.length).toBeGreaterThan(0);
  });

  it.each([
    ["a LoRA that is no safetensors", ["--lora", "ink.ckpt"], "pack-no-safetensors", "ink.ckpt"],
    ["a LoRA that is not there", ["--lora", "gone.safetensors"], "pack-file-missing", "gone.safetensors"],
    ["a LoRA of another network", ["--lora", "other.safetensors"], "network-unsupported", "down_blocks_9"],
    ["a LoRA at a scale that none has", ["--lora", "ink.safetensors@11"], "usage", "ink.safetensors"],
    ["a LoRA at a scale that is no number", ["--lora", "ink.safetensors@much"], "usage", '"much"'],
    ["a LoRA twice", ["--lora", "ink.safetensors", "--lora", "ink.safetensors"], "usage", "ink.safetensors"],
    ["a broken LoRA", ["--lora", "broken.safetensors"], "weights-corrupt", "broken.safetensors"],
    ["drafts from a folder that is not there", ["--draft-autoencoder", "gone"], "pack-file-missing", "gone"],
    [
      "drafts from another network",
      ["--draft-autoencoder", "dreamy/unet"],
      "network-unsupported",
      "in_channels",
    ],
  ])("refuses %s, and leaves no pack", async (_what, words, code, named) => {
    await writeLora("other.safetensors", "down_blocks_9_attn2_to_q");
    writeFileSync(join(home, "ink.ckpt"), "a pickle");
    writeFileSync(join(home, "broken.safetensors"), "broken");
    const { status, stdout, stderr } = await add(...words);
    expect(stderr).toMatch(new RegExp(`^error ${code}: Expected [^\\n]*, got [^\\n]*\\n$`));
    expect(stderr).toContain(named);
    expect({ isError: status === 2 || status === 3, stdout }).toEqual({ isError: true, stdout: "" });
    expect(existsSync(join(home, "data", "packs")) ? everythingIn(join(home, "data", "packs")) : []).toEqual(
      [],
    );
  });
});

describe("lrbot packs pull, of a pack with a LoRA and a tiny autoencoder", () => {
  let hub: FakeHub;
  beforeAll(async () => {
    hub = await createFakeHub();
  });
  afterAll(() => hub[Symbol.asyncDispose]());

  const taeFile = "diffusion_pytorch_model.safetensors";
  const loraFile = "pytorch_lora_weights.safetensors";

  /** The description of a pack whose LoRA and draft autoencoder have repositories of their own. */
  function describeQuick(): void {
    const plain = tinyManifest("quick");
    const file = (path: string, repository: string, source: string) => ({
      ...{ path, repository, source },
      ...{ size: null, sha256: null, license: "MIT" },
    });
    const files = [
      ...plain.files,
      file("taesd/config.json", "tiny/taesd", "config.json"),
      file(`taesd/${taeFile}`, "tiny/taesd", taeFile),
      file(`lora/${loraFile}`, "tiny/lora", loraFile),
    ];
    const manifest = {
      ...plain,
      networks: { ...plain.networks, draftAutoencoder: "taesd" },
      loras: [{ path: `lora/${loraFile}`, scale: 1 }],
      painting: { ...plain.painting, sampler: "lcm", guidance: 1 },
      files,
    };
    mkdirSync(folderOf("quick"), { recursive: true });
    writeFileSync(join(folderOf("quick"), "pack.json"), JSON.stringify(manifest));
    writeFileSync(join(folderOf("quick"), "nouns.txt"), "dog\ncat\n");
  }

  const pull = () => lrbot(["packs", "pull", "quick", "--accept-licence"], { HF_ENDPOINT: hub.url });

  beforeEach(() => {
    hub.behave();
    addTinyDiffusion(hub);
    addEyes(hub);
    hub.addRepository("tiny/taesd", filesOf(join(goldens, "tae/model")));
    hub.addRepository("tiny/lora", { [loraFile]: readFileSync(join(home, "ink.safetensors")) });
    describeQuick();
  });

  it("brings both, locks them by their sha256, and edits with them", async () => {
    expect((await pull()).status).toBe(0);
    const { files } = JSON.parse(readFileSync(join(folderOf("quick"), "pack.lock.json"), "utf8"));
    const own = files.filter(({ repository }: { repository: string }) => /taesd|lora/.test(repository));
    expect(own).toHaveLength(3);
    for (const { sha256 } of own) expect(sha256).toMatch(/^[0-9a-f]{64}$/);
    expect((await lrbot(["packs", "verify", "quick"])).status).toBe(0);
    const words = ["edit", "--image", scene, "--prompt", "a cat", "--pack", "quick", ...cheaper];
    expect(await lrbot([...words, "--out", "out", "--quiet"])).toEqual({ status: 0, stdout: "", stderr: "" });
    expect(everythingIn(join(home, "out"))).toContain("result-1.png");
  });

  it("refuses a configuration that nothing is built for before it fetches any weights", async () => {
    const files = filesOf(join(goldens, "pipeline-sd15-inpaint/model"));
    const config = JSON.parse(String(files["unet/config.json"]));
    const changed = JSON.stringify({ ...config, class_embed_type: "timestep" });
    hub.addRepository("tiny/inpainting", { ...files, "unet/config.json": changed });
    const before = hub.requests.length;
    const { status, stderr } = await pull();
    expect(stderr).toMatch(/error network-unsupported: Expected class_embed_type of .*unet\/config\.json/);
    expect(status).toBe(3);
    const fetched = hub.requests.slice(before).filter(({ path }) => /\/resolve\/.*\.safetensors$/.test(path));
    expect(fetched).toEqual([]);
  });

  it("refuses a LoRA that does not fit the pack's UNet before the pack counts as pulled", async () => {
    const file = await writeLora("other.safetensors", "down_blocks_9_attn2_to_q");
    hub.addRepository("tiny/lora", { [loraFile]: readFileSync(file) });
    const { status, stderr } = await pull();
    expect(stderr).toMatch(
      /error network-unsupported: Expected layers that .*, got the tensor lora_unet_down_blocks_9/,
    );
    expect(status).toBe(3);
    // What a pull fills in last.
    const hashes = manifestOf("quick").files.map(({ sha256 }: { sha256: string | null }) => sha256);
    expect(new Set(hashes)).toEqual(new Set([null]));
  });
});
