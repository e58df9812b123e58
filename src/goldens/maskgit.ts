import path from "node:path";
import { z } from "zod";
import { openMaskgit } from "../pipeline/inpainters/tokens/maskgit/maskgit.ts";
import { createClassPredictor } from "../pipeline/inpainters/tokens/maskgit/predict.ts";
import { required } from "../pipeline/nets/required.ts";
import type { Runtime } from "../pipeline/nets/runtime.ts";
import { decodeTokens } from "../pipeline/nets/sampling/tokens/decode-tokens.ts";
import type { Ids, Tensor } from "../pipeline/nets/tensor.ts";
import type { GoldenCase, Outputs } from "./case.ts";
import { gridInput, idsOf, recordedDraws } from "./tokens.ts";

const paramsSchema = z.object({
  guidance_scale: z.number(),
  num_inference_steps: z.int(),
  temperature: z.number(),
  label: z.int(),
});

/** A class-conditional MaskGIT: both networks, on its own grid and on another, and an inpainting with recorded noise. */
export async function computeMaskgit(golden: GoldenCase, runtime: Runtime): Promise<Outputs> {
  const params = paramsSchema.parse(golden.params);
  const at = (name: string) => path.join(golden.folder, "model", name);
  const folders = { transformer: at("transformer"), autoencoder: at("vqgan"), classes: at("classes.txt") };
  const opened: AsyncDisposable[] = [];
  try {
    const parts = await openMaskgit(folders, runtime, (network) => opened.push(network));
    const { transformer, autoencoder } = parts;
    const { latents, ids } = await autoencoder.encode(await golden.floatInput("image"));
    const labels = Array.from((await golden.idInput("labels")).data, Number);

    const start = await gridInput(golden, "grid");
    const [, height, width] = start.shape;
    const { label, guidance_scale: guidance, num_inference_steps: steps, temperature } = params;
    const walked: number[][] = [];
    await decodeTokens({
      ...{ grids: [Array.from(start.data, Number)], maskId: transformer.codebookSize, schedule: "cosine" },
      ...{ steps, start: 0, temperature },
      predict: createClassPredictor(parts, {
        ...{ label, away: transformer.classes, guidance },
        ...{ count: 1, height, width, steps },
      }),
      draws: await recordedDraws(golden, "", height * width),
      onStep: ([tokens = []]) => walked.push([...tokens]),
    });
    const painted = idsOf(required(walked.at(-1), "tokens after the last step"), [1, height, width]);
    return new Map<string, Tensor | Ids>([
      ["latents", latents],
      ["indices", ids],
      ["decoded", await autoencoder.decode(ids)],
      ["logits", await transformer.run(await gridInput(golden, "ids"), labels)],
      ["other.logits", await transformer.run(await gridInput(golden, "other.ids"), labels.slice(0, 1))],
      ["tokens", idsOf(walked.flat(), [steps, 1, height, width])],
      ["painted", await autoencoder.decode(painted)],
    ]);
  } finally {
    for (const network of opened) await network[Symbol.asyncDispose]();
  }
}
