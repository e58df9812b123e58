import path from "node:path";
import { loadAutoencoder } from "../pipeline/nets/autoencoders/autoencoder.ts";
import { loadTinyAutoencoder } from "../pipeline/nets/autoencoders/tiny-autoencoder.ts";
import { imageOutputs, loadClip, loadClipImageTower } from "../pipeline/nets/clip.ts";
import type { Runtime } from "../pipeline/nets/runtime.ts";
import { guidanceEmbedding } from "../pipeline/nets/sampling/guidance-embedding.ts";
import type { Tensor, TokenIds } from "../pipeline/nets/tensor.ts";
import { loadTextEncoder, type TextOutput, textOutputs } from "../pipeline/nets/text-encoder.ts";
import { loadUnet } from "../pipeline/nets/unet/unet.ts";
import { loadImageClassifier } from "../pipeline/nets/vit/image-classifier.ts";
import { loadVit } from "../pipeline/nets/vit/vit.ts";
import type { GoldenCase, Outputs } from "./case.ts";

/** Both towers, and the logits of each picture with each text. */
export async function computeClip(golden: GoldenCase, runtime: Runtime): Promise<Outputs> {
  const folder = path.join(golden.folder, "model");
  await using image = await loadClipImageTower({ folder, runtime, outputs: imageOutputs });
  await using text = await loadTextEncoder({ folder, runtime, outputs: textOutputs });
  await using clip = await loadClip({ folder, runtime });
  const seen = await image.run(await golden.floatInput("pixel_values"));
  const read = await text.encode(await tokenInput(golden));
  return new Map([
    ["image_embeds", seen.embeds],
    ["vision_last_hidden_state", seen.lastHiddenState],
    ["vision_last_hidden_state_post_ln", seen.lastHiddenStateNormed],
    ["vision_pooled", seen.pooled],
    ["vision_hidden_states_m2", seen.penultimate],
    ["text_embeds", read.embeds],
    ["text_last_hidden_state", read.lastHiddenState],
    ["text_hidden_states_m2", read.penultimate],
    ["text_pooled", read.pooled],
    ["logits_per_image", cosines(seen.embeds, read.embeds, clip.logitScale)],
  ]);
}

const namesOfTextOutputs: Readonly<Record<TextOutput, string>> = {
  lastHiddenState: "last_hidden_state",
  penultimate: "hidden_states_m2",
  penultimateNormed: "hidden_states_m2_ln",
  pooled: "pooled",
  embeds: "text_embeds",
};

/** Only what the case lists is asked for: a tower without a projection has no embeddings. */
export async function computeTextEncoder(golden: GoldenCase, runtime: Runtime): Promise<Outputs> {
  const part = golden.name.endsWith("-2") ? "text_encoder_2" : "text_encoder";
  const folder = path.join(golden.folder, "model", part);
  const outputs = textOutputs.filter((output) => golden.rules.has(namesOfTextOutputs[output]));
  await using encoder = await loadTextEncoder({ folder, runtime, outputs });
  const read = await encoder.encode(await tokenInput(golden));
  return new Map(outputs.map((output) => [namesOfTextOutputs[output], read[output]]));
}

export async function computeVit(golden: GoldenCase, runtime: Runtime): Promise<Outputs> {
  const folder = path.join(golden.folder, "model");
  await using vit = await loadVit({ folder, runtime, outputs: ["lastHiddenState", "attentions"] });
  const outputs: Outputs = new Map();
  for (const run of runsOf(golden, "pixel_values")) {
    const seen = await vit.run(await golden.floatInput(`${run}pixel_values`));
    outputs.set(`${run}last_hidden_state`, seen.lastHiddenState);
    outputs.set(`${run}attentions`, seen.attentions);
  }
  return outputs;
}

export async function computeImageClassifier(golden: GoldenCase, runtime: Runtime): Promise<Outputs> {
  await using classifier = await loadImageClassifier({ folder: path.join(golden.folder, "model"), runtime });
  const { logits, probabilities } = await classifier.classify(await golden.floatInput("pixel_values"));
  return new Map([
    ["logits", logits],
    ["probabilities", probabilities],
  ]);
}

