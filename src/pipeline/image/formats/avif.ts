import type { Cicp } from "../colour/cicp.ts";
import { pictureLimits } from "../picture-limits.ts";
import { readSequenceHeader, type SequenceHeader } from "./av1.ts";
import { Damage, reader } from "./boxes.ts";
import { type Item, type ItemTable, payloadOf, propertyOf, readItems } from "./heif-items.ts";
import { orientationOf, withoutTurns } from "./heif-turns.ts";
import { stillAvif } from "./still-avif.ts";

/** What an AVIF's boxes and sequence headers say of its picture. */
export interface AvifPicture {
  /** Bits a sample of the colours. */
  readonly bits: 8 | 10 | 12;
  readonly hasAlpha: boolean;
  readonly isMonochrome: boolean;
  /** The colours are already multiplied by alpha. */
  readonly isPremultiplied: boolean;
  /** The ICC profile that the colours are in; null where there is none. */
  readonly profile: Uint8Array | null;
  /** What the colours are where there is no profile. */
  readonly cicp: Cicp;
  /** Where alpha is not turned as the colours are: the file with nothing turned, and how the colours were. Else null. */
  readonly apart: { readonly bytes: Uint8Array; readonly orientation: number } | null;
  /** Each tile of a grid as a file of its own; none where the picture is no grid. */
  tiles(): Generator<Uint8Array>;
}

/**
 * Reads what libheif passes over: it paints the tiles green that a grid has lost, and gives colours of every kind as if
 * they were sRGB.
 * @throws Damage in words that follow "one where".
 */
export function readAvif(bytes: Uint8Array): AvifPicture {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const table = readItems(file);
  const { primary, references } = table;
  const alpha = alphaOf(file, table);
  const colours = layerOf(file, table, primary);
  const layers = alpha === undefined ? [colours] : [colours, layerOf(file, table, alpha)];
  const colr = coloursOf(file, primary);
  const { header } = colours;
  const orientation = orientationOf(file, primary);
  const isApart = alpha !== undefined && orientationOf(file, alpha) !== orientation;
  return {
    bits: header.bits,
    hasAlpha: alpha !== undefined,
    isMonochrome: header.isMonochrome,
    isPremultiplied: references.some(
      ({ type, from, to }) =>
        type === "prem" && from === primary.id && alpha !== undefined && to.includes(alpha.id),
    ),
    profile: colr.profile,
    cicp: colr.nclx ?? header,
    apart: isApart ? { bytes: withoutTurns(bytes, [primary, alpha]), orientation } : null,
    *tiles() {
      for (const { isGrid, tiles } of layers)
        if (isGrid) for (const tile of tiles) yield stillAvif(file, tile);
    },
  };
}

/** The auxiliary picture that is the primary one's alpha (MIAF, ISO/IEC 23000-22, 7.3.5.2). */
function alphaOf(file: Buffer, { primary, items, references }: ItemTable): Item | undefined {
  const auxiliaries = references.filter(({ type, to }) => type === "auxl" && to.includes(primary.id));
  return auxiliaries
    .flatMap(({ from }) => items.get(from) ?? [])
    .find((item) => {
      const auxC = propertyOf(item, "auxC");
      return auxC !== undefined && /:alpha\0|:auxid:1\0/.test(file.toString("latin1", auxC.data, auxC.end));
    });
}

/** A picture or alpha plane, and the coded pictures that it is made of. */
interface Layer {
  readonly isGrid: boolean;
  readonly tiles: readonly Item[];
  /** Of its first tile. */
  readonly header: SequenceHeader;
}

function layerOf(file: Buffer, table: ItemTable, item: Item): Layer {
  // Another picture as it is, but turned or cropped (`iden`, 23008-12, 6.6.2.1).
  const same = table.references.find(
    ({ type, from }) => item.type === "iden" && type === "dimg" && from === item.id,
  );
  const other = table.items.get(same?.to[0] ?? -1);
  if (other !== undefined && other.type !== "iden") return layerOf(file, table, other);
  const isGrid = item.type === "grid";
  const tiles = isGrid ? tilesOf(file, table, item) : [item];
  const headers = tiles.map((tile) => headerOf(file, tile));
  return { isGrid, tiles, header: headers[0] as SequenceHeader };
}

/** The tiles of a grid (23008-12, 6.6.2.3), row by row: all there, of one size, and neither too few nor too many. */
function tilesOf(file: Buffer, { items, references }: ItemTable, grid: Item): Item[] {
  const payload = payloadOf(file, grid, 12);
  const read = reader(payload, 0, payload.length);
  read.number(1);
  const sizeBytes = read.number(1) & 1 ? 4 : 2;
  const rows = read.number(1) + 1;
  const columns = read.number(1) + 1;
  const width = read.number(sizeBytes);
  const height = read.number(sizeBytes);
  const ids = references.find(({ type, from }) => type === "dimg" && from === grid.id)?.to ?? [];
  if (ids.length !== rows * columns) throw new Damage(`${ids.length} of ${rows * columns} tiles are there`);
  const tiles = ids.map((id) => {
    const tile = items.get(id);
    if (tile === undefined) throw new Damage("a tile is missing");
    return tile;
  });
  const size = sizeOf(file, tiles[0] as Item);
  const isCovered = (tile: number, count: number, all: number) =>
    tile * count >= all && tile * (count - 1) < all;
  const isOneSize = tiles.every((tile) => {
    const own = sizeOf(file, tile);
    return own.width === size.width && own.height === size.height;
  });
  if (!isOneSize || !isCovered(size.width, columns, width) || !isCovered(size.height, rows, height)) {
    throw new Damage("the tiles do not make up its size");
  }
  return tiles;
}

/** The sequence header of a coded picture, which may not be much larger than the picture claims to be. */
function headerOf(file: Buffer, item: Item): SequenceHeader {
  if (item.type !== "av01") throw new Damage(`a part of it is ${JSON.stringify(item.type)}`);
  const { width, height } = sizeOf(file, item);
  const header = readSequenceHeader(payloadOf(file, item, 4096));
  if (header === null) throw new Damage("a part of it holds no picture");
  if (header.width > width + slack || header.height > height + slack) {
    throw new Damage("a part of it is larger than it claims");
  }
  return header;
}

/** Encoders round a size up to their blocks. */
const slack = 128;

/** What an item says that its size is (`ispe`). */
function sizeOf(file: Buffer, item: Item) {
  const ispe = propertyOf(item, "ispe");
  if (ispe === undefined) throw new Damage("a part of it has no size");
  const read = reader(file, ispe.data + 4, ispe.end);
  const size = { width: read.number(4), height: read.number(4) };
  // A picture that is as large as is allowed, in one tile that is cut to it, is no more than twice as large.
  if (size.width * size.height > 2 * pictureLimits.pixels)
    throw new Damage("a part of it is larger than it claims");
  return size;
}

/** The colour boxes of an item (14496-12, 12.1.5): there may be a profile and a code. */
function coloursOf(file: Buffer, item: Item) {
  let nclx: Cicp | null = null;
  let profile: Uint8Array | null = null;
  for (const { type, data, end } of item.properties) {
    if (type !== "colr") continue;
    const read = reader(file, data, end);
    const kind = read.text(4);
    if (kind === "prof" || kind === "rICC") profile ??= file.subarray(data + 4, end);
    else if (kind === "nclx") {
      const [primaries, transfer] = [read.number(2), read.number(2)];
      read.number(2);
      nclx ??= { primaries, transfer, isFullRange: read.number(1) >= 0x80 };
    }
  }
  return { nclx, profile };
}
