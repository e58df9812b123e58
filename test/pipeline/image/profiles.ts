import { deflateSync } from "node:zlib";
import { pngChunks, pngOf } from "./pictures.ts";

/** Columns: XYZ of a colour space's red, green and blue, adapted to D50 as ICC profiles hold them. */
type Primaries = readonly [readonly number[], readonly number[], readonly number[]];

const adobePrimaries: Primaries = [
  [0.60974, 0.31111, 0.01947],
  [0.20528, 0.62567, 0.06087],
  [0.14919, 0.06322, 0.74457],
];
const adobeGamma = 2.19921875;

/** From XYZ at D50 to linear sRGB, row by row (Bruce Lindbloom's table). */
const toLinearSrgb = [
  [3.1338561, -1.6168667, -0.4906146],
  [-0.9787684, 1.9161415, 0.033454],
  [0.0719453, -0.2289914, 1.4052427],
];

/** The 8-bit sRGB colour that an 8-bit Adobe RGB (1998) colour is, by the two standards' formulas. */
export function srgbOfAdobe(colour: readonly number[]): number[] {
  const linear = colour.map((value) => (value / 255) ** adobeGamma);
  const xyz = [0, 1, 2].map((axis) =>
    sum(adobePrimaries.map((primary, index) => (primary[axis] ?? 0) * (linear[index] ?? 0))),
  );
  return toLinearSrgb.map((row) => {
    const value = Math.min(1, Math.max(0, sum(row.map((weight, axis) => weight * (xyz[axis] ?? 0)))));
    return 255 * (value <= 0.0031308 ? 12.92 * value : 1.055 * value ** (1 / 2.4) - 0.055);
  });
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** The PNG, its samples as they are, tagged as Adobe RGB (1998). */
export function taggedAsAdobe(png: Uint8Array): Buffer {
  const [header, ...rest] = pngChunks(png);
  const data = Buffer.concat([Buffer.from("Adobe\0\0", "latin1"), deflateSync(adobeProfile())]);
  return pngOf([...(header ? [header] : []), { type: "iCCP", data }, ...rest]);
}

/** Adobe RGB (1998): the least that a version 2 matrix profile holds (ICC.1:2001-04, 6.3.1.2). */
export function adobeProfile(): Buffer {
  const curve = Buffer.concat([
    Buffer.from("curv\0\0\0\0\0\0\0\x01", "latin1"),
    u16(adobeGamma * 256),
    u16(0),
  ]);
  const xyz = (values: readonly number[]) =>
    Buffer.concat([Buffer.from("XYZ \0\0\0\0", "latin1"), ...values.map((value) => u32(value * 65_536))]);
  const [red, green, blue] = adobePrimaries;
  const tags: [string, Buffer][] = [
    ["wtpt", xyz([0.9642, 1, 0.8249])],
    ["rXYZ", xyz(red)],
    ["gXYZ", xyz(green)],
    ["bXYZ", xyz(blue)],
    ["rTRC", curve],
    ["gTRC", curve],
    ["bTRC", curve],
  ];
  let offset = 128 + 4 + 12 * tags.length;
  const table = tags.map(([name, { length }]) => {
    const entry = Buffer.concat([Buffer.from(name, "latin1"), u32(offset), u32(length)]);
    offset += length;
    return entry;
  });
  const header = Buffer.alloc(128);
  header.writeUInt32BE(offset, 0);
  header.writeUInt32BE(0x0210_0000, 8);
  header.write("mntrRGB XYZ ", 12, "latin1");
  header.write("acsp", 36, "latin1");
  for (const [index, value] of [0.9642, 1, 0.8249].entries()) header.set(u32(value * 65_536), 68 + 4 * index);
  return Buffer.concat([header, u32(tags.length), ...table, ...tags.map(([, data]) => data)]);
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(Math.round(value));
  return bytes;
}

function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(Math.round(value));
  return bytes;
}
