import { EditError } from "../../errors.ts";
import type { Box } from "../../types.ts";
import type { Picture, Retouched } from "./picture.ts";

/** How deep the seam reaches into the box, over the box's shorter side. */
const featherShare = 0.06;

/**
 * The picture with the box painted: `patchRgb` holds the whole `frame` at native size, `frame.width * frame.height
 * * 3` bytes, row-major, and what of it lies inside `box` replaces the picture's pixels. Every pixel outside the
 * box is the picture's own, bit for bit. Inside, the patch fades in from the box's edges over 6 % of its shorter
 * side (at least a pixel) along a smoothstep, except at edges on the picture's border, where there is nothing to
 * blend with. Alpha is the picture's own array.
 * @throws EditError `box-outside-picture` where the box is not inside the frame and the frame not inside the picture.
 */
export function pasteFrame(picture: Picture, patchRgb: Uint8Array, frame: Box, box: Box): Retouched {
  requireInside(box, frame, "box", "frame");
  requireInside(frame, { left: 0, top: 0, width: picture.width, height: picture.height }, "frame", "picture");
  if (patchRgb.length !== frame.width * frame.height * 3) {
    const expected = `${frame.width * frame.height * 3} bytes for a frame of ${frame.width} x ${frame.height}`;
    throw new EditError("internal", `Expected ${expected}, got ${patchRgb.length}.`);
  }
  const rgb = picture.rgb.slice();
  const feather = Math.max(1, Math.round(Math.min(box.width, box.height) * featherShare));
  const columns = fadeOf(box.left, box.width, picture.width, feather);
  const rows = fadeOf(box.top, box.height, picture.height, feather);
  for (const [row, rowFade] of rows.entries()) {
    const to = ((box.top + row) * picture.width + box.left) * 3;
    const from = ((box.top - frame.top + row) * frame.width + box.left - frame.left) * 3;
    blendLine(rgb, to, patchRgb, from, columns, rowFade);
  }
  return { ...picture, rgb, original: picture, box };
}

function requireInside(inner: Box, outer: Box, innerName: string, outerName: string): void {
  const inside =
    inner.left >= outer.left &&
    inner.top >= outer.top &&
    inner.left + inner.width <= outer.left + outer.width &&
    inner.top + inner.height <= outer.top + outer.height;
  if (inside) return;
  throw new EditError(
    "box-outside-picture",
    `Expected a ${innerName} inside the ${outerName} ${spelled(outer)}, got ${spelled(inner)}.`,
  );
}

function spelled(box: Box): string {
  return `${box.left},${box.top},${box.width},${box.height}`;
}

/** How much of the patch shows at each pixel of one axis, 0 to 1, for a box from `start` over `length` pixels. */
function fadeOf(start: number, length: number, limit: number, feather: number): Float32Array {
  const fadesIn = start > 0;
  const fadesOut = start + length < limit;
  return Float32Array.from({ length }, (_, index) => {
    const before = fadesIn ? index + 0.5 : feather;
    const after = fadesOut ? length - index - 0.5 : feather;
    return smoothstep(Math.min(1, before / feather, after / feather));
  });
}

function smoothstep(t: number): number {
  return t * t * (3 - 2 * t);
}

function blendLine(
  target: Uint8Array,
  to: number,
  patch: Uint8Array,
  from: number,
  columns: Float32Array,
  rowFade: number,
): void {
  let column = 0;
  let index = 0;
  while (column < columns.length) {
    const fade = rowFade * (columns[column] as number);
    if (fade === 1) {
      // The middle of the box is the patch as it is.
      const start = index;
      while (column < columns.length && columns[column] === 1) column++;
      index = column * 3;
      target.set(patch.subarray(from + start, from + index), to + start);
      continue;
    }
    for (const end = index + 3; index < end; index++) {
      const old = target[to + index] as number;
      target[to + index] = Math.round(old + ((patch[from + index] as number) - old) * fade);
    }
    column++;
  }
}
