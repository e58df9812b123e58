import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadAutoencoder } from "../../../src/pipeline/nets/autoencoders/autoencoder.ts";
import { loadTinyAutoencoder } from "../../../src/pipeline/nets/autoencoders/tiny-autoencoder.ts";
import { type GraphTarget, openRuntime, type Runtime } from "../../../src/pipeline/nets/runtime.ts";
import { openGolden } from "./goldens.ts";
import { randomTensor, readTensors, writeTensors } from "./weights.ts";

let root: string;
beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), "finite-"));
});
afterAll(() => rm(root, { recursive: true }));

const file = "diffusion_pytorch_model.safetensors";
type Change = (value: number, index: number) => number;

/** A copy of a recorded autoencoder with one of its tensors changed. */
async function changed(golden: string, part: string, tensor: string, change: Change): Promise<string> {
  const folder = await mkdtemp(path.join(root, "autoencoder-"));
  const from = path.join((await openGolden(golden)).model, part);
  await cp(path.join(from, "config.json"), path.join(folder, "config.json"));
  const tensors = await readTensors(path.join(from, file));
  const found = tensors[tensor];
  if (!found) throw new Error(`Expected ${tensor}, got none.`);
  await writeTensors(path.join(folder, file), {
    ...tensors,
    [tensor]: { ...found, data: found.data.map(change) },
  });
  return folder;
}

interface CountingRuntime extends Runtime {
  /** Networks that were opened on it so far. */
  readonly counted: { opened: number };
}

async function countingRuntime(floats: GraphTarget["floats"]): Promise<CountingRuntime> {
  const runtime = await openRuntime({ threads: 1, target: { floats } });
  const counted = { opened: 0 };
  return {
    ...runtime,
    counted,
    open(model, options) {
      counted.opened += 1;
      return runtime.open(model, options);
    },
  };
}

const oneNaN: Change = (value, index) => (index === 0 ? Number.NaN : value);
/** Larger than 16-bit floats are; the norms that follow take it out again. */
const huge: Change = (value) => 1e6 * value;
const latents = randomTensor("latents", [1, 4, 4, 6]);
const pictures = randomTensor("picture", [1, 3, 16, 16], 0.3);
const damaged = expect.objectContaining({ code: "weights-corrupt", message: expect.stringContaining(file) });

describe.each(["float32", "float16"] as const)("an autoencoder in %s that holds NaN", (floats) => {
  it("is damaged, in place of a black picture", async () => {
    await using runtime = await countingRuntime(floats);
    const decoder = await changed("vae", "vae", "decoder.conv_norm_out.bias", oneNaN);
    await using broken = await loadAutoencoder({ folder: decoder, runtime });
    await expect(broken.decode(latents)).rejects.toEqual(damaged);
    await expect(broken.encode(pictures)).resolves.toBeDefined();
    const encoder = await changed("vae", "vae", "encoder.conv_out.bias", oneNaN);
    await using other = await loadAutoencoder({ folder: encoder, runtime });
    await expect(other.encode(pictures)).rejects.toEqual(damaged);
    await expect(other.decode(latents)).resolves.toBeDefined();
  });

  it("is damaged where it decodes drafts, too", async () => {
    await using runtime = await countingRuntime(floats);
    const folder = await changed("tae", "", "decoder.layers.0.bias", oneNaN);
    await using tiny = await loadTinyAutoencoder({ folder, runtime });
    await expect(tiny.decode(latents)).rejects.toEqual(damaged);
  });
});

describe("an autoencoder that 16-bit floats do not hold", () => {
  it.each([
    ["decodes", "decoder.conv_in.weight"],
    ["encodes", "encoder.conv_in.weight"],
  ] as const)("%s in 32 bits, once it was found, and from then on", async (does, tensor) => {
    const folder = await changed("vae", "vae", tensor, huge);
    await using whole = await countingRuntime("float32");
    await using halves = await countingRuntime("float16");
    await using expected = await loadAutoencoder({ folder, runtime: whole });
    await using actual = await loadAutoencoder({ folder, runtime: halves });
    const run = async (autoencoder: typeof actual) =>
      does === "decodes" ? await autoencoder.decode(latents) : (await autoencoder.encode(pictures)).mean;
    const recorded = await run(expected);
    expect(recorded.data.every(Number.isFinite)).toBe(true);
    expect(Math.max(...recorded.data.map(Math.abs))).toBeGreaterThan(1e-3);
    const before = halves.counted.opened;
    expect((await run(actual)).data).toEqual(recorded.data);
    expect((await run(actual)).data).toEqual(recorded.data);
    expect(halves.counted.opened - before).toBe(1);
  });

  it("that 16 bits do hold opens nothing more", async () => {
    await using runtime = await countingRuntime("float16");
    const folder = path.join((await openGolden("vae")).model, "vae");
    await using autoencoder = await loadAutoencoder({ folder, runtime });
    const before = runtime.counted.opened;
    await autoencoder.decode(latents);
    expect(runtime.counted.opened).toBe(before);
  });
});
