import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadAutoencoder } from "../../../src/pipeline/nets/autoencoders/autoencoder.ts";
import { loadTinyAutoencoder } from "../../../src/pipeline/nets/autoencoders/tiny-autoencoder.ts";
import { imageOutputs, loadClip, loadClipImageTower } from "../../../src/pipeline/nets/clip.ts";
import { openRuntime, type Runtime } from "../../../src/pipeline/nets/runtime.ts";
import { loadTextEncoder, textOutputs } from "../../../src/pipeline/nets/text-encoder.ts";
import { loadUnet } from "../../../src/pipeline/nets/unet/unet.ts";
import { loadImageClassifier } from "../../../src/pipeline/nets/vit/image-classifier.ts";
import { loadVit } from "../../../src/pipeline/nets/vit/vit.ts";
import { openGolden } from "./goldens.ts";

let runtime: Runtime;
beforeAll(async () => {
  runtime = await openRuntime({ threads: 1 });
});
afterAll(() => runtime[Symbol.asyncDispose]());

describe("CLIP", () => {
  it("reproduces every recorded state of the image tower", async () => {
    const golden = await openGolden("clip");
    const tower = await loadClipImageTower({ folder: golden.model, runtime, outputs: imageOutputs });
    const states = await tower.run(golden.floats("in.pixel_values"));
    golden.expectOutput("out.image_embeds", states.embeds);
    golden.expectOutput("out.vision_last_hidden_state", states.lastHiddenState);
    golden.expectOutput("out.vision_last_hidden_state_post_ln", states.lastHiddenStateNormed);
    golden.expectOutput("out.vision_pooled", states.pooled);
    golden.expectOutput("out.vision_hidden_states_m2", states.penultimate);
  });

  it("reproduces every recorded state of the text tower inside a CLIPModel", async () => {
    const golden = await openGolden("clip");
    const outputs = textOutputs;
    const tower = await loadTextEncoder({ folder: golden.model, runtime, outputs });
    const states = await tower.encode(golden.ids("in.input_ids"));
    golden.expectOutput("out.text_embeds", states.embeds);
    golden.expectOutput("out.text_last_hidden_state", states.lastHiddenState);
    golden.expectOutput("out.text_hidden_states_m2", states.penultimate);
    golden.expectOutput("out.text_pooled", states.pooled);
  });

  it("gives embeddings whose scaled cosines are the recorded logits, and patch tokens without the class token", async () => {
    const golden = await openGolden("clip");
    const clip = await loadClip({ folder: golden.model, runtime });
    const { embeds, tokens } = await clip.embedImages(golden.floats("in.pixel_values"));
    const texts = await clip.embedTexts(golden.ids("in.input_ids"));
    const logits = cosines(embeds.data, texts.data, embeds.shape[1] ?? 0).map((c) => c * clip.logitScale);
    golden.expectOutput("out.logits_per_image", { data: Float32Array.from(logits), shape: [2, 2] });
    const states = golden.floats("out.vision_last_hidden_state");
    expect(tokens.shape).toEqual([2, 16, 18]);
    expect(tokens.data[0]).toBeCloseTo(states.data[18] ?? Number.NaN, 4);
    expect([clip.imageSize, clip.positions]).toEqual([32, 77]);
  });
});

describe("a text encoder", () => {
  const plain = ["lastHiddenState", "penultimate", "penultimateNormed", "pooled"] as const;
  it.each(["text-encoder-sd15", "text-encoder-sd2", "text-encoder-eos"])("reproduces %s", async (name) => {
    const golden = await openGolden(name);
    const folder = path.join(golden.model, "text_encoder");
    await using encoder = await loadTextEncoder({ folder, runtime, outputs: plain });
    const states = await encoder.encode(golden.ids("in.input_ids"));
    golden.expectOutput("out.last_hidden_state", states.lastHiddenState);
    golden.expectOutput("out.hidden_states_m2", states.penultimate);
    golden.expectOutput("out.hidden_states_m2_ln", states.penultimateNormed);
    golden.expectOutput("out.pooled", states.pooled);
  });

  it("projects the pooled state where the file has a projection", async () => {
    const golden = await openGolden("text-encoder-eos");
    const folder = path.join(golden.model, "text_encoder");
    const encoder = await loadTextEncoder({ folder, runtime, outputs: ["embeds"] });
    const { embeds } = await encoder.encode(golden.ids("in.input_ids"));
    golden.expectOutput("out.text_embeds", embeds);
  });

  it("refuses more ids than it has positions", async () => {
    const golden = await openGolden("text-encoder-sd15");
    const encoder = await loadTextEncoder({ folder: path.join(golden.model, "text_encoder"), runtime });
    const ids = { data: new BigInt64Array(78), shape: [1, 78] as const };
    await expect(encoder.encode(ids)).rejects.toMatchObject({ code: "internal" });
  });
});

