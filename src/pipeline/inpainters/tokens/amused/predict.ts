import { EditError } from "../../../../errors.ts";
import { guide } from "../../../nets/sampling/denoise.ts";
import type { Tensor } from "../../../nets/tensor.ts";
import type { AmusedParts } from "./parts.ts";
import type { TokenTexts } from "./texts.ts";
import { repeatTexts } from "./texts.ts";

export interface PredictorOptions {
  readonly texts: TokenTexts;
  /** Classifier-free guidance scale. */
  readonly guidance: number;
  /** Grids of a batch, and their sides in tokens. */
  readonly count: number;
  readonly height: number;
  readonly width: number;
  /** Width and height in pixels of what the tokens show. */
  readonly pixels: { readonly width: number; readonly height: number };
}

/** The aesthetic score that aMUSEd is asked for: its training pictures had 0 to 10. */
const aestheticScore = 6;

/** Micro-conditions `[rows, 5]` of whole pictures of this many pixels. */
export function conditionsOf(rows: number, { width, height }: PredictorOptions["pixels"]): Tensor {
  const condition = [width, height, 0, 0, aestheticScore];
  return {
    data: Float32Array.from({ length: rows * condition.length }, (_, i) => condition[i % 5] ?? 0),
    shape: [rows, condition.length],
  };
}

/** Guided logits `[count, codebook, height * width]` of grids, both halves of guidance in one batch. */
export function createPredictor(
  { transformer }: Pick<AmusedParts, "transformer">,
  { texts, guidance, count, height, width, pixels }: PredictorOptions,
): (grids: readonly (readonly number[])[]) => Promise<Float32Array> {
  const { negative, prompt } = texts;
  const rows = negative ? 2 * count : count;
  const { states, pooled } = repeatTexts(negative ? [negative, prompt] : [prompt], count);
  const microConditions = conditionsOf(rows, pixels);
  const ids = new BigInt64Array(rows * height * width);
  return async (grids) => {
    for (let row = 0; row < rows; row++) {
      for (const [token, id] of (grids[row % count] ?? []).entries())
        ids[row * height * width + token] = BigInt(id);
    }
    const { data } = await transformer.run({
      ids: { data: ids, shape: [rows, height, width] },
      encoderHiddenStates: states,
      ...{ pooled, microConditions },
    });
    const expected = rows * transformer.codebookSize * height * width;
    if (data.length !== expected)
      throw new EditError("internal", `Expected ${expected} logits, got ${data.length}.`);
    if (!negative) return data;
    const guided = new Float32Array(data.length / 2);
    guide(data, guidance, guided);
    return guided;
  };
}
