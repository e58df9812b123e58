/**
 * The name of a picture, drawing or document of a format that is not read, with its article; null for any other file.
 * Its first bytes tell it; only formats without a mark of their own are told by their header's fields.
 */
export function foreignPictureName(bytes: Uint8Array): string | null {
  return foreigners.find(({ matches }) => matches(bytes))?.name ?? null;
}

export type Test = (bytes: Uint8Array) => boolean;

/** True for bytes that hold `text`, one byte a character, at `offset`. */
export function starts(text: string, offset = 0): Test {
  return (bytes) => latin1(bytes, offset, offset + text.length) === text;
}

export function latin1(bytes: Uint8Array, from: number, to: number): string {
  return Buffer.from(bytes.subarray(from, to)).toString("latin1");
}

/** No control characters besides white space and escape among the first bytes; UTF-16 is known by its mark. */
export function isText(bytes: Uint8Array): boolean {
  if (startsWithAny("\xff\xfe", "\xfe\xff")(bytes)) return true;
  return bytes
    .subarray(0, 1024)
    .every((byte) => byte >= 0x20 || (byte >= 0x09 && byte <= 0x0d) || byte === 0x1b);
}

function startsWithAny(...texts: readonly string[]): Test {
  return (bytes) => texts.some((text) => starts(text)(bytes));
}

/** The first characters of a file that may be text: UTF-16 with or without its mark, else one byte a character. */
function opening(bytes: Uint8Array): string {
  const first = Buffer.from(bytes.subarray(0, 4096));
  const isBig = (first[0] === 0xfe && first[1] === 0xff) || (first[0] === 0 && first[1] === 0x3c);
  const isLittle = (first[0] === 0xff && first[1] === 0xfe) || (first[0] === 0x3c && first[1] === 0);
  if (!isBig && !isLittle) return first.toString("latin1");
  const even = first.subarray(0, first.length & ~1);
  return (isBig ? even.swap16() : even).toString("utf16le");
}

const matchesText =
  (pattern: RegExp): Test =>
  (bytes) =>
    pattern.test(opening(bytes));

/** A number of one or two bytes, the lowest first. */
const u8 = (bytes: Uint8Array, at: number) => bytes[at] ?? -1;
const u16 = (bytes: Uint8Array, at: number) => u8(bytes, at) + 256 * u8(bytes, at + 1);

const dibHeaderSizes = new Set([12, 16, 40, 52, 56, 64, 108, 124]);

