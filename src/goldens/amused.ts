import path from "node:path";
import { z } from "zod";
import { latentMask } from "../pipeline/inpainters/pixels.ts";
import { openAmused } from "../pipeline/inpainters/tokens/amused/amused.ts";
import type { AmusedParts } from "../pipeline/inpainters/tokens/amused/parts.ts";
import { createPredictor } from "../pipeline/inpainters/tokens/amused/predict.ts";
import { encodeTexts } from "../pipeline/inpainters/tokens/amused/texts.ts";
import { loadVqAutoencoder } from "../pipeline/nets/autoencoders/vq-autoencoder.ts";
import { required } from "../pipeline/nets/required.ts";
import type { Runtime } from "../pipeline/nets/runtime.ts";
import { decodeTokens } from "../pipeline/nets/sampling/tokens/decode-tokens.ts";
import type { MaskingSchedule } from "../pipeline/nets/sampling/tokens/masked-tokens.ts";
import type { Ids, Tensor } from "../pipeline/nets/tensor.ts";
import { loadUvit, type UvitInputs } from "../pipeline/nets/uvit/uvit.ts";
import type { GoldenCase, Outputs } from "./case.ts";
import { stacked } from "./stacked.ts";
import { gridInput, idsOf, recordedDraws } from "./tokens.ts";

const paramsSchema = z.object({
  prompt: z.string(),
  negative_prompt: z.string(),
  guidance_scale: z.number(),
  num_inference_steps: z.int(),
  temperature: z.tuple([z.number(), z.number()]),
});

type Params = z.infer<typeof paramsSchema>;

/** aMUSEd's networks, its steps with recorded noise, and a whole inpainting. */
export async function computeAmused(golden: GoldenCase, runtime: Runtime): Promise<Outputs> {
  const params = paramsSchema.parse(golden.params);
  const at = (folder: string) => path.join(golden.folder, "model", folder);
  const folders = {
    transformer: at("transformer"),
    autoencoder: at("vqvae"),
    textEncoder: at("text_encoder"),
    tokenizer: at("tokenizer"),
    scheduler: at("scheduler"),
  };
  const opened: AsyncDisposable[] = [];
  try {
    const parts = await openAmused(folders, runtime, (network) => opened.push(network));
    return new Map([
      ...(await networksAlone(golden, parts)),
      ...(await stepsAlone(golden, parts, params)),
      ...(await wholeInpainting(golden, parts, params)),
    ]);
  } finally {
    for (const network of opened) await network[Symbol.asyncDispose]();
  }
}

/** A masked transformer alone. */
export async function computeUvit(golden: GoldenCase, runtime: Runtime): Promise<Outputs> {
  const folder = path.join(golden.folder, "model", "transformer");
  await using transformer = await loadUvit({ folder, runtime });
  return new Map([["logits", await transformer.run(await transformerInputs(golden, ""))]]);
}

/** A vector-quantised autoencoder alone. */
export async function computeVq(golden: GoldenCase, runtime: Runtime): Promise<Outputs> {
  const folder = path.join(golden.folder, "model", "vqvae");
  await using autoencoder = await loadVqAutoencoder({ folder, runtime });
  const { latents, ids } = await autoencoder.encode(await golden.floatInput("image"));
  return new Map<string, Tensor | Ids>([
    ["latents", latents],
    ["indices", ids],
    ["sample", await autoencoder.decode(await gridInput(golden, "indices"))],
  ]);
}

async function transformerInputs(golden: GoldenCase, run: string): Promise<UvitInputs> {
  return {
    ids: await gridInput(golden, `${run}input_ids`),
    encoderHiddenStates: await golden.floatInput(`${run}encoder_hidden_states`),
    pooled: await golden.floatInput(`${run}pooled_text_emb`),
    microConditions: await golden.floatInput(`${run}micro_conds`),
  };
}

async function networksAlone(
  golden: GoldenCase,
  { autoencoder, transformer }: AmusedParts,
): Promise<Outputs> {
  const { latents, ids } = await autoencoder.encode(await golden.floatInput("encode.image"));
  const logits = await transformer.run(await transformerInputs(golden, "forward."));
  return new Map<string, Tensor | Ids>([
    ["encode.latents", latents],
    ["encode.indices", ids],
    ["decode.sample", await autoencoder.decode(await gridInput(golden, "decode.indices"))],
    ["forward.logits", logits],
  ]);
}

