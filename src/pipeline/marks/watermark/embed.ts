import type { Box } from "../../../types.ts";
import type { Picture } from "../../image/picture.ts";
import { type BlockRange, blocksOn, coefficientsOf } from "./coefficients.ts";
import { cosinesOf, type Lattice, latticeOf, orders, pixelsOf, type Signs, waves } from "./lattice.ts";

/** What of a picture was painted: nothing else is touched. */
export interface PaintedArea {
  readonly box: Box;
  /** How much of the painting shows at each pixel of a line of the box, 0 to 255; the next call writes over it. */
  readonly coverLine: (row: number) => Uint8Array;
}

/**
 * How far a wave has to go in its sign's direction, in levels: more than JPEG of quality 75 takes from it, which is more of finer ones. In the
 * order of `waves`; all of them together are more than a flat place can pay for, so there the finest are left out.
 */
const margins = [0.5, 0.5, 0.5, 0.5, 0.5, 0.6, 0.6, 0.7, 0.75, 0.75, 0.8, 0.8];
/** Mean squared error over the painted pixels that may be spent, rounding left out: with it, a PSNR of 42.5 dB. */
const budget = 3.65;
/** The dearest change of one wave, squared: no block becomes much worse than the others. */
const dearest = 16;
/** Of a block whose painting shows less than this, on average, nothing is changed. */
const leastCover = 0.6 * 255;

/**
 * Puts an invisible mark into what was painted of a picture, in place: spread spectrum (Cox, Kilian, Leighton, Shamoon: "Secure Spread
 * Spectrum Watermarking for Multimedia", 1997) over waves of a block DCT. As who embeds knows the picture, it changes only those
 * waves that do not have their sign already, the cheapest first (Miller, Doërr, Cox: "Applying Informed Coding and Embedding to
 * Design a Robust High-Capacity Watermark", 2004), until the budget is spent. The same picture and signs give the same bytes.
 */
export function embedWatermark(picture: Picture, area: PaintedArea, signs: Signs): void {
  const painted = paintedPixels(area);
  if (painted === 0) return;
  const lattice = latticeOf(picture, blockSideFor(painted));
  const blocks = blocksOn(lattice, area.box);
  if (blocks.columns === 0 || blocks.rows === 0) return;
  const changes = wantedChanges(coefficientsOf(picture, lattice, blocks), { lattice, blocks, area, signs });
  spend(changes, budget * painted, lattice.side ** 2);
  applyChanges(picture, changes, { lattice, blocks, area });
}

/** Small areas have small blocks, so that there are enough of them; larger ones survive being made smaller. */
function blockSideFor(pixels: number): number {
  const side = Math.sqrt(pixels);
  return side < 80 ? 8 : Math.min(32, Math.max(16, side / 20));
}

function paintedPixels({ box, coverLine }: PaintedArea): number {
  let painted = 0;
  for (let row = 0; row < box.height; row++) for (const cover of coverLine(row)) if (cover > 0) painted++;
  return painted;
}

interface Marked {
  readonly lattice: Lattice;
  readonly blocks: BlockRange;
  readonly area: PaintedArea;
}

/** What each wave lacks to have its sign by the margin, in place of how much of it there is; 0 in blocks that are not painted. */
function wantedChanges(
  coefficients: Float32Array,
  { lattice, blocks, area, signs }: Marked & { readonly signs: Signs },
): Float32Array {
  for (let row = 0, at = 0; row < blocks.rows; row++) {
    const covers = blockCovers(row, { lattice, blocks, area });
    for (let column = 0; column < blocks.columns; column++) {
      const isPainted = (covers[column] as number) >= leastCover;
      const bits = signs(lattice, blocks.column + column, blocks.row + row);
      for (let wave = 0; wave < waves.length; wave++, at++) {
        const sign = (bits >>> wave) & 1 ? 1 : -1;
        const lacks = (margins[wave] as number) - sign * (coefficients[at] as number);
        coefficients[at] = isPainted && lacks > 0 ? sign * lacks : 0;
      }
    }
  }
  return coefficients;
}

