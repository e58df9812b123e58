import { EditError } from "../../errors.ts";
import type { Box } from "../../types.ts";
import { type Cover, coverLinesOf, fadesOf, linesOf } from "./cover.ts";
import type { Picture, Retouched } from "./picture.ts";

/**
 * The picture with the box painted: `patchRgb` holds the whole `frame` at native size, `frame.width * frame.height
 * * 3` bytes, row-major, and what of it lies inside `box` replaces the picture's pixels. Every pixel outside the
 * box is the picture's own, bit for bit. Inside, the patch fades in from the box's edges over 6 % of its shorter
 * side (at least a pixel) along a smoothstep, except at edges on the picture's border, where there is nothing to
 * blend with. Alpha is the picture's own array.
 * @param cover Where inside the box the patch shows, and how much; everywhere by default.
 * @throws EditError `box-outside-picture` where the box is not inside the frame and the frame not inside the picture.
 */
export function pasteFrame(
  picture: Picture,
  patchRgb: Uint8Array,
  frame: Box,
  box: Box,
  cover: Cover | null = null,
): Retouched {
  requireInside(box, frame, "box", "frame");
  requireInside(frame, { left: 0, top: 0, width: picture.width, height: picture.height }, "frame", "picture");
  if (patchRgb.length !== frame.width * frame.height * 3) {
    const expected = `${frame.width * frame.height * 3} bytes for a frame of ${frame.width} x ${frame.height}`;
    throw new EditError("internal", `Expected ${expected}, got ${patchRgb.length}.`);
  }
  const rgb = picture.rgb.slice();
  const blend = cover === null ? wholeBlender(box, picture) : coverBlender(cover, box, picture);
  for (let row = 0; row < box.height; row++) {
    const to = ((box.top + row) * picture.width + box.left) * 3;
    const from = ((box.top - frame.top + row) * frame.width + box.left - frame.left) * 3;
    blend(row, rgb, to, patchRgb, from);
  }
  return { ...picture, rgb, original: picture, box };
}

/** Blends one line of a box: `width * 3` bytes of `patch` at `from` into `target` at `to`. */
type Blender = (row: number, target: Uint8Array, to: number, patch: Uint8Array, from: number) => void;

function wholeBlender(box: Box, picture: Picture): Blender {
  const { columns, rows } = fadesOf(box, picture);
  return (row, target, to, patch, from) => blendLine(target, to, patch, from, columns, rows[row] as number);
}

function coverBlender(cover: Cover, box: Box, picture: Picture): Blender {
  const coverLine = coverLinesOf(cover, box, picture);
  const { tone } = cover;
  const toneLine = tone && linesOf({ ...tone, values: tone.rgb }, 3, box);
  return (row, target, to, patch, from) => {
    const shows = coverLine(row);
    const tones = toneLine?.(row);
    for (let column = 0, index = 0; column < shows.length; column++, index += 3) {
      const share = (shows[column] as number) / 255;
      if (share === 0) continue;
      for (let at = index; at < index + 3; at++) {
        const old = target[to + at] as number;
        const painted = (patch[from + at] as number) + (tones?.[at] ?? 0);
        target[to + at] = Math.min(255, Math.max(0, Math.round(old + (painted - old) * share)));
      }
    }
  };
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
