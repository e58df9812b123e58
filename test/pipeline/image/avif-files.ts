import { boxesIn, type MediaBox } from "../../../src/pipeline/image/formats/boxes.ts";

/** A box of an ISO media file. */
export function mediaBox(type: string, ...contents: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(contents);
  const head = Buffer.alloc(8);
  head.writeUInt32BE(body.length + 8);
  head.write(type, 4, "latin1");
  return Buffer.concat([head, body]);
}

/** A box with a version and flags of 0. */
export function fullMediaBox(type: string, ...contents: readonly Uint8Array[]): Buffer {
  return mediaBox(type, Buffer.alloc(4), ...contents);
}

/** Bytes as a box's contents. */
export function bytesOf(...values: readonly number[]): Buffer {
  return Buffer.from(values);
}

/** The place of an AVIF's box, by the names of the boxes around it. */
export function boxOf(file: Buffer, ...path: readonly string[]): MediaBox {
  let [start, end] = [0, file.length];
  let found: MediaBox | undefined;
  for (const type of path) {
    found = boxesIn(file, start, end).find((box) => box.type === type);
    if (found === undefined) throw new Error(`no box ${path.join(" › ")}`);
    [start, end] = [type === "meta" || type === "iref" ? found.data + 4 : found.data, found.end];
  }
  return found as MediaBox;
}

/**
 * An AVIF of sharp, which has one piece for each item and small numbers, with one more property for one of its items.
 * An essential property is one that a reader must know.
 */
export function withProperty(avif: Uint8Array, item: number, property: Buffer, isEssential = false): Buffer {
  const file = Buffer.from(avif);
  const ipco = boxOf(file, "meta", "iprp", "ipco");
  const ipma = boxOf(file, "meta", "iprp", "ipma");
  const index = boxesIn(file, ipco.data, ipco.end).length + 1;
  const list = [...file.subarray(ipma.data, ipma.end)];
  // Version and flags, a count of four bytes; then for each item its number, a count, and a byte a property.
  for (let at = 8; at < list.length; at += 3 + (list[at + 2] as number)) {
    if (list[at + 1] !== item) continue;
    list.splice(at + 3 + (list[at + 2] as number), 0, index | (isEssential ? 0x80 : 0));
    list[at + 2] = (list[at + 2] as number) + 1;
  }
  const iprp = mediaBox(
    "iprp",
    mediaBox("ipco", file.subarray(ipco.data, ipco.end), property),
    mediaBox("ipma", Buffer.from(list)),
  );
  return withMetaBox(file, "iprp", iprp);
}

/** An AVIF of sharp in which one box of `meta` is another one, or there is one more. */
export function withMetaBox(avif: Uint8Array, type: string, replacement: Buffer): Buffer {
  const file = Buffer.from(avif);
  const meta = boxOf(file, "meta");
  const boxes = boxesIn(file, meta.data + 4, meta.end);
  const parts = boxes.map((box) => (box.type === type ? replacement : file.subarray(box.start, box.end)));
  const all = boxes.some((box) => box.type === type) ? parts : [...parts, replacement];
  const changed = mediaBox("meta", file.subarray(meta.data, meta.data + 4), ...all);
  const moved = Buffer.concat([file.subarray(0, meta.start), changed, file.subarray(meta.end)]);
  const shift = changed.length - (meta.end - meta.start);
  const iloc = boxOf(moved, "meta", "iloc");
  const version = moved[iloc.data] as number;
  const [offsets, bases] = [
    moved.readUInt16BE(iloc.data + 4) >> 12,
    (moved.readUInt16BE(iloc.data + 4) >> 4) & 15,
  ];
  const count = moved.readUInt16BE(iloc.data + 6);
  for (let entry = 0, at = iloc.data + 8; entry < count; entry++) {
    const place = at + 2 + (version > 0 ? 2 : 0) + 2;
    const offset = place + bases + 2;
    if (bases === 4) moved.writeUInt32BE(moved.readUInt32BE(place) + shift, place);
    else if (offsets === 4) moved.writeUInt32BE(moved.readUInt32BE(offset) + shift, offset);
    at = offset + offsets + 4;
  }
  return moved;
}
