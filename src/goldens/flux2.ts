import path from "node:path";
import { z } from "zod";
import { packLatents, unpackLatents } from "../pipeline/nets/flux2/pack-latents.ts";
import {
  gridPositions,
  type Position,
  timeOfShown,
  wordPositions,
} from "../pipeline/nets/flux2/positions.ts";
import { type Flux2Transformer, loadFlux2Transformer } from "../pipeline/nets/flux2/transformer.ts";
import { required } from "../pipeline/nets/required.ts";
import type { Runtime } from "../pipeline/nets/runtime.ts";
import { createFlowMatchEuler, flux2Shift } from "../pipeline/nets/sampling/flow-match.ts";
import { type Ids, sidesOf, type Tensor } from "../pipeline/nets/tensor.ts";
import type { GoldenCase, Outputs } from "./case.ts";
import { walkSampler } from "./schedulers.ts";
import { stacked } from "./stacked.ts";
import { idsOf } from "./tokens.ts";

const flowSchema = z.object({
  sizes: z.array(z.tuple([z.number(), z.number()])),
  runs: z.record(
    z.string(),
    z.object({
      scheduler_config: z.record(z.string(), z.unknown()),
      steps: z.int(),
      mu: z.number().optional(),
      levels: z.literal("whole").optional(),
    }),
  ),
});

/** Schedules and walks of flow matching, and FLUX.2's shifts by size and steps. */
export async function computeFlowMatch(golden: GoldenCase): Promise<Outputs> {
  const { sizes, runs } = flowSchema.parse(golden.params);
  const outputs: Outputs = new Map();
  for (const [name, { scheduler_config: config, steps, mu, levels }] of Object.entries(runs)) {
    const options = {
      steps,
      ...(mu === undefined ? {} : { mu }),
      ...(levels === undefined ? {} : { levels }),
    };
    const sampler = createFlowMatchEuler(config, options);
    await walkSampler(golden, name, sampler, outputs);
  }
  const shifts = Float32Array.from(sizes, ([tokens, steps]) => flux2Shift(tokens, steps));
  outputs.set("flux2_shift", { data: shifts, shape: [sizes.length] });
  return outputs;
}

const transformerSchema = z.object({
  scheduler_config: z.record(z.string(), z.unknown()),
  timesteps: z.tuple([z.number(), z.number()]),
  steps: z.int(),
});

/** FLUX.2's transformer: states after each block, with pictures that it is shown, and an inpainting. */
export async function computeFlux2(golden: GoldenCase, runtime: Runtime): Promise<Outputs> {
  const { timesteps, ...walk } = transformerSchema.parse(golden.params);
  const tapped = [...golden.rules.keys()].filter((name) => /transformer_blocks/.test(name));
  const folder = path.join(golden.folder, "model", "transformer");
  await using transformer = await loadFlux2Transformer({ folder, runtime, taps: { out: tapped } });
  const latents = await golden.floatInput("latents");
  const shown = await golden.floatInput("shown");
  const text = await golden.floatInput("text");
  const [, words] = sidesOf(text, 3);

  const packed = packLatents(latents);
  const places = [...wordPositions(words), ...placesOf(latents, 0)];
  const alone = await transformer.run({ latents: packed, text, timestep: timesteps[0], positions: places });

  const pictures = [0, 1].map((index) => ({ tokens: repeated(packLatents(shown), index), index }));
  const shownPlaces = pictures.flatMap(({ index }) => placesOf(shown, timeOfShown(index)));
  const both = await transformer.run({
    latents: joined([packed, ...pictures.map(({ tokens }) => tokens)]),
    ...{ text, timestep: timesteps[1], positions: [...places, ...shownPlaces] },
  });

  const walked = await inpainting(golden, transformer, { ...walk, packed, text, places, latents });
  const [, , height, width] = sidesOf(latents, 4);
  const ids = [...places, ...shownPlaces].flat();
  return new Map<string, Tensor | Ids>([
    ["packed", packed],
    ["ids", idsOf(ids, [1, ids.length / 4, 4])],
    ["velocity", alone.velocity],
    ...Object.entries(alone.taps),
    ["shown.velocity", firstTokens(both.velocity, sidesOf(both.velocity, 3)[1])],
    ["walk", stackedAsSteps(walked)],
    ["unpacked", unpackLatents(required(walked.at(-1), "tokens after the last step"), height, width)],
  ]);
}