const foreigners: readonly { readonly name: string; readonly matches: Test }[] = [
  {
    name: "an SVG drawing",
    matches: (bytes) => isMarkup(bytes) && /<(\w+:)?svg[\s/>]/i.test(opening(bytes)),
  },
  { name: "a compressed SVG drawing or another gzip file", matches: starts("\x1f\x8b\x08") },
  { name: "a PDF document", matches: matchesText(/%PDF-/) },
  { name: "an EPS or PostScript drawing", matches: startsWithAny("%!PS", "\x04%!PS", "\xc5\xd0\xd3\xc6") },
  { name: "a JPEG XR picture", matches: startsWithAny("II\xbc\x01", "II\xbc\0", "WMPHOTO\0") },
  {
    name: "a TIFF or raw camera picture",
    matches: startsWithAny(
      "II*\0",
      "MM\0*",
      "II+\0",
      "MM\0+",
      "IIRO",
      "IIRS",
      "MMOR",
      "IIU\0",
      "FUJIFILMCCD-RAW",
      "FOVb",
    ),
  },
  {
    name: "a BMP picture",
    matches: (bytes) => starts("BM")(bytes) && dibHeaderSizes.has(u8(bytes, 14)) && u8(bytes, 15) === 0,
  },
  {
    name: "an icon file",
    matches: (bytes) => startsWithAny("\0\0\x01\0", "\0\0\x02\0")(bytes) && u16(bytes, 4) > 0,
  },
  { name: "an Apple icon file (ICNS)", matches: starts("icns") },
  { name: "a DDS texture", matches: starts("DDS ") },
  { name: "a KTX texture", matches: startsWithAny("\xabKTX 11\xbb", "\xabKTX 20\xbb") },
  { name: "a JPEG XL picture", matches: startsWithAny("\xff\x0a", "\0\0\0\x0cJXL ") },
  { name: "a JPEG 2000 picture", matches: startsWithAny("\0\0\0\x0cjP  ", "\xff\x4f\xff\x51") },
  { name: "a JPEG-LS picture", matches: starts("\xff\xd8\xff\xf7") },
  { name: "a Photoshop file", matches: starts("8BPS") },
  { name: "a GIMP file", matches: starts("gimp xcf") },
  {
    name: "a Krita or OpenRaster file",
    matches: (bytes) => isZipOf(bytes, /application\/x-krita|image\/openraster/),
  },
  { name: "a PNM picture", matches: matchesText(/^P[1-7]\s+[\d#WH]|^P[Ff]\s+\d/) },
  { name: "an OpenEXR picture", matches: starts("\x76\x2f\x31\x01") },
  { name: "a Radiance HDR picture", matches: startsWithAny("#?RADIANCE", "#?RGBE") },
  { name: "a QOI picture", matches: starts("qoif") },
  { name: "a FLIF picture", matches: starts("FLIF") },
  { name: "a BPG picture", matches: starts("BPG\xfb") },
  { name: "a farbfeld picture", matches: starts("farbfeld") },
  { name: "a FITS picture", matches: starts("SIMPLE  =") },
  { name: "a DICOM picture", matches: starts("DICM", 128) },
  { name: "a DPX or Cineon picture", matches: startsWithAny("SDPX", "XPDS", "\x80\x2a\x5f\xd7") },
  { name: "a Sun raster picture", matches: starts("\x59\xa6\x6a\x95") },
  { name: "an SGI picture", matches: isSgi },
  { name: "a PCX picture", matches: isPcx },
  { name: "a DCX picture", matches: starts("\xb1\x68\xde\x3a") },
  {
    name: "an IFF picture (ILBM)",
    matches: (bytes) =>
      starts("FORM")(bytes) && /^(ILBM|PBM |ACBM|RGB8|RGBN|DEEP)/.test(latin1(bytes, 8, 12)),
  },
  { name: "an XPM or XBM picture", matches: matchesText(/^\s*\/\* XPM \*\/|^#define\s+\w+_width\s+\d+/) },
  {
    name: "a Windows metafile",
    matches: (bytes) =>
      starts("\xd7\xcd\xc6\x9a")(bytes) || (starts("\x01\0\0\0")(bytes) && starts(" EMF", 40)(bytes)),
  },
  { name: "a DjVu document", matches: starts("AT&TFORM") },
  { name: "an animation (MNG or JNG)", matches: startsWithAny("\x8aMNG\r\n\x1a\n", "\x8bJNG\r\n\x1a\n") },
  {
    name: "a video",
    matches: (bytes) =>
      startsWithAny("\x1a\x45\xdf\xa3", "FLV\x01")(bytes) ||
      (starts("RIFF")(bytes) && starts("AVI ", 8)(bytes)),
  },
  { name: "a TGA picture", matches: isTga },
];

/** Text, or UTF-16 without its mark that begins with a tag. */
function isMarkup(bytes: Uint8Array): boolean {
  return isText(bytes) || startsWithAny("<\0", "\0<")(bytes);
}

/** A zip whose first file, stored as it is, says what it is. */
function isZipOf(bytes: Uint8Array, type: RegExp): boolean {
  return starts("PK\x03\x04")(bytes) && starts("mimetype", 30)(bytes) && type.test(latin1(bytes, 38, 80));
}

/** The SGI Image File Format, 1.00: a number, then storage, bytes a channel, dimensions. */
function isSgi(bytes: Uint8Array): boolean {
  const [storage, depth, dimensions] = [u8(bytes, 2), u8(bytes, 3), u8(bytes, 5)];
  const isHeader = storage <= 1 && depth >= 1 && depth <= 2 && u8(bytes, 4) === 0;
  return starts("\x01\xda")(bytes) && isHeader && dimensions >= 1 && dimensions <= 3;
}

/** ZSoft PCX: a number, version, run lengths, bits a pixel, then a window that is no smaller than nothing. */
function isPcx(bytes: Uint8Array): boolean {
  const [version, coding, bits] = [u8(bytes, 1), u8(bytes, 2), u8(bytes, 3)];
  const isHeader =
    u8(bytes, 0) === 10 && [0, 2, 3, 4, 5].includes(version) && coding === 1 && [1, 2, 4, 8].includes(bits);
  return isHeader && bytes.length >= 128 && u16(bytes, 8) >= u16(bytes, 4) && u16(bytes, 10) >= u16(bytes, 6);
}

/** Truevision TGA: version 2 says so at its end, version 1 is known by a header that makes sense in every field. */
function isTga(bytes: Uint8Array): boolean {
  if (latin1(bytes, bytes.length - 18, bytes.length) === "TRUEVISION-XFILE.\0") return true;
  const [map, kind, depth] = [u8(bytes, 1), u8(bytes, 2), u8(bytes, 16)];
  const isMapped = kind === 1 || kind === 9;
  const isKind = isMapped ? map === 1 && depth === 8 : map === 0 && [2, 3, 10, 11].includes(kind);
  const isSized = u16(bytes, 12) > 0 && u16(bytes, 14) > 0 && [8, 15, 16, 24, 32].includes(depth);
  return bytes.length > 18 && isKind && isSized && (u8(bytes, 17) & 0xc0) === 0;
}
