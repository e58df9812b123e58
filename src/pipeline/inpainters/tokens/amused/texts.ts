import type { Tensor } from "../../../nets/tensor.ts";
import type { AmusedParts } from "./parts.ts";

/** One text as the transformer is given it. */
export interface TokenText {
  /** `[1, positions, width]`: the text encoder's last layer but one. */
  readonly states: Tensor;
  /** `[1, projection]` */
  readonly pooled: Tensor;
}

export interface TokenTexts {
  /** `null` where nothing is guided. */
  readonly negative: TokenText | null;
  readonly prompt: TokenText;
}

/** The negative prompt costs nothing where nothing is guided. */
export async function encodeTexts(
  { tokenizer, textEncoder }: Pick<AmusedParts, "tokenizer" | "textEncoder">,
  { prompt, negative, guidance }: { prompt: string; negative: string; guidance: number },
): Promise<TokenTexts> {
  const isGuided = guidance !== 1;
  const texts = isGuided ? [negative, prompt] : [prompt];
  const { ids } = tokenizer.encode(texts, textEncoder.positions);
  const { penultimate, embeds } = await textEncoder.encode(ids);
  const textAt = (row: number): TokenText => ({
    states: rowOf(penultimate, row),
    pooled: rowOf(embeds, row),
  });
  return { negative: isGuided ? textAt(0) : null, prompt: textAt(texts.length - 1) };
}

function rowOf({ data, shape: [rows = 1, ...rest] }: Tensor, row: number): Tensor {
  const size = data.length / rows;
  return { data: data.slice(row * size, (row + 1) * size), shape: [1, ...rest] };
}

/** Texts for a batch: each text's rows together, `count` times. */
export function repeatTexts(texts: readonly TokenText[], count: number): TokenText {
  return {
    states: repeated(
      texts.map(({ states }) => states),
      count,
    ),
    pooled: repeated(
      texts.map(({ pooled }) => pooled),
      count,
    ),
  };
}

function repeated(tensors: readonly Tensor[], count: number): Tensor {
  const [first] = tensors;
  const [, ...rest] = first?.shape ?? [];
  const size = first?.data.length ?? 0;
  const data = new Float32Array(tensors.length * count * size);
  for (let row = 0; row < tensors.length * count; row++) {
    data.set(tensors[Math.floor(row / count)]?.data ?? [], row * size);
  }
  return { data, shape: [tensors.length * count, ...rest] };
}
