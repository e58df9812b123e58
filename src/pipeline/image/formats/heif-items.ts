import { boxesIn, Damage, type MediaBox, type Reader, reader } from "./boxes.ts";

/** A stretch of an item's bytes: of the file, or of the box `idat`. */
export interface Extent {
  readonly start: number;
  readonly end: number;
}

/** A picture, or something else that is stored like one (ISO/IEC 23008-12, 6). */
export interface Item {
  readonly id: number;
  /** Four characters: `av01`, `grid`, `Exif` … */
  readonly type: string;
  /** Where its bytes lie in the file, in order. */
  readonly extents: readonly Extent[];
  /** Boxes that describe it, in order. */
  readonly properties: readonly MediaBox[];
  /** Where in the file each of them is said to be one of its properties. */
  readonly associations: readonly number[];
}

/** One item that needs others: a grid its tiles (`dimg`), an alpha plane its picture (`auxl`). */
export interface Reference {
  readonly type: string;
  readonly from: number;
  readonly to: readonly number[];
}

export interface ItemTable {
  readonly primary: Item;
  readonly items: ReadonlyMap<number, Item>;
  readonly references: readonly Reference[];
}

/** More than any picture needs: a grid has at most 65,536 tiles, and few programs write more than a hundred. */
const mostItems = 10_000;

/**
 * The items of a HEIF file. Every extent lies inside the file.
 * @throws Damage in words that follow "one where".
 */
export function readItems(file: Buffer): ItemTable {
  const meta = topBoxes(file).find(({ type }) => type === "meta");
  if (meta === undefined) throw new Damage("nothing says what it holds");
  // A full box: a version and flags stand before its contents.
  const boxes = boxesIn(file, meta.data + 4, meta.end);
  const only = (type: string) => {
    const found = boxes.find((box) => box.type === type);
    if (found === undefined) throw new Damage(`the box ${type} is missing`);
    return found;
  };
  const types = typesOf(file, only("iinf"));
  const extents = extentsOf(
    file,
    only("iloc"),
    boxes.find(({ type }) => type === "idat"),
  );
  const properties = propertiesOf(file, only("iprp"));
  const items = new Map<number, Item>();
  for (const [id, type] of types) {
    const own = properties.get(id) ?? [];
    items.set(id, {
      id,
      type,
      extents: extents.get(id) ?? [],
      properties: own.map(({ box }) => box),
      associations: own.map(({ place }) => place),
    });
  }
  const pitm = fullBox(file, only("pitm"));
  const primary = items.get(pitm.read.number(pitm.version === 0 ? 2 : 4));
  if (primary === undefined) throw new Damage("the picture itself is missing");
  const iref = boxes.find(({ type }) => type === "iref");
  return { primary, items, references: iref === undefined ? [] : referencesOf(file, iref) };
}

/** The first property of a type. */
export function propertyOf(item: Item, type: string): MediaBox | undefined {
  return item.properties.find((property) => property.type === type);
}

/** The first bytes of an item, or all of them. @throws Damage where there are none. */
export function payloadOf(file: Buffer, { extents }: Item, atMost = Number.POSITIVE_INFINITY): Buffer {
  const pieces: Buffer[] = [];
  // Extents may overlap, but nothing is larger than its file.
  let left = Math.min(atMost, file.length);
  for (const { start, end } of extents) {
    pieces.push(file.subarray(start, Math.min(end, start + left)));
    left -= Math.min(left, end - start);
  }
  if (pieces.length === 0) throw new Damage("a part of it is nowhere");
  return pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces);
}

function requireFew(count: number): number {
  if (count > mostItems) throw new Damage(`more than ${mostItems} parts are listed`);
  return count;
}

/** The boxes of the file. Bytes after the last that are no box are passed over; a box that is cut is not. */
function topBoxes(file: Buffer): MediaBox[] {
  let end = file.length;
  while (end > 0) {
    try {
      return boxesIn(file, 0, end);
    } catch (damage) {
      // Trailers of a few zeros, which some programs leave.
      if (end > 0 && file[end - 1] === 0 && file.length - end < 64) end--;
      else throw damage;
    }
  }
  throw new Damage("nothing is in it");
}

