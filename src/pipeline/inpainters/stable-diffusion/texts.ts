import type { Lora } from "../../nets/lora/lora.ts";
import { required } from "../../nets/required.ts";
import type { Runtime } from "../../nets/runtime.ts";
import type { TextState } from "../../nets/sampling/denoise.ts";
import { sidesOf, type Tensor } from "../../nets/tensor.ts";
import { loadTextEncoder } from "../../nets/text-encoder.ts";
import { loadTokenizer, type Tokenizer } from "../../nets/tokenizer.ts";

/** Reads texts for the denoiser. */
export interface TextReader extends AsyncDisposable {
  /** The state of each text, in order. */
  read(texts: readonly string[]): Promise<TextState[]>;
  /** 1 at the tokens of each text's own words, 0 at its start, its end and behind, `[texts, tokens]`. */
  subjectsOf(texts: readonly string[]): Tensor;
}

/** Folders of a text encoder and of its tokenizer. */
export interface TextFolders {
  readonly textEncoder: string;
  readonly tokenizer: string;
}

export interface TextReaderOptions extends TextFolders {
  /** Of Stable Diffusion XL, which reads with two encoders; `null` for all others. */
  readonly second: TextFolders | null;
  readonly runtime: Runtime;
  /** Change the weights. None by default. */
  readonly loras?: readonly Lora[];
}

/** @throws EditError those of `loadTextEncoder` and `loadTokenizer` */
export function loadTextReader(options: TextReaderOptions): Promise<TextReader> {
  const { second } = options;
  return second === null ? loadOne(options) : loadPair(options, second);
}

/** Stable Diffusion 1 and 2: the last states, after the norm. */
async function loadOne(options: TextReaderOptions): Promise<TextReader> {
  const { runtime, loras = [] } = options;
  const tokenizer = await loadTokenizer(options.tokenizer);
  const encoder = await loadTextEncoder({ folder: options.textEncoder, runtime, loras });
  return {
    async read(texts) {
      const { ids } = tokenizer.encode(texts, encoder.positions);
      const { lastHiddenState } = await encoder.encode(ids);
      return rowsOf(lastHiddenState).map((states) => ({ states, pooled: null }));
    },
    subjectsOf: (texts) => subjectsIn(texts, tokenizer, encoder.positions),
    [Symbol.asyncDispose]: () => encoder[Symbol.asyncDispose](),
  };
}

/**
 * Stable Diffusion XL (https://arxiv.org/abs/2307.01952): the states of both encoders before their last layer, without the norm, side
 * by side; and the second's projection. The encoders are open only while they read: they are needed once an edit and have two
 * thirds of the weights of all of Stable Diffusion 1.5.
 */
async function loadPair(options: TextReaderOptions, second: TextFolders): Promise<TextReader> {
  const { runtime, loras = [] } = options;
  const [tokenizer, otherTokenizer] = [
    await loadTokenizer(options.tokenizer),
    await loadTokenizer(second.tokenizer),
  ];
  const shared = { runtime, loras, opens: "to-read" } as const;
  const encoder = await loadTextEncoder({ ...shared, folder: options.textEncoder, outputs: ["penultimate"] });
  const other = await loadTextEncoder({
    ...shared,
    folder: second.textEncoder,
    target: "textEncoder2",
    outputs: ["penultimate", "embeds"],
  });
  return {
    async read(texts) {
      const first = await encoder.encode(tokenizer.encode(texts, encoder.positions).ids);
      const { penultimate, embeds } = await other.encode(otherTokenizer.encode(texts, other.positions).ids);
      const pooled = rowsOf(embeds);
      return rowsOf(beside(first.penultimate, penultimate)).map((states, row) => ({
        states,
        pooled: required(pooled[row], "a projection of each text"),
      }));
    },
    subjectsOf: (texts) => subjectsIn(texts, tokenizer, encoder.positions),
    async [Symbol.asyncDispose]() {
      await encoder[Symbol.asyncDispose]();
      await other[Symbol.asyncDispose]();
    },
  };
}

/** The states of each text, `[1, tokens, width]`, in order. */
export async function encodeTexts(
  { texts: reader }: { readonly texts: TextReader },
  texts: readonly string[],
): Promise<Tensor[]> {
  return (await reader.read(texts)).map(({ states }) => states);
}

function subjectsIn(texts: readonly string[], tokenizer: Tokenizer, positions: number): Tensor {
  const data = new Float32Array(texts.length * positions);
  for (const [row, length] of tokenizer.encode(texts, positions).lengths.entries())
    data.fill(1, row * positions + 1, row * positions + length - 1);
  return { data, shape: [texts.length, positions] };
}

/** Copies of a batch's items, each a batch of one. */
function rowsOf({ data, shape }: Tensor): Tensor[] {
  const [count = 0, ...item] = shape;
  const size = data.length / count;
  return Array.from({ length: count }, (_, row) => ({
    data: data.slice(row * size, (row + 1) * size),
    shape: [1, ...item],
  }));
}

/** `[n, tokens, a]` and `[n, tokens, b]` to `[n, tokens, a + b]` */
function beside(left: Tensor, right: Tensor): Tensor {
  const [count, tokens, a] = sidesOf(left, 3);
  const [, , b] = sidesOf(right, 3);
  const data = new Float32Array(count * tokens * (a + b));
  for (let row = 0; row < count * tokens; row++) {
    data.set(left.data.subarray(row * a, (row + 1) * a), row * (a + b));
    data.set(right.data.subarray(row * b, (row + 1) * b), row * (a + b) + a);
  }
  return { data, shape: [count, tokens, a + b] };
}
