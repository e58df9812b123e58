import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openPack } from "../../../src/packs/open.ts";
import { invert } from "../../../src/pipeline/editors/inversion.ts";
import { methodFor, methodsOf, stepsOf } from "../../../src/pipeline/editors/methods.ts";
import { learnNullStates } from "../../../src/pipeline/editors/null-states.ts";
import { stepBack } from "../../../src/pipeline/editors/null-text.ts";
import { type EditorName, openEditor } from "../../../src/pipeline/editors/open.ts";
import { type EditorParts, guided, openStreams } from "../../../src/pipeline/editors/streams.ts";
import { encodeTexts, loadTextReader } from "../../../src/pipeline/inpainters/stable-diffusion/texts.ts";
import { loadAutoencoder } from "../../../src/pipeline/nets/autoencoders/autoencoder.ts";
import { openRuntime, type Runtime } from "../../../src/pipeline/nets/runtime.ts";
import { readSchedulerConfig } from "../../../src/pipeline/nets/sampling/create-sampler.ts";
import { createDdimInversion } from "../../../src/pipeline/nets/sampling/ddim-inversion.ts";
import type { Tensor } from "../../../src/pipeline/nets/tensor.ts";
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
    texts: await loadTextReader({
      ...{ textEncoder: at("text_encoder"), tokenizer: at("tokenizer"), second: null, runtime },
    }),
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

describeEditor("null-text with a UNet of 4 channels", {
  steps: 3,
  open: async () => openEditor("null-text", await partsOf("more-goldens/editor-null-text"), size),
});
describeEditor("null-text with a UNet of 9 channels, all masked", {
  steps: 3,
  open: async () => openEditor("null-text", await partsOf("goldens/pipeline-sd15-inpaint"), size),
});

describe("null-text inversion", () => {
  const picture = {
    ...{ width: 32, height: 32 },
    rgb: Uint8Array.from({ length: 32 * 32 * 3 }, (_, i) => 100 + 50 * Math.sin(i / 400)),
  };
  const request = { prompt: "a dog", source: "a dog", negative: "", seed: 1 };
  const latentsOf = async (name: EditorName, guidance: number) => {
    const editor = openEditor(name, await partsOf("more-goldens/editor-null-text"), size);
    const editing = await editor.begin({ ...request, guidance });
    let latents = new Float32Array();
    await editing.edit(picture, { steps: 6, onLatents: (now) => (latents = now.slice()) });
    return latents;
  };

  it("keeps a guided walk nearer to the picture than the empty prompt does", async () => {
    const parts = await partsOf("more-goldens/editor-null-text");
    const streams = await openStreams(parts, picture);
    const [text, empty] = await encodeTexts(parts, ["a dog", ""]);
    const schedule = createDdimInversion(parts.scheduler, { steps: 6 });
    const walked = await invert(parts, streams, { steps: 6, text: text as Tensor });
    const options = {
      ...{ schedule, trajectory: [streams.clean.data, ...walked], text: text as Tensor },
      ...{ start: empty as Tensor, guidance: 5, signal: undefined, onUpdate: () => {} },
    };
    const learned = await learnNullStates(streams, options);
    const distance = async (states: readonly Tensor[]) => {
      const latents = (walked.at(-1) as Float32Array).slice();
      for (const [step, away] of states.entries()) {
        const timestep = schedule.timesteps[5 - step] as number;
        const rows = [away, text as Tensor].map((one) => ({
          latents,
          text: one,
          picture: streams.clean.data,
        }));
        const [from = latents, to = latents] = await streams.predict(rows, timestep);
        stepBack(schedule.back(5 - step), guided(from, to, 5), latents);
      }
      return Math.hypot(...latents.map((value, i) => value - (streams.clean.data[i] as number)));
    };
    const withLearned = await distance(learned.map(({ states }) => states));
    const withEmpty = await distance(learned.map(() => empty as Tensor));
    expect(withLearned).toBeLessThan(0.8 * withEmpty);
  });

  it("learns nothing where nothing is guided away from, and is plain inversion then", async () => {
    expect(await latentsOf("null-text", 1)).toEqual(await latentsOf("negative-prompt", 1));
  });

  it("that finds no walk is a coded error", async () => {
    const parts = await partsOf("more-goldens/editor-null-text");
    const unet: Unet = {
      ...parts.unet,
      async textGradient(inputs, aim) {
        const { gradient } = await parts.unet.textGradient(inputs, aim);
        return { loss: Number.NaN, gradient };
      },
    };
    const editor = openEditor("null-text", { ...parts, unet }, size);
    const editing = await editor.begin({ ...request, guidance: 5 });
    await expect(editing.edit(picture, { steps: 4 })).rejects.toMatchObject({ code: "inversion-diverged" });
  });
});

describeEditor("masactrl", {
  steps: 6,
  open: async () => openEditor("masactrl", await partsOf("more-goldens/editor-streams"), size),
});
describeEditor("masactrl-mask", {
  steps: 6,
  open: async () => openEditor("masactrl-mask", await partsOf("more-goldens/editor-streams"), size),
});
describeEditor("plug-and-play with a UNet of 9 channels, all masked", {
  steps: 5,
  open: async () => openEditor("plug-and-play", await partsOf("goldens/pipeline-sd15-inpaint"), size),
});

describe("masactrl-mask", () => {
  it("is masactrl where the picture's text has no words to make a mask of", async () => {
    const parts = await partsOf("more-goldens/editor-streams");
    const rgb = Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => 100 + 50 * Math.sin(i / 400));
    const edited = async (name: "masactrl" | "masactrl-mask", source: string) => {
      const request = { prompt: "a fox", source, negative: "", seed: 1, guidance: 5 };
      const editing = await openEditor(name, parts, size).begin(request);
      return (await editing.edit({ width: 64, height: 64, rgb }, { steps: 6 })).rgb;
    };
    const most = (a: Uint8Array, b: Uint8Array) =>
      Math.max(...a.map((value, i) => Math.abs(value - (b[i] ?? 0))));
    expect(most(await edited("masactrl-mask", ""), await edited("masactrl", ""))).toBeLessThanOrEqual(1);
  });
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
    expect([stepsOf("regions", manifest, null), stepsOf("diffedit", manifest, null)]).toEqual([
      manifest.painting.steps,
      50,
    ]);
  });

  it("are refused in so few steps that they would do nothing", async () => {
    const { manifest } = await openPack("mini", { roots: [path.join(root, "models")] });
    for (const method of ["masactrl", "masactrl-mask"] as const) {
      expect(() => stepsOf(method, manifest, 4)).toThrow(
        expect.objectContaining({ code: "setting-out-of-range", setting: "steps" }),
      );
      expect(stepsOf(method, manifest, 5)).toBe(5);
    }
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