export async function computeUnet(golden: GoldenCase, runtime: Runtime): Promise<Outputs> {
  const folder = path.join(golden.folder, "model", "unet");
  await using unet = await loadUnet({ folder, runtime });
  const outputs: Outputs = new Map();
  for (const run of runsOf(golden, "sample")) {
    const optional = async (name: string) =>
      golden.inputNames.includes(run + name) ? golden.floatInput(run + name) : undefined;
    const weights = await optional("guidance_minus_one");
    if (weights && unet.conditionWidth !== null) {
      outputs.set(`${run}timestep_cond`, guidanceEmbedding([...weights.data], unet.conditionWidth));
    }
    const predicted = await unet.run({
      sample: await golden.floatInput(`${run}sample`),
      timestep: await numberInput(golden, `${run}timestep`),
      encoderHiddenStates: await golden.floatInput(`${run}encoder_hidden_states`),
      timestepCond: await optional("timestep_cond"),
      added: unet.added
        ? {
            pooled: await golden.floatInput(`${run}text_embeds`),
            timeIds: await golden.floatInput(`${run}time_ids`),
          }
        : undefined,
    });
    outputs.set(`${run}sample`, predicted);
  }
  return outputs;
}

export async function computeAutoencoder(golden: GoldenCase, runtime: Runtime): Promise<Outputs> {
  const folder = path.join(golden.folder, "model", "vae");
  await using autoencoder = await loadAutoencoder({ folder, runtime });
  const outputs: Outputs = new Map();
  for (const run of runsOf(golden, "image")) {
    const { mean, logvar } = await autoencoder.encode(await golden.floatInput(`${run}image`));
    outputs.set(`${run}mean`, mean);
    outputs.set(`${run}logvar`, logvar);
    outputs.set(`${run}sample`, await autoencoder.decode(await golden.floatInput(`${run}latent`)));
  }
  return outputs;
}

export async function computeTinyAutoencoder(golden: GoldenCase, runtime: Runtime): Promise<Outputs> {
  await using autoencoder = await loadTinyAutoencoder({ folder: path.join(golden.folder, "model"), runtime });
  const outputs: Outputs = new Map();
  for (const run of runsOf(golden, "image")) {
    outputs.set(`${run}latents`, await autoencoder.encode(await golden.floatInput(`${run}image`)));
    outputs.set(`${run}sample`, await autoencoder.decode(await golden.floatInput(`${run}latent`)));
  }
  return outputs;
}

/** The runs of a case as prefixes of its tensors' names, `square.`; an empty one where there is but one run. */
function runsOf(golden: GoldenCase, input: string): string[] {
  return golden.inputNames
    .filter((name) => name === input || name.endsWith(`.${input}`))
    .map((name) => name.slice(0, -input.length));
}

async function tokenInput(golden: GoldenCase): Promise<TokenIds> {
  const { data, shape } = await golden.idInput("input_ids");
  return { data, shape: [shape[0] ?? 0, shape[1] ?? 0] };
}

/** A timestep may be recorded as a whole number or as a float. */
async function numberInput(golden: GoldenCase, name: string): Promise<number> {
  const { data } = await golden.input(name);
  return Number(data[0]);
}

/** `scale` times the cosine of each row of `a` with each row of `b`. */
function cosines(a: Tensor, b: Tensor, scale: number): Tensor {
  const width = a.shape[1] ?? 0;
  const rowsOf = ({ data }: Tensor) =>
    Array.from({ length: data.length / width }, (_, row) => data.subarray(row * width, (row + 1) * width));
  const values = rowsOf(a).flatMap((left) =>
    rowsOf(b).map((right) => (scale * dot(left, right)) / Math.sqrt(dot(left, left) * dot(right, right))),
  );
  return { data: Float32Array.from(values), shape: [a.shape[0] ?? 0, b.shape[0] ?? 0] };
}

function dot(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0);
}
