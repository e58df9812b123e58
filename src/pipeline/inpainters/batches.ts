import { EditError } from "../../errors.ts";
import { required } from "../nets/required.ts";
import type { Frame } from "./inpainter.ts";

/** A frame and its position among all that are to be painted. */
export interface PlacedFrame {
  readonly frame: Frame;
  readonly index: number;
}

/** Frames of one size share a batch, at most so many. */
export function intoBatches(frames: readonly Frame[], most: number): PlacedFrame[][] {
  const open = new Map<string, PlacedFrame[]>();
  const batches: PlacedFrame[][] = [];
  for (const [index, frame] of frames.entries()) {
    const size = `${frame.width}x${frame.height}`;
    let batch = open.get(size);
    if (!batch || batch.length === most) {
      batch = [];
      batches.push(batch);
      open.set(size, batch);
    }
    batch.push({ frame, index });
  }
  return batches;
}

/** How many frames of `pixels` latent pixels a batch may have, 1 to `most`, where it may take so many bytes. */
export function batchThatFits(
  bytes: number,
  { most, pixels, channels }: { readonly most: number; readonly pixels: number; readonly channels: number },
): number {
  return Math.max(1, Math.min(most, Math.floor(bytes / (pixels * channels * bytesPerActivation))));
}

/**
 * Bytes that a UNet takes for each latent pixel and channel of its first block while it runs: Stable Diffusion 1.5 takes 0.27 GB
 * for a picture of 512 by 512 (docs/performance.md), in 32-bit floats.
 */
const bytesPerActivation = 205;

/** Paints a batch; `onStep` is called after each sampling step. */
export type PaintBatch = (frames: readonly Frame[], onStep: () => void) => Promise<Uint8Array[]>;

/** Paints batch after batch, each as `paintOrHalve` does it; the pictures stand in the order of the frames. */
export async function paintInBatches(
  paint: PaintBatch,
  batches: readonly (readonly PlacedFrame[])[],
  onStep: () => void,
): Promise<Uint8Array[]> {
  const painted: Uint8Array[] = [];
  for (const batch of batches) {
    const members = batch.map(({ frame }) => frame);
    for (const [row, rgb] of (await paintOrHalve(paint, members, onStep)).entries()) {
      painted[required(batch[row], "as many pictures as frames").index] = rgb;
    }
  }
  return painted;
}

/** Where memory runs out, the frames are painted once more in two halves. `onStep` is called once for each step of the batch. */
export async function paintOrHalve(
  paint: PaintBatch,
  frames: readonly Frame[],
  onStep: () => void,
): Promise<Uint8Array[]> {
  let reported = 0;
  const report = () => {
    reported += 1;
    onStep();
  };
  try {
    return await paint(frames, report);
  } catch (error) {
    if (!canTrySmaller(error, frames)) throw error;
  }
  const half = Math.ceil(frames.length / 2);
  const first = await paint(frames.slice(0, half), () => {});
  let done = 0;
  const second = await paint(frames.slice(half), () => {
    done += 1;
    if (done > reported) onStep();
  });
  return [...first, ...second];
}

function canTrySmaller(error: unknown, frames: readonly Frame[]): boolean {
  return error instanceof EditError && error.code === "out-of-memory" && frames.length > 1;
}
