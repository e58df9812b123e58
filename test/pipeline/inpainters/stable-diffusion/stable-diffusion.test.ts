import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { EditError } from "../../../../src/errors.ts";
import { openPack } from "../../../../src/packs/open.ts";
import { packSchema } from "../../../../src/packs/pack.ts";
import { modelSizeFor } from "../../../../src/pipeline/image/framing.ts";
import type { Frame, Inpainter } from "../../../../src/pipeline/inpainters/inpainter.ts";
import type {
  StableDiffusionOptions,
  StableDiffusionParts,
} from "../../../../src/pipeline/inpainters/stable-diffusion/parts.ts";
import {
  createStableDiffusion,
  encodePrompts,
  loadStableDiffusion,
} from "../../../../src/pipeline/inpainters/stable-diffusion/stable-diffusion.ts";
import { loadTextReader } from "../../../../src/pipeline/inpainters/stable-diffusion/texts.ts";
import { loadAutoencoder } from "../../../../src/pipeline/nets/autoencoders/autoencoder.ts";
import { loadTinyAutoencoder } from "../../../../src/pipeline/nets/autoencoders/tiny-autoencoder.ts";
import { batchBytesOn, readFreeMegabytes } from "../../../../src/pipeline/nets/free-memory.ts";
import { openRuntime, type Runtime } from "../../../../src/pipeline/nets/runtime.ts";
import { openWeights } from "../../../../src/pipeline/nets/safetensors.ts";
import { readSchedulerConfig } from "../../../../src/pipeline/nets/sampling/create-sampler.ts";
import { samplerKinds } from "../../../../src/pipeline/nets/sampling/sampler.ts";
import type { Tensor } from "../../../../src/pipeline/nets/tensor.ts";
import { loadUnet, type Unet } from "../../../../src/pipeline/nets/unet/unet.ts";
import { createRandom } from "../../../../src/pipeline/random.ts";
import { randomTensor, writeTensors } from "../../nets/weights.ts";
import { describeInpainter } from "../conformance.ts";

const root = path.join(import.meta.dirname, "../../../..");

let runtime: Runtime;
beforeAll(async () => {
  runtime = await openRuntime({ threads: 1 });
});
afterAll(() => runtime[Symbol.asyncDispose]());

type Recorded =
  | "pipeline-sd15-inpaint"
  | "pipeline-sd15-blend"
  | "pipeline-sdxl-inpaint"
  | "pipeline-sdxl-blend";

/** The parts of one of the recorded pipelines, tiny and with random weights: opened once, and disposed of with the runtime. */
const tinyParts = (name: Recorded): Promise<StableDiffusionParts> => {
  const parts = opened.get(name) ?? openParts(name);
  opened.set(name, parts);
  return parts;
};
const opened = new Map<Recorded, Promise<StableDiffusionParts>>();

async function openParts(name: Recorded): Promise<StableDiffusionParts> {
  const isXl = name.startsWith("pipeline-sdxl");
  const cases = path.join(root, "test/fixtures", isXl ? "more-goldens" : "goldens");
  const at = (folder: string) => path.join(cases, name, "model", folder);
  const second = { textEncoder: at("text_encoder_2"), tokenizer: at("tokenizer_2") };
  return {
    texts: await loadTextReader({
      ...{
        textEncoder: at("text_encoder"),
        tokenizer: at("tokenizer"),
        second: isXl ? second : null,
        runtime,
      },
    }),
    unet: await loadUnet({ folder: at("unet"), runtime }),
    autoencoder: await loadAutoencoder({ folder: at("vae"), runtime }),
    scheduler: await readSchedulerConfig(path.join(at("scheduler"), "scheduler_config.json")),
  };
}

describeInpainter("stable-diffusion with a UNet of 9 channels, which is shown what is known", {
  open: async () => createStableDiffusion(await tinyParts("pipeline-sd15-inpaint"), { side: 32, batch: 4 }),
  steps: 3,
  batchTolerance: 1,
});

describeInpainter("stable-diffusion with a UNet of 4 channels, what is known blended in", {
  open: async () => createStableDiffusion(await tinyParts("pipeline-sd15-blend"), { side: 24, batch: 4 }),
  steps: 4,
  batchTolerance: 1,
});

