import { type Item, payloadOf } from "./heif-items.ts";

/** What says how a coded picture is decoded; what turns or crops a picture applies to the whole of it. */
const codingProperties = new Set(["av1C", "ispe", "pixi", "colr"]);

/** One coded picture of an AVIF as an AVIF of its own. */
export function stillAvif(file: Buffer, item: Item): Buffer {
  const payload = payloadOf(file, item);
  const properties = item.properties.filter(({ type }) => codingProperties.has(type));
  const brands = box("ftyp", Buffer.from("avif\0\0\0\0avifmif1miaf", "latin1"));
  const meta = (offset: number) =>
    fullBox(
      "meta",
      fullBox("hdlr", Buffer.from("\0\0\0\0pict\0\0\0\0\0\0\0\0\0\0\0\0\0", "latin1")),
      fullBox("pitm", numbers(2, 1)),
      // Offsets and lengths of four bytes, no base; one item in one piece.
      fullBox("iloc", numbers(2, 0x4400, 1, 1, 0, 1), numbers(4, offset, payload.length)),
      fullBox("iinf", numbers(2, 1), fullBox("infe", 2, numbers(2, 1, 0), Buffer.from("av01\0", "latin1"))),
      box(
        "iprp",
        box("ipco", ...properties.map(({ start, end }) => file.subarray(start, end))),
        fullBox(
          "ipma",
          numbers(4, 1),
          numbers(2, 1),
          numbers(1, properties.length, ...properties.map((_, index) => index + 1)),
        ),
      ),
    );
  // The picture comes right after the box that says where it lies.
  return Buffer.concat([brands, meta(brands.length + meta(0).length + 8), box("mdat", payload)]);
}

function box(type: string, ...contents: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), ...contents]);
  return Buffer.concat([numbers(4, body.length + 4), body]);
}

function fullBox(type: string, ...contents: readonly (Uint8Array | number)[]): Buffer {
  const [first] = contents;
  const version = typeof first === "number" ? first : 0;
  const rest = contents.filter((part) => typeof part !== "number");
  return box(type, numbers(1, version, 0, 0, 0), ...rest);
}

/** Whole numbers of so many bytes each, the highest byte first. */
function numbers(bytes: number, ...values: readonly number[]): Buffer {
  const buffer = Buffer.alloc(bytes * values.length);
  for (const [index, value] of values.entries()) buffer.writeUIntBE(value, index * bytes, bytes);
  return buffer;
}
