import { cp, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Frame } from "../../../../src/pipeline/inpainters/inpainter.ts";
import { createClassMatcher } from "../../../../src/pipeline/inpainters/tokens/maskgit/classes.ts";
import { createMaskgit, openMaskgit } from "../../../../src/pipeline/inpainters/tokens/maskgit/maskgit.ts";
import { openNamedClasses } from "../../../../src/pipeline/inpainters/tokens/maskgit/named-classes.ts";
import type { ClassReader } from "../../../../src/pipeline/inpainters/tokens/maskgit/parts.ts";
import { loadClip } from "../../../../src/pipeline/nets/clip.ts";
import { openRuntime, type Runtime } from "../../../../src/pipeline/nets/runtime.ts";
import { loadTokenizer } from "../../../../src/pipeline/nets/tokenizer.ts";
import { describeInpainter } from "../conformance.ts";
import { copyOfModel } from "./model-copy.ts";

const root = path.join(import.meta.dirname, "../../../..");
const model = path.join(root, "test/fixtures/more-goldens/maskgit/model");
const mini = path.join(root, "models/mini");

let runtime: Runtime;
let reader: ClassReader;
beforeAll(async () => {
  runtime = await openRuntime({ threads: 1 });
  const clip = await loadClip({ folder: path.join(mini, "clip"), runtime });
  reader = { clip, tokenizer: await loadTokenizer(path.join(mini, "tokenizer")) };
});
afterAll(() => runtime[Symbol.asyncDispose]());

const foldersIn = (folder: string) => ({
  transformer: path.join(folder, "transformer"),
  autoencoder: path.join(folder, "vqgan"),
  classes: path.join(folder, "classes.txt"),
});

async function open(folder = model) {
  const opened: AsyncDisposable[] = [];
  const dispose = async () => {
    for (const network of opened) await network[Symbol.asyncDispose]();
  };
  const networks = await openMaskgit(foldersIn(folder), runtime, (network) => opened.push(network));
  return createMaskgit({ ...networks, reader }, { side: 32, batch: 4, threshold: 0.7, dispose });
}

describeInpainter("maskgit with the recorded networks", { open: () => open(), steps: 4, batchTolerance: 0 });

const sentences = path.join(root, "test/fixtures/goldens/amused/model");

/** The recorded aMUSEd, told classes by their names. */
async function openNamed(classes = ["dog", "cat", "house, hut", "red car", "tree", "fox"]) {
  const opened: AsyncDisposable[] = [];
  const dispose = async () => {
    for (const network of opened) await network[Symbol.asyncDispose]();
  };
  const at = (part: string) => path.join(sentences, part);
  const folders = {
    ...{ transformer: at("transformer"), autoencoder: at("vqvae"), scheduler: at("scheduler") },
    ...{ textEncoder: at("text_encoder"), tokenizer: at("tokenizer") },
  };
  const networks = await openNamedClasses(folders, classes, runtime, (network) => opened.push(network));
  return createMaskgit({ ...networks, classes, reader }, { side: 32, batch: 4, threshold: 0.7, dispose });
}

describeInpainter("maskgit with networks that read names", {
  open: () => openNamed(),
  steps: 4,
  batchTolerance: 0,
});

const request = { prompt: "a red fox", negative: "", guidance: 2, strength: 1, seed: 3 };

describe("MaskGIT", () => {
  it("paints whole tokens, and says which class and how sure it is", async () => {
    await using inpainter = await open();
    expect(inpainter.multiple).toBe(4);
    await using painting = await inpainter.begin(request);
    expect(painting.painted).toEqual({ class: "fox", confidence: expect.any(Number) });
    expect(painting.painted?.confidence).toBeGreaterThan(0.9);
    const rgb = Uint8Array.from({ length: 32 * 32 * 3 }, (_, i) => (i * 37) % 251);
    const frame = (left: number, width: number): Frame => {
      const box = { left, top: 8, width, height: 8 };
      return { width: 32, height: 32, rgb, box, key: `${left} ${width}` };
    };
    const [grid, inner] = await painting.paint([frame(8, 8), frame(9, 6)], { steps: 4 });
    expect(inner).toEqual(grid);
  });

  it("refuses, before it paints, a prompt that is like none of its classes, and names the nearest", async () => {
    await using inpainter = await open();
    await expect(inpainter.begin({ ...request, prompt: "a spaceship" })).rejects.toMatchObject({
      code: "class-unknown",
      message: expect.stringMatching(/6 classes.*"a spaceship".*nearest, "\w+", has a similarity of 0\.\d\d/),
    });
  });
});

describe("networks that read names", () => {
  const box = { left: 8, top: 8, width: 16, height: 16 };
  const rgb = Uint8Array.from({ length: 32 * 32 * 3 }, (_, i) => (i * 37) % 251);
  const frame: Frame = { width: 32, height: 32, rgb, box, key: "one" };

  async function paintedFor(prompt: string, classes?: string[]): Promise<Uint8Array | undefined> {
    await using inpainter = await openNamed(classes);
    await using painting = await inpainter.begin({ ...request, prompt, guidance: 4 });
    return (await painting.paint([frame], { steps: 4 }))[0];
  }

  it("are told the class's first name and not the prompt", async () => {
    const house = await paintedFor("a house");
    expect(house).toEqual(await paintedFor("a big house"));
    expect(house).not.toEqual(await paintedFor("a fox"));
  });
});

describe("the class that a prompt means", () => {
  const classes = ["dog", "cat", "house, small house", "red car", "tree", "fox"];

  it.each([
    ["a red car", "red car"],
    ["a photo of a cat", "cat"],
    ["foxes", "fox"],
    // Less like it than the threshold, but named.
    ["a big tree with many flowers", "tree"],
    ["a small house", "house"],
  ])("of %o is %s", async (prompt, expected) => {
    const found = await createClassMatcher(reader, { classes, threshold: 0.7 }).match(prompt);
    expect(found).toMatchObject({
      class: expected,
      label: classes.findIndex((line) => line.startsWith(expected)),
    });
    expect(found.confidence).toBeGreaterThan(0);
    expect(found.confidence).toBeLessThanOrEqual(1);
  });

  it("is any that is nearest where everything counts as like", async () => {
    const matcher = createClassMatcher(reader, { classes, threshold: -1 });
    expect(classes.map((line) => line.split(",")[0])).toContain((await matcher.match("a spaceship")).class);
  });
});

describe("parts that are not made for each other", () => {
  const copy = copyOfModel(model);

  it.each([
    ["transformer/config.json", { proj: 2 }, "network-unsupported", "proj"],
    ["transformer/config.json", { depth: 3 }, "weights-tensor-missing", "transformer.layers.2"],
    ["transformer/config.json", { hidden_dim: 24 }, "weights-tensor-shape", "pos_emb.weight"],
    ["vqgan/config.json", { num_res_blocks: 2 }, "weights-tensor-missing", "encoder.conv_blocks.0.res.1"],
  ])("are refused: %s with %o", async (file, values, code, message) => {
    await copy.change(file, values);
    await expect(open(copy.folder)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message),
    });
    await copy.change(file, {});
  });

  it.each([
    ["dog\ncat\n", "6 lines"],
    ["dog\n\ncat\nhouse\ntree\nfox\n", "empty line 2"],
  ])("are refused: the classes %o", async (text, message) => {
    await writeFile(path.join(copy.folder, "classes.txt"), text);
    await expect(open(copy.folder)).rejects.toMatchObject({
      code: "pack-invalid",
      message: expect.stringContaining(message),
    });
    await cp(path.join(model, "classes.txt"), path.join(copy.folder, "classes.txt"));
  });
});
