import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openPack } from "../../../src/packs/open.ts";
import { methodFor, methodsOf, stepsOf } from "../../../src/pipeline/editors/methods.ts";
import { openEditor } from "../../../src/pipeline/editors/open.ts";
import type { EditorParts } from "../../../src/pipeline/editors/streams.ts";
import { loadAutoencoder } from "../../../src/pipeline/nets/autoencoders/autoencoder.ts";
import { openRuntime, type Runtime } from "../../../src/pipeline/nets/runtime.ts";
import { readSchedulerConfig } from "../../../src/pipeline/nets/sampling/create-sampler.ts";
import { loadTextEncoder } from "../../../src/pipeline/nets/text-encoder.ts";
import { loadTokenizer } from "../../../src/pipeline/nets/tokenizer.ts";
import { loadUnet, type Unet } from "../../../src/pipeline/nets/unet/unet.ts";
import { describeEditor } from "./conformance.ts";

const root = path.join(import.meta.dirname, "../../..");
const fixtures = path.join(root, "test/fixtures");

let runtime: Runtime;
beforeAll(async () => {
  runtime = await openRuntime({ threads: 1 });
});
afterAll(() => runtime[Symbol.asyncDispose]());

/** The networks of a recorded case: tiny, with random weights. */
async function partsOf(name: string): Promise<EditorParts> {
  const at = (folder: string) => path.join(fixtures, name, "model", folder);
  return {
    tokenizer: await loadTokenizer(at("tokenizer")),
    textEncoder: await loadTextEncoder({ folder: at("text_encoder"), runtime }),
    unet: await loadUnet({ folder: at("unet"), runtime }),
    autoencoder: await loadAutoencoder({ folder: at("vae"), runtime }),
    scheduler: await readSchedulerConfig(path.join(at("scheduler"), "scheduler_config.json")),
  };
}

const size = { side: 32 };
describeEditor("instruct-pix2pix", {
  steps: 4,
  open: async () =>
    openEditor("instruct-pix2pix", await partsOf("more-goldens/editor-instruct-pix2pix"), size),
});
describeEditor("diffedit with a UNet of 4 channels", {
  steps: 5,
  open: async () => openEditor("diffedit", await partsOf("more-goldens/editor-diffedit"), size),
});
describeEditor("negative-prompt with a UNet of 9 channels, all masked", {
  steps: 4,
  open: async () => openEditor("negative-prompt", await partsOf("goldens/pipeline-sd15-inpaint"), size),
});

describe("negative-prompt inversion", () => {
  it("brings the picture back where prompt and source say the same", async () => {
    const editor = openEditor("negative-prompt", await partsOf("more-goldens/editor-diffedit"), size);
    const rgb = Uint8Array.from({ length: 32 * 32 * 3 }, (_, i) => 100 + 50 * Math.sin(i / 400));
    const request = { prompt: "a dog", source: "a dog", negative: "", seed: 1 };
    const at = async (guidance: number) => {
      const editing = await editor.begin({ ...request, guidance });
      return (await editing.edit({ width: 32, height: 32, rgb }, { steps: 4 })).rgb;
    };
    // However strongly it is guided: there is nothing to be guided to.
    expect(await at(7.5)).toEqual(await at(1));
  });
});

describe("an inversion that leaves the range of latents", () => {
  it("is a coded error, not a grey picture", async () => {
    const parts = await partsOf("more-goldens/editor-diffedit");
    const unet: Unet = {
      ...parts.unet,
      async run(inputs) {
        const said = await parts.unet.run(inputs);
        return { ...said, data: said.data.map((value) => value * 1e3) };
      },
    };
    const editor = openEditor("negative-prompt", { ...parts, unet }, size);
    const editing = await editor.begin({ prompt: "a", source: "b", negative: "", guidance: 2, seed: 1 });
    const picture = { width: 32, height: 32, rgb: new Uint8Array(32 * 32 * 3) };
    await expect(editing.edit(picture, { steps: 4 })).rejects.toMatchObject({ code: "inversion-diverged" });
  });
});

describe("the methods of a pack", () => {
  it("are those that its networks can serve, the first its own", async () => {
    const { manifest } = await openPack("mini", { roots: [path.join(root, "models")] });
    expect(methodsOf(manifest)[0]).toBe("regions");
    expect(methodsOf({ ...manifest, inpainter: "instruct-pix2pix" })).toEqual(["instruct-pix2pix"]);
    expect(methodsOf(manifest, "comfyui")).toEqual(["regions"]);
    expect(methodFor({ method: null }, manifest, manifest.inpainter)).toBe("regions");
    expect([stepsOf("regions", manifest), stepsOf("diffedit", manifest)]).toEqual([
      manifest.painting.steps,
      50,
    ]);
  });

  it("are refused by name where something is missing, and what is missing is said", async () => {
    const { manifest } = await openPack("mini", { roots: [path.join(root, "models")] });
    expect(() => methodFor({ method: "instruct-pix2pix" }, manifest, "stable-diffusion")).toThrow(
      expect.objectContaining({ code: "method-unknown", message: expect.stringContaining("8 channels") }),
    );
    expect(() => methodFor({ method: "diffedit" }, manifest, "a1111")).toThrow(
      expect.objectContaining({ code: "method-unknown" }),
    );
  });
});