describeInpainter("stable-diffusion XL with a UNet of 9 channels", {
  open: async () => createStableDiffusion(await tinyParts("pipeline-sdxl-inpaint"), { side: 32, batch: 4 }),
  steps: 3,
  batchTolerance: 1,
});

describeInpainter("stable-diffusion XL with a UNet of 4 channels", {
  open: async () => createStableDiffusion(await tinyParts("pipeline-sdxl-blend"), { side: 32, batch: 4 }),
  steps: 3,
  batchTolerance: 1,
});

describe("a negative prompt of Stable Diffusion XL", () => {
  it("is zeros where it is empty, as the model has learned, and is read where it is not", async () => {
    const parts = await tinyParts("pipeline-sdxl-inpaint");
    const asked = { prompt: "a red fox", guidance: 5 };
    const none = (await encodePrompts(parts, { ...asked, negative: "" })).negative;
    expect(none?.states.data.every((value) => value === 0)).toBe(true);
    expect(none?.pooled?.data.every((value) => value === 0)).toBe(true);
    const some = (await encodePrompts(parts, { ...asked, negative: "blurry" })).negative;
    expect(some?.states.data.some((value) => value !== 0)).toBe(true);
    const plain = await tinyParts("pipeline-sd15-inpaint");
    const read = (await encodePrompts(plain, { ...asked, negative: "" })).negative;
    expect(read?.states.data.some((value) => value !== 0)).toBe(true);
  });
});

describe("the memory that large frames take", () => {
  it("is that of one graph: a frame of any shape has latents that the UNet halves evenly", async () => {
    const parts = await tinyParts("pipeline-sd15-inpaint");
    const sides: number[] = [];
    const unet: Unet = {
      ...parts.unet,
      async run(inputs) {
        sides.push(...inputs.sample.shape.slice(2));
        return parts.unet.run(inputs);
      },
    };
    const inpainter = createStableDiffusion({ ...parts, unet }, { side: 32, batch: 4 });
    await using painting = await inpainter.begin({
      ...{ prompt: "a tree", negative: "", guidance: 1, strength: 1, seed: 3 },
    });
    for (const long of [333, 341, 350, 420, 599]) {
      const { width, height } = modelSizeFor(
        { width: long, height: 300 },
        inpainter.side,
        inpainter.multiple,
      );
      const box = { left: 8, top: 8, width: 16, height: 16 };
      const frame = { width, height, rgb: new Uint8Array(width * height * 3), box, key: String(long) };
      await painting.paint([frame], { steps: 1 });
    }
    expect(parts.unet.multiple).toBe(2);
    expect(new Set(sides.map((side) => side % parts.unet.multiple))).toEqual(new Set([0]));
  });

  it("is that of one frame of 512 pixels on a CPU, however much is free", async () => {
    const bytes = (await batchBytesOn("cpu")) ?? Number.POSITIVE_INFINITY;
    const guided = 2 * 64 * 64 * 320 * 205;
    expect(Math.floor(bytes / guided)).toBeLessThanOrEqual(1);
  });
});

