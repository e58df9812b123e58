import { EditError } from "../../../../errors.ts";
import { guide } from "../../../nets/sampling/denoise.ts";
import type { DecodeTokensOptions } from "../../../nets/sampling/tokens/decode-tokens.ts";
import type { TokenBatch } from "../painting.ts";
import type { MaskgitParts } from "./parts.ts";

export interface ClassPredictorOptions extends Pick<TokenBatch, "count" | "height" | "width" | "steps"> {
  /** The class that is painted. */
  readonly label: number;
  /** What it is guided away from: another class, or none. */
  readonly away: number;
  /** Classifier-free guidance scale at the last step; it rises evenly from 1. */
  readonly guidance: number;
}

/** Guided logits `[count, codebook, height * width]` of grids; both halves of guidance in one batch. */
export function createClassPredictor(
  { transformer }: Pick<MaskgitParts, "transformer">,
  { label, away, guidance, count, height, width, steps }: ClassPredictorOptions,
): DecodeTokensOptions["predict"] {
  const isGuided = guidance !== 1;
  const rows = isGuided ? 2 * count : count;
  const labels = Array.from({ length: rows }, (_, row) => (isGuided && row < count ? away : label));
  const tokens = height * width;
  const ids = new BigInt64Array(rows * tokens);
  return async (grids, step) => {
    for (let row = 0; row < rows; row++) {
      for (const [token, id] of (grids[row % count] ?? []).entries()) ids[row * tokens + token] = BigInt(id);
    }
    const { data } = await transformer.run({ data: ids, shape: [rows, height, width] }, labels);
    const expected = rows * transformer.codebookSize * tokens;
    if (data.length !== expected)
      throw new EditError("internal", `Expected ${expected} logits, got ${data.length}.`);
    if (!isGuided) return data;
    const guided = new Float32Array(data.length / 2);
    guide(data, steps === 1 ? guidance : 1 + ((guidance - 1) * step) / (steps - 1), guided);
    return guided;
  };
}