describe("the vision transformer", () => {
  it.each(["native", "larger"])("reproduces its states and attentions on the %s grid", async (run) => {
    const golden = await openGolden("dino");
    const outputs = ["lastHiddenState", "attentions"] as const;
    const vit = await loadVit({ folder: golden.model, runtime, outputs });
    const states = await vit.run(golden.floats(`in.${run}.pixel_values`));
    golden.expectOutput(`out.${run}.last_hidden_state`, states.lastHiddenState);
    golden.expectOutput(`out.${run}.attentions`, states.attentions);
  });

  it("gives features and attention laid out on the grid of patches", async () => {
    const golden = await openGolden("dino");
    const vit = await loadVit({ folder: golden.model, runtime });
    const { features, attention } = await vit.run(golden.floats("in.larger.pixel_values"));
    expect(features.shape).toEqual([1, 24, 5, 7]);
    expect(attention.shape).toEqual([1, 5, 7]);
    const states = golden.floats("out.larger.last_hidden_state").data;
    const attentions = golden.floats("out.larger.attentions").data;
    for (const patch of [0, 9, 34]) {
      for (const channel of [0, 23]) {
        expect(features.data[channel * 35 + patch]).toBeCloseTo(
          states[(1 + patch) * 24 + channel] ?? Number.NaN,
          4,
        );
      }
      const ofHeads = [0, 1, 2].map((head) => attentions[head * 36 * 36 + 1 + patch] ?? Number.NaN);
      expect(attention.data[patch]).toBeCloseTo(ofHeads.reduce((a, b) => a + b) / 3, 5);
    }
  });
});

describe("the image classifier", () => {
  it("reproduces the recorded logits and probabilities, and knows its labels", async () => {
    const golden = await openGolden("image-classifier");
    const classifier = await loadImageClassifier({ folder: golden.model, runtime });
    const { logits, probabilities } = await classifier.classify(golden.floats("in.pixel_values"));
    golden.expectOutput("out.logits", logits);
    golden.expectOutput("out.probabilities", probabilities);
    expect(classifier.labels).toEqual(["normal", "nsfw"]);
    expect(classifier.imageSize).toBe(32);
  });
});

describe("the UNet", () => {
  const cases = ["unet-sd15-inpaint", "unet-sd15-inpaint-fp16", "unet-sd15", "unet-sd2", "unet-lcm"];
  it.each(cases)("reproduces %s on square and wide latents", async (name) => {
    const golden = await openGolden(name);
    const unet = await loadUnet({ folder: path.join(golden.model, "unet"), runtime });
    for (const run of ["square", "wide"]) {
      const prediction = await unet.run({
        sample: golden.floats(`in.${run}.sample`),
        timestep: Number(golden.ids(`in.${run}.timestep`).data[0]),
        encoderHiddenStates: golden.floats(`in.${run}.encoder_hidden_states`),
        timestepCond: unet.conditionWidth === null ? undefined : golden.floats(`in.${run}.timestep_cond`),
      });
      golden.expectOutput(`out.${run}.sample`, prediction);
    }
  });
});

describe("the autoencoder", () => {
  it.each(["vae", "vae-8ch"])("reproduces %s both ways", async (name) => {
    const golden = await openGolden(name);
    const autoencoder = await loadAutoencoder({ folder: path.join(golden.model, "vae"), runtime });
    for (const run of ["square", "wide"]) {
      const { mean, logvar } = await autoencoder.encode(golden.floats(`in.${run}.image`));
      golden.expectOutput(`out.${run}.mean`, mean);
      golden.expectOutput(`out.${run}.logvar`, logvar);
      golden.expectOutput(`out.${run}.sample`, await autoencoder.decode(golden.floats(`in.${run}.latent`)));
    }
  });
});

describe("the tiny autoencoder", () => {
  it("reproduces the recorded latents and pictures", async () => {
    const golden = await openGolden("tae");
    await using autoencoder = await loadTinyAutoencoder({ folder: golden.model, runtime });
    for (const run of ["square", "wide"]) {
      golden.expectOutput(`out.${run}.latents`, await autoencoder.encode(golden.floats(`in.${run}.image`)));
      golden.expectOutput(`out.${run}.sample`, await autoencoder.decode(golden.floats(`in.${run}.latent`)));
    }
    expect(autoencoder).toMatchObject({ scalingFactor: 1, latentChannels: 4, factor: 8 });
  });
});

/** `[rows of a, rows of b]`, row-major. */
function cosines(a: Float32Array, b: Float32Array, width: number): number[] {
  const rows = (data: Float32Array): number[][] =>
    Array.from({ length: data.length / width }, (_, i) => {
      const row = [...data.subarray(i * width, (i + 1) * width)];
      const length = Math.hypot(...row);
      return row.map((value) => value / length);
    });
  return rows(a).flatMap((x) =>
    rows(b).map((y) => x.reduce((sum, value, i) => sum + value * (y[i] ?? 0), 0)),
  );
}