describe("a pack with LoRAs and a sampler of its own", () => {
  const golden = path.join(root, "test/fixtures/goldens/pipeline-sd15-inpaint/model");
  const layer = "down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_q";
  let home: string;
  beforeAll(async () => {
    home = await mkdtemp(path.join(tmpdir(), "pack-"));
    await cp(golden, home, { recursive: true });
    const weights = await openWeights(path.join(home, "unet"), [
      "diffusion_pytorch_model.safetensors",
      "diffusion_pytorch_model.fp16.safetensors",
    ]);
    const [to = 0, from = 0] = weights.tensors.get(`${layer}.weight`)?.shape ?? [];
    await writeTensors(path.join(home, "lora.safetensors"), {
      [`unet.${layer}.lora_A.weight`]: randomTensor("down", [2, from]),
      [`unet.${layer}.lora_B.weight`]: randomTensor("up", [to, 2]),
    });
  });
  afterAll(() => rm(home, { recursive: true }));

  const request = { prompt: "a red fox", negative: "", guidance: 1, strength: 1, seed: 3 };
  const frame: Frame = {
    width: 32,
    height: 32,
    rgb: Uint8Array.from(createRandom(1, "a").gaussians(32 * 32 * 3), (value) => 128 + 40 * value),
    box: { left: 8, top: 8, width: 16, height: 16 },
    key: "a",
  };

  async function painted(inpainter: Inpainter): Promise<Uint8Array[]> {
    await using _inpainter = inpainter;
    await using painting = await inpainter.begin(request);
    return await painting.paint([frame], { steps: 4 });
  }

  async function load(change: Record<string, unknown>): Promise<Inpainter> {
    const { manifest } = await openPack("mini", { roots: [path.join(root, "models")] });
    const { painting } = manifest;
    const networks = { unet: "unet", autoencoder: "vae", textEncoder: "text_encoder" };
    const folders = {
      ...{ networks: { ...manifest.networks, ...networks }, scheduler: "scheduler" },
      tokenizers: { ...manifest.tokenizers, textEncoder: "tokenizer" },
    };
    const parsed = packSchema.parse({
      ...manifest,
      ...folders,
      ...change,
      painting: { ...painting, ...Object(change.painting) },
    });
    return loadStableDiffusion({ manifest: parsed, folder: home }, runtime);
  }

  it("paints with both", async () => {
    const parts = await tinyParts("pipeline-sd15-inpaint");
    const plain = await painted(await load({}));
    expect(plain).toEqual(await painted(createStableDiffusion(parts, { side: 32, batch: 4 })));
    const few = await painted(await load({ painting: { sampler: "lcm" } }));
    expect(few).toEqual(await painted(createStableDiffusion(parts, { side: 32, batch: 4, sampler: "lcm" })));
    expect(few).not.toEqual(plain);
    const loras = [{ path: "lora.safetensors", scale: 1 }];
    const changed = await painted(await load({ painting: { sampler: "lcm" }, loras }));
    expect(changed).not.toEqual(few);
    expect(
      await painted(
        await load({ painting: { sampler: "lcm" }, loras: [...loras, { ...loras[0], scale: -1 }] }),
      ),
    ).toEqual(few);
  });

  it("paints something else where it reuses features", async () => {
    const plain = await painted(await load({}));
    expect(await painted(await load({ painting: { featureReuse: 1 } }))).toEqual(plain);
    expect(await painted(await load({ painting: { featureReuse: 2 } }))).not.toEqual(plain);
  });

  it("is refused where a LoRA is missing, by its file", async () => {
    await expect(load({ loras: [{ path: "absent.safetensors" }] })).rejects.toMatchObject({
      code: "pack-file-missing",
      message: expect.stringContaining("absent.safetensors"),
    });
  });
});

describe("a pack with a draft autoencoder", () => {
  it("is refused where that one decodes other latents than the autoencoder makes", async () => {
    const mini = await openPack("mini", { roots: [path.join(root, "models")] });
    const networks = { ...mini.manifest.networks, draftAutoencoder: "../../test/fixtures/goldens/tae/model" };
    const loading = loadStableDiffusion({ ...mini, manifest: { ...mini.manifest, networks } }, runtime);
    await expect(loading).rejects.toMatchObject({
      code: "pack-invalid",
      message: expect.stringMatching(/one for 4 pixels, got latents of 4 channels, one for 8 pixels\.$/),
    });
  });
});

