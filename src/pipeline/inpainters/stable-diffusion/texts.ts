import { sidesOf, type Tensor } from "../../nets/tensor.ts";
import type { StableDiffusionParts } from "./parts.ts";

/** The states of each text, `[1, tokens, width]`, in order. */
export async function encodeTexts(
  { tokenizer, textEncoder }: Pick<StableDiffusionParts, "tokenizer" | "textEncoder">,
  texts: readonly string[],
): Promise<Tensor[]> {
  const { ids } = tokenizer.encode(texts, textEncoder.positions);
  const { lastHiddenState: states } = await textEncoder.encode(ids);
  const [, tokens, width] = sidesOf(states, 3);
  const size = tokens * width;
  return texts.map((_, row) => ({
    data: states.data.slice(row * size, (row + 1) * size),
    shape: [1, tokens, width],
  }));
}

/** 1 at the tokens of each text's own words, 0 at its start, its end and behind, `[texts, tokens]`. */
export function subjectsOf(
  { tokenizer, textEncoder }: Pick<StableDiffusionParts, "tokenizer" | "textEncoder">,
  texts: readonly string[],
): Tensor {
  const { positions } = textEncoder;
  const data = new Float32Array(texts.length * positions);
  for (const [row, length] of tokenizer.encode(texts, positions).lengths.entries())
    data.fill(1, row * positions + 1, row * positions + length - 1);
  return { data, shape: [texts.length, positions] };
}