/** The source is shown; after each step what is known is put back, with the noise of the next. */
async function inpainting(
  golden: GoldenCase,
  transformer: Flux2Transformer,
  options: Pick<z.infer<typeof transformerSchema>, "scheduler_config" | "steps"> & {
    readonly packed: Tensor;
    readonly text: Tensor;
    readonly places: readonly Position[];
    readonly latents: Tensor;
  },
): Promise<Tensor[]> {
  const { packed, text, places, latents, steps } = options;
  const noise = await golden.floatInput("noise");
  const mask = await golden.floatInput("mask");
  const [, tokens, channels] = sidesOf(packed, 3);
  const mu = flux2Shift(tokens, steps);
  const sampler = createFlowMatchEuler(options.scheduler_config, { steps, mu, levels: "whole" });
  const positions = [...places, ...placesOf(latents, timeOfShown(0))];
  const sample = { data: noise.data.slice(), shape: packed.shape };
  const known = new Float32Array(sample.data.length);
  const walked: Tensor[] = [];
  for (const [index, timestep] of sampler.timesteps.entries()) {
    const { velocity } = await transformer.run({
      ...{ latents: joined([sample, packed]), text, timestep, positions },
    });
    sampler.step(index, firstTokens(velocity, tokens).data, sample.data);
    if (index === steps - 1) known.set(packed.data);
    else sampler.addNoise(packed.data, noise.data, index + 1, known);
    for (let at = 0; at < known.length; at++) {
      const share = mask.data[Math.floor(at / channels) % tokens] as number;
      sample.data[at] = (1 - share) * (known[at] as number) + share * (sample.data[at] as number);
    }
    walked.push({ data: sample.data.slice(), shape: sample.shape });
  }
  return walked;
}

/** Positions of latents `[batch, channels, height, width]` that are packed 2×2. */
function placesOf(latents: Tensor, time: number): Position[] {
  const [, , height, width] = sidesOf(latents, 4);
  return gridPositions(height / 2, width / 2, time);
}

/** Tokens `[batch, tokens, channels]` of several pictures, behind each other in each item of the batch. */
function joined(parts: readonly Tensor[]): Tensor {
  const [batch = 1, , channels = 1] = parts[0]?.shape ?? [];
  const items = Array.from({ length: batch }, (_, item) =>
    parts.flatMap(({ data }) => [
      ...data.subarray((item * data.length) / batch, ((item + 1) * data.length) / batch),
    ]),
  );
  const data = Float32Array.from(items.flat());
  return { data, shape: [batch, data.length / batch / channels, channels] };
}

/** The first tokens of each item. */
function firstTokens({ data, shape: [batch = 1, , channels = 1] }: Tensor, tokens: number): Tensor {
  const all = data.length / batch;
  const parts = Array.from({ length: batch }, (_, item) =>
    data.subarray(item * all, item * all + tokens * channels),
  );
  return { data: Float32Array.from(parts.flatMap((part) => [...part])), shape: [batch, tokens, channels] };
}

/** One item of a batch, once for each item. */
function repeated({ data, shape: [batch = 1, ...rest] }: Tensor, item: number): Tensor {
  const size = data.length / batch;
  const one = { data: data.subarray(item * size, (item + 1) * size), shape: [1, ...rest] };
  return stacked(Array.from({ length: batch }, () => one));
}

function stackedAsSteps(steps: readonly Tensor[]): Tensor {
  return stacked(steps.map(({ data, shape }) => ({ data, shape: [1, ...shape] })));
}