/** Both schedules from nothing but masked tokens, with recorded logits. */
async function stepsAlone(golden: GoldenCase, { scheduler }: AmusedParts, params: Params): Promise<Outputs> {
  const outputs: Outputs = new Map();
  for (const schedule of ["cosine", "linear"] as const) {
    const run = `step_${schedule}.`;
    const { data, shape } = await golden.floatInput(`${run}logits`);
    const [steps = 0, , , height = 0, width = 0] = shape;
    const size = data.length / steps;
    const grid = new Array<number>(height * width).fill(scheduler.maskId);
    let step = 0;
    const predict = async () => data.subarray(step * size, ++step * size);
    const walked = await recordedWalk(golden, run, {
      params,
      schedule,
      maskId: scheduler.maskId,
      grid,
      predict,
    });
    const sides = [steps, 1, height, width];
    outputs.set(`${run}tokens`, idsOf(walked.tokens.flat(), sides));
    outputs.set(`${run}predicted`, idsOf(walked.predicted.flat(), sides));
  }
  return outputs;
}

async function wholeInpainting(golden: GoldenCase, parts: AmusedParts, params: Params): Promise<Outputs> {
  const { autoencoder, transformer, tokenizer, textEncoder, scheduler } = parts;
  const { prompt, negative_prompt: negative, guidance_scale: guidance } = params;
  const { ids } = tokenizer.encode([negative, prompt], textEncoder.positions);
  const texts = await encodeTexts(parts, { prompt, negative, guidance });
  const both = [required(texts.negative, "the negative prompt"), texts.prompt];

  const image = await golden.floatInput("image");
  const [, , pixelHeight = 0, pixelWidth = 0] = image.shape;
  const found = (await autoencoder.encode(image)).ids;
  const [, height, width] = found.shape;
  const mask = latentMask(await golden.floatInput("mask"), autoencoder.factor).data;
  const grid = Array.from(mask, (one, token) => (one === 1 ? scheduler.maskId : Number(found.data[token])));

  const pixels = { width: pixelWidth, height: pixelHeight };
  const predict = createPredictor(parts, { texts, guidance, count: 1, height, width, pixels });
  const logits = {
    data: (await predict([grid])).slice(),
    shape: [1, transformer.codebookSize, height, width],
  };
  const { maskId, schedule } = scheduler;
  const { tokens } = await recordedWalk(golden, "", { params, schedule, maskId, grid, predict });
  const painted = idsOf(required(tokens.at(-1), "tokens after the last step"), [1, height, width]);
  const decoded = await autoencoder.decode(painted);
  const inUnit = decoded.data.map((value) => Math.min(Math.max(value, 0), 1));
  return new Map<string, Tensor | Ids>([
    ["input_ids", ids],
    ["pooled", stacked(both.map(({ pooled }) => pooled))],
    ["hidden_states_m2", stacked(both.map(({ states }) => states))],
    ["mask_latent", idsOf([...mask], [1, height, width])],
    ["start_tokens", idsOf(grid, [1, height, width])],
    ["guided_logits", logits],
    ["tokens", idsOf(tokens.flat(), [tokens.length, 1, height, width])],
    ["image", { data: inUnit, shape: decoded.shape }],
  ]);
}

interface Walk {
  readonly params: Params;
  readonly schedule: MaskingSchedule;
  readonly maskId: number;
  readonly grid: readonly number[];
  predict(grids: readonly (readonly number[])[]): Promise<Float32Array>;
}

/** `decodeTokens` with the noise of a run, and the tokens of every step put down. */
async function recordedWalk(
  golden: GoldenCase,
  run: string,
  { params, schedule, maskId, grid, predict }: Walk,
) {
  const draws = await recordedDraws(golden, run, grid.length);
  const tokens: number[][] = [];
  const predicted: number[][] = [];
  await decodeTokens({
    ...{ grids: [grid], maskId, schedule, start: 0, predict, draws },
    steps: params.num_inference_steps,
    temperature: params.temperature[0],
    onStep([now = []], [sure = []]) {
      tokens.push([...now]);
      predicted.push([...sure]);
    },
  });
  return { tokens, predicted };
}
