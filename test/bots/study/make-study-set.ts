import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";

/** The grey that a method paints in a set of `makeStudySet`, by which tests know it again. */
export const greys: Readonly<Record<string, number>> = { ours: 60, theirs: 140, others: 220 };

/** Writes a set: pictures of one grey, the source's 20 and each method's own, with a stripe that shows when pieces are in disorder. */
export async function makeStudySet(
  folder: string,
  { methods = ["ours", "theirs"], pictures = 3 }: { methods?: readonly string[]; pictures?: number } = {},
): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const lines: string[] = [];
  for (let index = 1; index <= pictures; index++) {
    writeFileSync(join(folder, `source-${index}.png`), await stripedPng(20));
    for (const method of methods) {
      writeFileSync(join(folder, `${method}-${index}.png`), await stripedPng(greys[method] ?? 100));
    }
    lines.push(
      JSON.stringify({
        picture: `picture ${index}`,
        prompt: `a secret wish ${index}`,
        source: `source-${index}.png`,
        results: Object.fromEntries(methods.map((method) => [method, `${method}-${index}.png`])),
      }),
    );
  }
  writeFileSync(join(folder, "study.jsonl"), `${lines.join("\n")}\n`);
}

/** The left half is black, the right half of the grey. */
async function stripedPng(grey: number): Promise<Uint8Array> {
  const side = 96;
  const rgb = new Uint8Array(side * side * 3);
  for (let pixel = 0; pixel < side * side; pixel++) {
    rgb.fill(pixel % side < side / 2 ? 0 : grey, pixel * 3, pixel * 3 + 3);
  }
  return sharp(rgb, { raw: { width: side, height: side, channels: 3 } })
    .png()
    .toBuffer();
}

/** What a shown picture is: the method of its grey, `source`, or `garbled`. */
export async function methodIn(picture: Uint8Array): Promise<string> {
  const pixels = await sharp(picture).greyscale().raw().toBuffer();
  const meanOf = (isIn: (column: number) => boolean) => {
    const inside = pixels.filter((_, index) => isIn(index % 96));
    return inside.reduce((sum, value) => sum + value, 0) / inside.length;
  };
  const left = meanOf((column) => column < 46);
  const right = meanOf((column) => column > 49);
  if (left > 8) return "garbled";
  if (Math.abs(right - 20) < 6) return "source";
  return Object.keys(greys).find((method) => Math.abs(right - (greys[method] ?? 0)) < 20) ?? `grey ${right}`;
}
