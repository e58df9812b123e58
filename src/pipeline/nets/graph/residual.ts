import type { GraphBuilder, Value } from "./builder.ts";
import { addWidened, convolution, groupNorm, linear, silu } from "./layers.ts";
import type { Taps } from "./taps.ts";

/** What the residual blocks of one diffusers network have in common. */
export interface ResidualNorms {
  readonly groups: number;
  readonly epsilon: number;
}

export interface ResidualBlock extends ResidualNorms {
  readonly from: number;
  readonly to: number;
  /** SiLU of the time embedding, `[1 or batch, width]`, where the network has one. */
  readonly time?: { readonly embedding: Value; readonly width: number };
  readonly taps?: Taps;
}

/** diffusers' ResnetBlock2D: `[batch, from, h, w]` to `[batch, to, h, w]`. */
export function residualBlock(g: GraphBuilder, x: Value, prefix: string, block: ResidualBlock): Value {
  const { from, to, groups, epsilon, time, taps } = block;
  const norm = (input: Value, name: string, channels: number): Value =>
    silu(g, groupNorm(g, input, `${prefix}.${name}`, { channels, groups, epsilon }));
  let hidden = convolution(g, norm(x, "norm1", from), `${prefix}.conv1`, { from, to, kernel: 3 });
  if (time !== undefined) {
    const shift = linear(g, time.embedding, `${prefix}.time_emb_proj`, { from: time.width, to });
    hidden = g.node("Add", [hidden, g.node("Reshape", [shift, g.ints([-1, to, 1, 1])])]);
  }
  hidden = convolution(g, norm(hidden, "norm2", to), `${prefix}.conv2`, { from: to, to, kernel: 3 });
  const shape = ["batch", to, "rows", "columns"];
  hidden = taps?.through(`${prefix}.features`, hidden, shape) ?? hidden;
  const shortcut = from === to ? x : convolution(g, x, `${prefix}.conv_shortcut`, { from, to, kernel: 1 });
  return g.node("Add", [shortcut, hidden]);
}

/**
 * Twice the height and width by repeating, then a 3×3 convolution. `fit`, a shape of two sides, cuts the doubled
 * picture first.
 */
export function upsample(g: GraphBuilder, x: Value, prefix: string, channels: number, fit?: Value): Value {
  if (fit === undefined && g.target.dialect === "fused")
    return doubledConvolution(g, x, `${prefix}.conv`, channels, { bias: true });
  const doubled = g.node("Resize", [x, null, g.exactFloats([1, 1, 2, 2])], {
    mode: "nearest",
    nearest_mode: "floor",
    coordinate_transformation_mode: "asymmetric",
  });
  const fitted = fit ? g.node("Slice", [doubled, g.ints([0, 0]), fit, g.ints([2, 3])]) : doubled;
  return convolution(g, fitted, `${prefix}.conv`, { from: channels, to: channels, kernel: 3 });
}

/**
 * The doubling and the convolution `prefix` without the doubled picture: at each of the four places (row, column)
 * inside a doubled pixel, the nine weights fall on two by two pixels only, so four 2×2 convolutions with summed weights
 * do it in 16 products where the 3×3 one takes 36. The sums are made when the graph is opened.
 */
export function doubledConvolution(
  g: GraphBuilder,
  x: Value,
  prefix: string,
  channels: number,
  options: { readonly bias: boolean },
): Value {
  const name = `${prefix}.weight`;
  const weights = g.weight(name, [channels, channels, 3, 3], { as: [channels ** 2, 9], exact: true });
  const bias = options.bias ? g.weight(`${prefix}.bias`, [channels]) : null;
  const plain = doubled(g, x, { weights, bias, from: channels, to: channels });
  return g.narrowLayers(name, { exact: true }).reduce((sum, layers) => {
    const down = g.node("Reshape", [layers.down, g.ints([-1, 9])]);
    const narrow = doubled(g, x, { weights: down, bias: null, from: channels, to: layers.rank });
    return addWidened(g, sum, narrow, layers);
  }, plain);
}

interface Doubled {
  /** `[to * from, 9]`, exact. */
  readonly weights: Value;
  readonly bias: Value | null;
  readonly from: number;
  readonly to: number;
}

function doubled(g: GraphBuilder, x: Value, { weights, bias, from, to }: Doubled): Value {
  const places = [0, 1].flatMap((row) =>
    [0, 1].map((column) => {
      const summed = g.node("MatMul", [weights, g.exactFloats(tapSums(row, column), [9, 4])]);
      const kernel = g.fromExact(g.node("Reshape", [summed, g.ints([to, from, 2, 2])]));
      const pads = [1 - row, 1 - column, row, column];
      return g.node("Conv", [x, kernel, bias], { kernel_shape: [2, 2], pads });
    }),
  );
  return g.node("DepthToSpace", [g.node("Concat", places, { axis: 1 })], { blocksize: 2, mode: "DCR" });
}

/** Which of the 3×3 weights (rows) are summed into which of the 2×2 (columns) at a place: `[9, 4]` of 0 and 1. */
function tapSums(row: number, column: number): number[] {
  const positions = [0, 1, 2];
  /** The pixel, first or second, under a weight; at place 0 the window begins one doubled pixel earlier. */
  const pixelUnder = (weight: number, place: number): number => Math.floor((weight + 1 + place) / 2) - place;
  return positions.flatMap((down) =>
    positions.flatMap((across) => {
      const target = 2 * pixelUnder(down, row) + pixelUnder(across, column);
      return [0, 1, 2, 3].map((tap) => (tap === target ? 1 : 0));
    }),
  );
}

/** `[batch, channels, h, w]` as rows `[batch * h * w, channels]`. */
export function pixelsToRows(g: GraphBuilder, x: Value, channels: number): Value {
  return g.node("Reshape", [g.node("Transpose", [x], { perm: [0, 2, 3, 1] }), g.ints([-1, channels])]);
}

/** Rows `[batch * h * w, channels]` as `[batch, channels, h, w]`, of the batch and size that `like` has. */
export function rowsToPixels(g: GraphBuilder, rows: Value, like: Value, channels: number): Value {
  const sides = g.node(
    "Concat",
    [
      g.node("Shape", [like], { start: 0, end: 1 }),
      g.node("Shape", [like], { start: 2 }),
      g.ints([channels]),
    ],
    { axis: 0 },
  );
  return g.node("Transpose", [g.node("Reshape", [rows, sides])], { perm: [0, 3, 1, 2] });
}