describe.each(["pipeline-sd15-inpaint", "pipeline-sd15-blend"] as const)(
  "Stable Diffusion made of %s",
  (name) => {
    let parts: StableDiffusionParts;
    beforeAll(async () => {
      parts = await tinyParts(name);
    });

    const side = 32;
    const request = { prompt: "a red fox", negative: "", guidance: 2, strength: 1, seed: 3 };
    const frame = (key: string): Frame => ({
      width: side,
      height: side,
      rgb: Uint8Array.from(createRandom(1, key).gaussians(side * side * 3), (value) => 128 + 40 * value),
      box: { left: 8, top: 8, width: 16, height: 16 },
      key,
    });

    /** An inpainter whose encoder and UNet are the real ones, counted. */
    function counted(options: Partial<StableDiffusionOptions> = {}) {
      const counts = { texts: 0, encoded: 0, predictions: 0, largestBatch: 0 };
      const { texts, autoencoder, unet } = parts;
      const inpainter = createStableDiffusion(
        {
          ...parts,
          texts: {
            ...texts,
            read(all) {
              counts.texts += all.length;
              return texts.read(all);
            },
          },
          autoencoder: {
            ...autoencoder,
            encode(image) {
              counts.encoded += image.shape[0] ?? 0;
              return autoencoder.encode(image);
            },
          },
          unet: {
            ...unet,
            run(inputs) {
              counts.predictions++;
              counts.largestBatch = Math.max(counts.largestBatch, inputs.sample.shape[0] ?? 0);
              return unet.run(inputs);
            },
          },
        },
        { side, batch: 8, ...options },
      );
      return { inpainter, counts };
    }

    it("encodes what is known of a frame once for each key, as long as the painting lives", async () => {
      const { inpainter, counts } = counted();
      await using painting = await inpainter.begin(request);
      await painting.paint([frame("a"), frame("b"), frame("a")], { steps: 2 });
      expect(counts.encoded).toBe(2);
      await painting.paint([frame("b"), frame("a")], { steps: 1 });
      expect(counts.encoded).toBe(2);
      await painting.paint([frame("c")], { steps: 1 });
      expect(counts.encoded).toBe(3);
      await using another = await inpainter.begin(request);
      await another.paint([frame("a")], { steps: 1 });
      expect(counts.encoded).toBe(4);
    });

    it("reads each text once, and no negative prompt where nothing is guided away from", async () => {
      const { inpainter, counts } = counted();
      await using guided = await inpainter.begin(request);
      await guided.paint([frame("a"), frame("b")], { steps: 2 });
      await guided.paint([frame("a")], { steps: 1 });
      expect(counts.texts).toBe(2);
      await using plain = await inpainter.begin({ ...request, guidance: 1 });
      await plain.paint([frame("a")], { steps: 1 });
      expect(counts.texts).toBe(3);
    });

    it("encodes the whole picture as well where the walk begins with it", async () => {
      const { inpainter, counts } = counted();
      await using painting = await inpainter.begin({ ...request, strength: 0.5 });
      await painting.paint([frame("a")], { steps: 4 });
      expect(counts.encoded).toBe(name === "pipeline-sd15-inpaint" ? 2 : 1);
      await painting.paint([frame("a")], { steps: 4 });
      expect(counts.encoded).toBe(name === "pipeline-sd15-inpaint" ? 2 : 1);
    });

    it("paints no more frames at once than its batch, twice as many rows where it guides", async () => {
      const { inpainter, counts } = counted({ batch: 2 });
      const frames = ["a", "b", "c", "d", "e"].map(frame);
      await using guided = await inpainter.begin(request);
      const told: string[] = [];
      await guided.paint(frames, { steps: 2, onStep: (done, walked) => told.push(`${done} of ${walked}`) });
      expect(counts).toMatchObject({ predictions: 6, largestBatch: 4 });
      expect(told).toEqual(["1 of 6", "2 of 6", "3 of 6", "4 of 6", "5 of 6", "6 of 6"]);
      counts.largestBatch = 0;
      await using plain = await inpainter.begin({ ...request, guidance: 1 });
      await plain.paint(frames, { steps: 2 });
      expect(counts.largestBatch).toBe(2);
    });

    it("runs the UNet on one row a frame in four steps of a latent consistency model without guidance", async () => {
      const { inpainter, counts } = counted({ sampler: "lcm" });
      await using painting = await inpainter.begin({ ...request, guidance: 1 });
      await painting.paint(["a", "b", "c"].map(frame), { steps: 4 });
      expect(counts).toMatchObject({ texts: 1, predictions: 4, largestBatch: 3 });
    });

    it("decodes drafts by the tiny autoencoder where there is one, and full paintings never", async () => {
      const folder = path.join(root, "test/fixtures/goldens/tae/model");
      const tiny = await loadTinyAutoencoder({ folder, runtime });
      let decoded = 0;
      const draftAutoencoder = {
        ...tiny,
        decode(latent: Tensor) {
          decoded += latent.shape[0] ?? 0;
          return tiny.decode(latent);
        },
      };
      const plain = createStableDiffusion(parts, { side, batch: 8 });
      const quick = createStableDiffusion({ ...parts, draftAutoencoder }, { side, batch: 8 });
      await using plainly = await plain.begin(request);
      await using quickly = await quick.begin(request);
      const frames = [frame("a"), frame("b")];
      const full = await plainly.paint(frames, { steps: 2 });
      expect(await plainly.paint(frames, { steps: 2, quality: "draft" })).toEqual(full);
      expect(await quickly.paint(frames, { steps: 2, quality: "full" })).toEqual(full);
      expect(decoded).toBe(0);
      const drafts = await quickly.paint(frames, { steps: 2, quality: "draft" });
      expect(decoded).toBe(2);
      expect(drafts).not.toEqual(full);
      expect(drafts.map(({ length }) => length)).toEqual(full.map(({ length }) => length));
    });

    it.each(samplerKinds)("paints by the %s sampler too, the same each time", async (sampler) => {
      const { inpainter } = counted({ sampler });
      for (const strength of [1, 0.6]) {
        await using painting = await inpainter.begin({ ...request, strength });
        const [first = new Uint8Array()] = await painting.paint([frame("a")], { steps: 4 });
        expect(await painting.paint([frame("a")], { steps: 4 })).toEqual([first]);
        expect(new Set(first).size).toBeGreaterThan(8);
      }
    });

    it("refuses steps that its schedule does not have, before anything is painted", async () => {
      const { inpainter, counts } = counted();
      await using painting = await inpainter.begin(request);
      await expect(painting.paint([frame("a")], { steps: 1001 })).rejects.toMatchObject({
        code: "setting-out-of-range",
      });
      expect(counts).toMatchObject({ encoded: 0, predictions: 0 });
    });
  },
);

