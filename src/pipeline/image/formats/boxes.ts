/** A box of an ISO media file (ISO/IEC 14496-12, 4.2) as places in its bytes: its contents lie from `data` to `end`. */
export interface MediaBox {
  /** Four characters. */
  readonly type: string;
  /** Where its length stands. */
  readonly start: number;
  readonly data: number;
  readonly end: number;
}

/** What is wrong with a file, in words that follow "one where". It never leaves the reader of a format. */
export class Damage extends Error {}

/** The boxes that lie in a stretch of a file. @throws Damage where one does not lie inside it. */
export function boxesIn(file: Buffer, start: number, end: number): MediaBox[] {
  const boxes: MediaBox[] = [];
  for (let at = start; at + 8 <= end; ) {
    const box = boxAt(file, at, end);
    if (box.end > end || box.end <= at) throw new Damage(`the box ${box.type} runs past its end`);
    boxes.push(box);
    at = box.end;
  }
  return boxes;
}

function boxAt(file: Buffer, start: number, end: number): MediaBox {
  const length = file.readUInt32BE(start);
  const type = file.toString("latin1", start + 4, start + 8);
  if (length === 0) return { type, start, data: start + 8, end };
  if (length >= 8) return { type, start, data: start + 8, end: start + length };
  if (length !== 1 || start + 16 > end) throw new Damage(`the box ${type} has no length`);
  return { type, start, data: start + 16, end: start + Number(file.readBigUInt64BE(start + 8)) };
}

/** Reads numbers one after the other. @throws Damage at the end. */
export function reader(file: Buffer, start: number, end: number) {
  let at = start;
  return {
    get at() {
      return at;
    },
    /** A whole number of 0 to 8 bytes. */
    number(bytes: number): number {
      if (at + bytes > Math.min(end, file.length)) throw new Damage("a list breaks off");
      let value = 0;
      for (let index = 0; index < bytes; index++) value = value * 256 + (file[at++] as number);
      return value;
    },
    text(length: number): string {
      if (at + length > end) throw new Damage("a text breaks off");
      at += length;
      return file.toString("latin1", at - length, at);
    },
  };
}

export type Reader = ReturnType<typeof reader>;
