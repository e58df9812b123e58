import type { BoxPixels, Sides } from "../../../src/pipeline/mask/difference.ts";
import type { Cells } from "../../../src/pipeline/mask/grid.ts";
import { flatRgb } from "../image/pictures.ts";

/** A set from a drawing: `#` is in it. */
export function drawn(...rows: string[]): Cells {
  const values = Uint8Array.from(rows.join(""), (sign) => Number(sign === "#"));
  return { width: rows[0]?.length ?? 0, height: rows.length, values };
}

export function drawingOf({ width, values }: Cells): string[] {
  return Array.from({ length: values.length / width }, (_, row) =>
    Array.from(values.subarray(row * width, (row + 1) * width), (value) => (value === 1 ? "#" : ".")).join(
      "",
    ),
  );
}

export const everySide: Sides = { left: true, top: true, right: true, bottom: true };

type Colour = readonly [number, number, number];
export interface Area {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly colour: Colour;
}

/** A flat ground with rectangles on it. */
export function scene(side: number, ground: Colour, areas: readonly Area[]) {
  const picture = flatRgb(side, side, [...ground]);
  for (const { left, top, width, height, colour } of areas) {
    for (let row = top; row < top + height; row++) {
      for (let column = left; column < left + width; column++)
        picture.rgb.set(colour, (row * side + column) * 3);
    }
  }
  return picture;
}

export function boxPixels(before: BoxPixels["before"], painted: BoxPixels["painted"]): BoxPixels {
  return { before, painted, goesOn: everySide };
}