describe("memory that runs out in the middle of a painting", () => {
  /** A UNet that has room for so many rows. */
  function cramped(
    unet: StableDiffusionParts["unet"],
    rows: number,
    seen: number[],
  ): StableDiffusionParts["unet"] {
    return {
      ...unet,
      async run(inputs) {
        seen.push(inputs.sample.shape[0] ?? 0);
        if ((inputs.sample.shape[0] ?? 0) > rows)
          throw new EditError("out-of-memory", "Expected room, got none.");
        return unet.run(inputs);
      },
      [Symbol.asyncDispose]: () => unet[Symbol.asyncDispose](),
    };
  }

  async function paintFour(rows: number, free?: number) {
    const parts = await tinyParts("pipeline-sd15-inpaint");
    const seen: number[] = [];
    const steps: string[] = [];
    const inpainter = createStableDiffusion(
      { ...parts, unet: cramped(parts.unet, rows, seen) },
      { side: 24, batch: 4, batchBytes: free ?? null },
    );
    await using painting = await inpainter.begin(request);
    const painted = await painting.paint(fourFrames, {
      steps: 2,
      onStep: (step, all) => steps.push(`${step} of ${all}`),
    });
    return { painted, seen, steps };
  }

  const request = { prompt: "a tree", negative: "", guidance: 1, strength: 1, seed: 3 };
  const fourFrames: Frame[] = Array.from({ length: 4 }, (_, index) => ({
    width: 24,
    height: 24,
    rgb: new Uint8Array(24 * 24 * 3).fill(60 * index),
    box: { left: 8, top: 8, width: 8, height: 8 },
    key: String(index),
  }));

  it("is answered by one try in half as large a batch, with the same pictures", async () => {
    const roomy = await paintFour(4);
    const halved = await paintFour(2);
    expect(halved.seen).toEqual([4, 2, 2, 2, 2]);
    expect(halved.steps).toEqual(["1 of 2", "2 of 2"]);
    for (const [index, picture] of halved.painted.entries()) {
      const other = roomy.painted[index] ?? new Uint8Array();
      const largest = picture.reduce(
        (most, value, at) => Math.max(most, Math.abs(value - (other[at] ?? 0))),
        0,
      );
      expect(largest).toBeLessThanOrEqual(1);
    }
  });

  it("fails where half is still too much", async () => {
    await expect(paintFour(1)).rejects.toMatchObject({ code: "out-of-memory" });
  });

  it("is avoided by batches that fit what is free, one frame at least", async () => {
    const { channels } = (await tinyParts("pipeline-sd15-inpaint")).unet;
    const { factor } = (await tinyParts("pipeline-sd15-inpaint")).autoencoder;
    const bytesOfFrame = (24 / factor) ** 2 * channels * 205;
    expect((await paintFour(4, 2.5 * bytesOfFrame)).seen).toEqual([2, 2, 2, 2]);
    expect(new Set((await paintFour(4, 1)).seen)).toEqual(new Set([1]));
    expect(readFreeMegabytes(" 1024\n")).toBe(2 ** 30);
    expect(readFreeMegabytes("[N/A]")).toBeNull();
  });
});