/** How much of the painting shows in each block of a row, on average, 0 to 255. */
function blockCovers(row: number, { lattice: { side }, blocks, area }: Marked): Float64Array {
  const { box, coverLine } = area;
  const lines = pixelsOf(blocks.row + row, side);
  const covers = new Float64Array(blocks.columns);
  for (let y = Math.max(lines.start, box.top); y < Math.min(lines.end, box.top + box.height); y++) {
    const line = coverLine(y - box.top);
    for (let column = 0; column < blocks.columns; column++) {
      const { start, end } = pixelsOf(blocks.column + column, side);
      let sum = 0;
      for (let x = Math.max(start, box.left); x < Math.min(end, box.left + box.width); x++)
        sum += line[x - box.left] as number;
      covers[column] = (covers[column] as number) + sum / ((end - start) * (lines.end - lines.start));
    }
  }
  return covers;
}

/** Takes back the changes that are too dear: the highest price that can be paid for all is found by halving. */
function spend(changes: Float32Array, energy: number, pixels: number): void {
  let [low, high] = [0, dearest];
  const costUpTo = (price: number) => {
    let sum = 0;
    for (const change of changes) {
      const cost = change * change;
      if (cost <= price) sum += cost;
    }
    return sum * pixels;
  };
  if (costUpTo(high) <= energy) low = high;
  for (let step = 0; step < 24 && low < high; step++) {
    const middle = (low + high) / 2;
    if (costUpTo(middle) <= energy) low = middle;
    else high = middle;
  }
  for (let at = 0; at < changes.length; at++) if ((changes[at] as number) ** 2 > low) changes[at] = 0;
}

/** Adds the waves to all colours alike, as much as the painting shows. */
function applyChanges(
  picture: Picture,
  changes: Float32Array,
  { lattice: { side }, blocks, area }: Marked,
): void {
  const { box, coverLine } = area;
  const across = cosinesOf(0, picture.width, side);
  const mixed = new Float32Array(blocks.columns * orders);
  for (let row = 0; row < blocks.rows; row++) {
    const lines = pixelsOf(blocks.row + row, side);
    for (let y = Math.max(lines.start, box.top); y < Math.min(lines.end, box.top + box.height); y++) {
      mixDown(changes, row * blocks.columns, cosinesOf(y, 1, side), mixed);
      const line = coverLine(y - box.top);
      for (let column = 0; column < blocks.columns; column++) {
        const { start, end } = pixelsOf(blocks.column + column, side);
        for (let x = Math.max(start, box.left); x < Math.min(end, box.left + box.width); x++) {
          const cover = line[x - box.left] as number;
          if (cover === 0) continue;
          const wave = waveAt(mixed, column * orders, across, x * orders);
          shift(picture.rgb, (y * picture.width + x) * 3, Math.round((wave * cover) / 255));
        }
      }
    }
  }
}

function waveAt(mixed: Float32Array, from: number, across: Float32Array, at: number): number {
  return (
    (mixed[from] as number) +
    (mixed[from + 1] as number) * (across[at + 1] as number) +
    (mixed[from + 2] as number) * (across[at + 2] as number) +
    (mixed[from + 3] as number) * (across[at + 3] as number)
  );
}

/** The waves of a row of blocks along one of its lines: `orders` values a block. */
function mixDown(changes: Float32Array, firstBlock: number, down: Float32Array, mixed: Float32Array): void {
  mixed.fill(0);
  for (let block = 0; block * orders < mixed.length; block++) {
    const from = (firstBlock + block) * waves.length;
    for (const [wave, [u, v]] of waves.entries()) {
      const to = block * orders + u;
      mixed[to] = (mixed[to] as number) + (changes[from + wave] as number) * (down[v] as number);
    }
  }
}

function shift(rgb: Uint8Array, at: number, by: number): void {
  for (let channel = at; channel < at + 3; channel++)
    rgb[channel] = Math.min(255, Math.max(0, (rgb[channel] as number) + by));
}
