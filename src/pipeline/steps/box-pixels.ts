import type { Box } from "../../types.ts";
import { scaleBox } from "../image/framing.ts";
import { resizeRgb } from "../image/image.ts";
import type { Picture, Rgb } from "../image/picture.ts";
import type { BoxPixels } from "../mask/difference.ts";

/** A box, the frame around it, and what was painted for that frame at any size. */
interface PaintedFrame {
  readonly box: Box;
  readonly frame: Box;
  readonly painted: Rgb;
}

/** A patch's box in the picture and in what was painted, its longer side at most `side` pixels. */
export async function boxPixelsOf(picture: Picture, patch: PaintedFrame, side: number): Promise<BoxPixels> {
  const { frame, box, painted } = patch;
  const scale = Math.min(1, side / Math.max(box.width, box.height));
  const width = Math.max(1, Math.round(frame.width * scale));
  const height = Math.max(1, Math.round(frame.height * scale));
  const inFrame = { ...box, left: box.left - frame.left, top: box.top - frame.top };
  const part = scaleBox(inFrame, width / frame.width, height / frame.height, {
    left: 0,
    top: 0,
    width,
    height,
  });
  const [before, after] = await Promise.all([
    resizeRgb(picture, frame, width, height, "cubic"),
    resizeRgb(painted, null, width, height, "cubic"),
  ]);
  return {
    before: cut({ width, height, rgb: before }, part),
    painted: cut({ width, height, rgb: after }, part),
    goesOn: {
      left: box.left > 0,
      top: box.top > 0,
      right: box.left + box.width < picture.width,
      bottom: box.top + box.height < picture.height,
    },
  };
}

function cut({ width, rgb }: Rgb, part: Box): Rgb {
  const out = new Uint8Array(part.width * part.height * 3);
  for (let row = 0; row < part.height; row++) {
    const from = ((part.top + row) * width + part.left) * 3;
    out.set(rgb.subarray(from, from + part.width * 3), row * part.width * 3);
  }
  return { width: part.width, height: part.height, rgb: out };
}