function fullBox(file: Buffer, box: MediaBox): { read: Reader; version: number; flags: number } {
  const read = reader(file, box.data, box.end);
  return { version: read.number(1), flags: read.number(3), read };
}

/** `iinf` (14496-12, 8.11.6): types by item. */
function typesOf(file: Buffer, iinf: MediaBox): Map<number, string> {
  const { read, version } = fullBox(file, iinf);
  read.number(version === 0 ? 2 : 4);
  const types = new Map<number, string>();
  for (const box of boxesIn(file, read.at, iinf.end)) {
    if (box.type !== "infe") continue;
    const entry = fullBox(file, box);
    if (entry.version < 2) continue;
    const id = entry.read.number(entry.version === 2 ? 2 : 4);
    entry.read.number(2);
    types.set(id, entry.read.text(4));
    requireFew(types.size);
  }
  return types;
}

/** `iloc` (14496-12, 8.11.3): extents by item. */
function extentsOf(file: Buffer, iloc: MediaBox, idat: MediaBox | undefined): Map<number, Extent[]> {
  const { read, version } = fullBox(file, iloc);
  const sizes = read.number(2);
  const offsetSize = sizes >> 12;
  const lengthSize = (sizes >> 8) & 15;
  const baseSize = (sizes >> 4) & 15;
  const indexSize = version === 0 ? 0 : sizes & 15;
  const count = requireFew(read.number(version < 2 ? 2 : 4));
  const extents = new Map<number, Extent[]>();
  for (let item = 0; item < count; item++) {
    const id = read.number(version < 2 ? 2 : 4);
    const method = version === 0 ? 0 : read.number(2) & 15;
    read.number(2);
    const base = read.number(baseSize);
    const pieces = Array.from({ length: read.number(2) }, () => {
      read.number(indexSize);
      return { offset: base + read.number(offsetSize), length: read.number(lengthSize) };
    });
    if (method > 1) throw new Damage("a part is built from other parts");
    const home = method === 0 ? { data: 0, end: file.length } : idat;
    if (home === undefined) throw new Damage("the box idat is missing");
    extents.set(
      id,
      pieces.map(({ offset, length }) => {
        const start = home.data + offset;
        // No length means all that follows.
        const end = length === 0 ? home.end : start + length;
        if (start >= home.end || end > home.end) throw new Damage("a part of it lies past its end");
        return { start, end };
      }),
    );
  }
  return extents;
}

interface Association {
  readonly box: MediaBox;
  readonly place: number;
}

/** `iprp` (23008-12, 9.3): properties by item. */
function propertiesOf(file: Buffer, iprp: MediaBox): Map<number, Association[]> {
  const boxes = boxesIn(file, iprp.data, iprp.end);
  const ipco = boxes.find(({ type }) => type === "ipco");
  if (ipco === undefined) throw new Damage("the box ipco is missing");
  const all = boxesIn(file, ipco.data, ipco.end);
  const properties = new Map<number, Association[]>();
  for (const ipma of boxes.filter(({ type }) => type === "ipma")) {
    const { read, version, flags } = fullBox(file, ipma);
    const count = requireFew(read.number(4));
    for (let entry = 0; entry < count; entry++) {
      const id = read.number(version < 1 ? 2 : 4);
      const own = Array.from({ length: read.number(1) }, () => {
        const place = read.at;
        const index = flags & 1 ? read.number(2) & 0x7fff : read.number(1) & 0x7f;
        const box = all[index - 1];
        return box === undefined ? [] : [{ box, place }];
      });
      // An item has one list; one that comes again is passed over.
      if (!properties.has(id)) properties.set(id, own.flat());
    }
  }
  return properties;
}

/** `iref` (14496-12, 8.11.12). */
function referencesOf(file: Buffer, iref: MediaBox): Reference[] {
  const { read, version } = fullBox(file, iref);
  const size = version === 0 ? 2 : 4;
  return boxesIn(file, read.at, iref.end).map((box) => {
    const entry = reader(file, box.data, box.end);
    const from = entry.number(size);
    const to = Array.from({ length: entry.number(2) }, () => entry.number(size));
    return { type: box.type, from, to };
  });
}
