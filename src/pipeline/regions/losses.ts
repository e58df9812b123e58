import type { Losses, StructureNorm } from "../../types.ts";
import type { Tensor } from "../nets/tensor.ts";

/** What CLIP's image tower says about one picture. */
export interface ImageState {
  /** Projected embedding E_v, any length above 0; normalised here. */
  readonly embedding: Float32Array;
  /** Patch tokens of the last layer, without the CLS token, `[patches, width]`. */
  readonly tokens: Tensor;
}

export interface EditingLossOptions {
  /** The picture before the edit. */
  readonly picture: ImageState;
  /** E_t(T). */
  readonly prompt: Float32Array;
  /** E_t(T_ROI); `null` where T_ROI is not known. */
  readonly sourceText: Float32Array | null;
  readonly structureNorm: StructureNorm;
}

/**
 * The editing loss of equations 3 to 6 with all weights 1. What depends on the picture and the texts alone,
 * such as the picture's self-similarity matrix, is computed here once; the function returned costs one matrix of
 * the edited picture.
 *
 * A direction is taken as 1 (neither towards the prompt nor away) where the picture or the text did not move. Where T_ROI
 * is not known there is no direction: that term is 0 and the total at most 4.
 */
export function prepareEditingLoss(options: EditingLossOptions): (edited: ImageState) => Losses {
  const { picture, prompt, sourceText, structureNorm } = options;
  const [patches = 0, width = 0] = picture.tokens.shape;
  const similarity = new Float32Array(patches * patches);
  eachSimilarity(unitRows(picture.tokens), patches, width, (index, value) => {
    similarity[index] = value;
  });
  const textDirection = sourceText && difference(prompt, sourceText);

  return (edited) => {
    let squares = 0;
    eachSimilarity(unitRows(edited.tokens), patches, width, (index, value) => {
      squares += (value - (similarity[index] ?? 0)) ** 2;
    });
    // The matrices are symmetric with ones on the diagonal: what lies above it counts twice.
    const structure = structureDistance(2 * squares, patches, structureNorm);
    const clip = 1 - cosine(edited.embedding, prompt);
    const direction =
      textDirection && directionLoss(difference(edited.embedding, picture.embedding), textDirection);
    return { clip, structure, direction: direction ?? 0, total: clip + structure + (direction ?? 0) };
  };
}

/** Cosine of the angle between two vectors, -1 to 1; 0 where either has no length. */
export function cosine(a: Float32Array, b: Float32Array): number {
  let dot = 0;
  let aSquares = 0;
  let bSquares = 0;
  for (let index = 0; index < a.length; index++) {
    const x = a[index] ?? 0;
    const y = b[index] ?? 0;
    dot += x * y;
    aSquares += x * x;
    bSquares += y * y;
  }
  return aSquares === 0 || bSquares === 0 ? 0 : dot / Math.sqrt(aSquares * bSquares);
}

function structureDistance(squares: number, patches: number, norm: StructureNorm): number {
  switch (norm) {
    case "rms":
      return Math.sqrt(squares) / patches;
    case "mean-square":
      return squares / patches ** 2;
    case "frobenius":
      return Math.sqrt(squares);
  }
}

const shortestDirection = 1e-6;

function directionLoss(picture: Float32Array, text: Float32Array): number {
  const unmoved = Math.hypot(...picture) < shortestDirection || Math.hypot(...text) < shortestDirection;
  return unmoved ? 1 : 1 - cosine(picture, text);
}

/** E(a) - E(b), each as CLIP gives it. */
function difference(a: Float32Array, b: Float32Array): Float32Array {
  return a.map((value, index) => value - (b[index] ?? 0));
}

const blockSide = 4;

/** Rows scaled to length 1, with rows of zeros up to a whole number of blocks. */
function unitRows(tokens: Tensor): Float32Array {
  const [rows = 0, width = 0] = tokens.shape;
  const unit = new Float32Array(Math.ceil(rows / blockSide) * blockSide * width);
  for (let row = 0; row < rows; row++) {
    const from = row * width;
    let squares = 0;
    for (let k = from; k < from + width; k++) squares += (tokens.data[k] ?? 0) ** 2;
    const scale = squares === 0 ? 0 : 1 / Math.sqrt(squares);
    for (let k = from; k < from + width; k++) unit[k] = (tokens.data[k] ?? 0) * scale;
  }
  return unit;
}

/**
 * Visits the cosine of every pair of rows above the diagonal. Four by four rows at a time, because a scalar loop
 * spends its time on loads: here eight loads serve sixteen products.
 */
function eachSimilarity(
  unit: Float32Array,
  rows: number,
  width: number,
  visit: (index: number, value: number) => void,
): void {
  const sums = new Float64Array(16);
  for (let top = 0; top < rows; top += blockSide) {
    for (let left = top; left < rows; left += blockSide) {
      dotBlock(unit, width, top, left, sums);
      for (let i = 0; i < 16; i++) {
        const row = top + (i >> 2);
        const column = left + (i & 3);
        if (row < column && column < rows) visit(row * rows + column, sums[i] ?? 0);
      }
    }
  }
}

/** Dot products of the four rows from `top` with the four from `left`; `sums` is `[4, 4]`. */
function dotBlock(unit: Float32Array, width: number, top: number, left: number, sums: Float64Array): void {
  const [a0, a1, a2, a3] = [top * width, (top + 1) * width, (top + 2) * width, (top + 3) * width];
  const [b0, b1, b2, b3] = [left * width, (left + 1) * width, (left + 2) * width, (left + 3) * width];
  let [s0, s1, s2, s3, s4, s5, s6, s7] = [0, 0, 0, 0, 0, 0, 0, 0];
  let [s8, s9, s10, s11, s12, s13, s14, s15] = [0, 0, 0, 0, 0, 0, 0, 0];
  for (let k = 0; k < width; k++) {
    const p = unit[a0 + k] ?? 0;
    const q = unit[a1 + k] ?? 0;
    const r = unit[a2 + k] ?? 0;
    const s = unit[a3 + k] ?? 0;
    const t = unit[b0 + k] ?? 0;
    const u = unit[b1 + k] ?? 0;
    const v = unit[b2 + k] ?? 0;
    const w = unit[b3 + k] ?? 0;
    s0 += p * t;
    s1 += p * u;
    s2 += p * v;
    s3 += p * w;
    s4 += q * t;
    s5 += q * u;
    s6 += q * v;
    s7 += q * w;
    s8 += r * t;
    s9 += r * u;
    s10 += r * v;
    s11 += r * w;
    s12 += s * t;
    s13 += s * u;
    s14 += s * v;
    s15 += s * w;
  }
  sums.set([s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11, s12, s13, s14, s15]);
}
