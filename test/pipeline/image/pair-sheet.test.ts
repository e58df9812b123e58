import sharp from "sharp";
import { expect, it } from "vitest";
import { encodePairSheet } from "../../../src/pipeline/image/pair-sheet.ts";

const flat = (grey: number, width: number, height: number) =>
  sharp({ create: { width, height, channels: 3, background: { r: grey, g: grey, b: grey } } })
    .png()
    .toBuffer();

it.each([
  ["small pictures, enlarged", 128, 96, 512, 384],
  ["pictures as large as they are", 800, 600, 800, 600],
])("shows a source above two results side by side: %s", async (_, width, height, shownWidth, shownHeight) => {
  const [source, left, right] = [
    await flat(10, width, height),
    await flat(90, width, height),
    await flat(200, width, height),
  ];
  const sheet = await encodePairSheet({ source, left, right }, { width, height });
  const { data, info } = await sharp(sheet).greyscale().raw().toBuffer({ resolveWithObject: true });
  expect(info.width).toBe(2 * shownWidth + 48);
  const at = (x: number, y: number) => data[Math.round(y) * info.width + Math.round(x)] ?? -1;
  const middle = info.width / 2;
  expect(at(middle, 16 + shownHeight / 2)).toBeCloseTo(10, -1);
  const below = shownHeight + 32 + shownHeight / 2;
  expect(at(16 + shownWidth / 2, below)).toBeCloseTo(90, -1);
  expect(at(shownWidth + 32 + shownWidth / 2, below)).toBeCloseTo(200, -1);
  // Beside the source and between the results there is nothing.
  for (const [x, y] of [
    [20, 100],
    [middle, below],
  ] as const)
    expect(at(x, y)).toBeGreaterThan(120);
});
