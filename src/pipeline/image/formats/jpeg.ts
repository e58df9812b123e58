/** What a JPEG's markers say of it. */
export interface JpegMarkers {
  /** Passes over the picture; each costs a decoder as much as the picture is large, however small the file is. */
  readonly scans: number;
  /** The JPEG without what makes a decoder warn and costs no pixel; the very bytes where there is none of it. */
  readonly bytes: Uint8Array;
}

/** A marker right after the data of a scan. */
interface ScanEnd {
  readonly code: number;
  readonly at: number;
}

/**
 * Walks a JPEG's markers up to its end (ITU-T T.81, annex B). Bytes between segments are left out, and three fields get
 * the value that libjpeg takes them for with a warning: the revision of JFIF, the colours in Adobe's marker, the
 * parameters of a sequential scan. So whatever the decoder still warns of is damage.
 */
export function readJpegMarkers(bytes: Uint8Array): JpegMarkers {
  const { ends, strays, values } = walk(bytes);
  const scans = ends.length;
  if (strays.length === 0 && values.length === 0) return { scans, bytes };
  const mended = Uint8Array.from(bytes);
  for (const { at, value } of values) mended[at] = value;
  return { scans, bytes: without(mended, strays) };
}

/** A warning of libjpeg: so many bytes that mean nothing stand before a marker. */
const strayWarning = /Corrupt JPEG data: (\d+) extraneous bytes before marker 0x([0-9a-f]{2})/;

/**
 * What a JPEG may be without the bytes of which the decoder warns that they follow the data of a scan. The warning does
 * not say which scan; a wrong guess takes data away, and so gives another warning. None where it warns of other things,
 * and in a progressive JPEG none where it warns of many bytes that do not merely fill: those are data of a damaged scan.
 */
export function withoutStrayBytes(bytes: Uint8Array, warning: string): Uint8Array[] {
  const found = strayWarning.exec(warning);
  if (found === null) return [];
  const [count, code] = [Number(found[1]), Number.parseInt(found[2] ?? "", 16)];
  const { ends, isSequential } = walk(bytes);
  const strays = ends
    .filter((end) => end.code === code && end.at > count)
    .map(({ at }) => ({ from: at - count, to: at }));
  return strays
    .filter(({ from, to }) => isSequential || count <= mostStrayBytes || isFilling(bytes.subarray(from, to)))
    .map((stray) => without(bytes, [stray]));
}

/** In a progressive JPEG, of whose damaged scans most leave hundreds; those of sequential ones leave none or end too early. */
const mostStrayBytes = 16;

function isFilling(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === bytes[0]);
}

/** A segment before the first scan: its marker's second byte, and where its data lie. */
export interface Segment {
  readonly code: number;
  readonly data: number;
  readonly end: number;
}

/** The segments of a JPEG up to its first scan, or to the first that is cut. */
export function segmentsOf(bytes: Uint8Array): Segment[] {
  const segments: Segment[] = [];
  for (let at = 2; ; ) {
    const marker = nextMarker(bytes, at);
    if (marker === null || marker.code === startOfScan || marker.code === endOfImage) return segments;
    at = marker.end;
    if (isAlone(marker.code)) continue;
    const end = at + numberAt(bytes, at);
    if (end < at + 2 || end > bytes.length) return segments;
    segments.push({ code: marker.code, data: at + 2, end });
    at = end;
  }
}

interface Stretch {
  readonly from: number;
  readonly to: number;
}

function without(bytes: Uint8Array, stretches: readonly Stretch[]): Uint8Array {
  const starts = [0, ...stretches.map(({ to }) => to)];
  const ends = [...stretches.map(({ from }) => from), bytes.length];
  return Buffer.concat(starts.map((start, index) => bytes.subarray(start, ends[index])));
}

/** Of scans and stray bytes; no file that a program wrote in earnest has as many. */
const enough = 1000;

const startOfScan = 0xda;
const endOfImage = 0xd9;

function walk(bytes: Uint8Array) {
  const ends: ScanEnd[] = [];
  const strays: Stretch[] = [];
  const values: { at: number; value: number }[] = [];
  const frame = { isSequential: false, components: 0 };
  let adobe = -1;
  for (let at = 2; at < bytes.length && ends.length + strays.length < enough; ) {
    const marker = nextMarker(bytes, at);
    if (marker === null) break;
    if (marker.start > at) strays.push({ from: at, to: marker.start });
    const { code } = marker;
    at = marker.end;
    if (code === endOfImage) break;
    if (isAlone(code)) continue;
    const data = at + 2;
    const end = at + numberAt(bytes, at);
    if (end < data || end > bytes.length) break;
    if (isFrame(code)) {
      frame.isSequential = code <= 0xc1;
      frame.components = bytes[data + 5] ?? 0;
    }
    const major = bytes[data + 5] ?? 1;
    if (code === 0xe0 && holds(bytes, data, "JFIF\0") && end - data >= 14 && major !== 1 && major !== 2) {
      values.push({ at: data + 5, value: 1 });
    }
    if (code === 0xee && holds(bytes, data, "Adobe") && end - data >= 12) adobe = data + 11;
    at = end;
    if (code !== startOfScan) continue;
    const parameters = [0, 63, 0];
    for (const [index, value] of parameters.entries()) {
      const place = end - 3 + index;
      if (frame.isSequential && bytes[place] !== value) values.push({ at: place, value });
    }
    at = endOfScan(bytes, end);
    ends.push({ code: nextMarker(bytes, at)?.code ?? 0, at });
  }
  const known = [-1, -1, -1, 1, 2][frame.components] ?? -1;
  if (adobe >= 0 && known >= 0 && bytes[adobe] !== 0 && bytes[adobe] !== known)
    values.push({ at: adobe, value: known });
  return { ends, strays, values, isSequential: frame.isSequential };
}

/** The next marker at or after a place: `FF`, perhaps repeated, and a code that is neither `00` nor `FF`. */
function nextMarker(bytes: Uint8Array, from: number): { code: number; start: number; end: number } | null {
  for (let start = bytes.indexOf(0xff, from); start >= 0; ) {
    let end = start + 1;
    while (bytes[end] === 0xff) end++;
    const code = bytes[end];
    if (code === undefined) return null;
    if (code !== 0) return { code, start, end: end + 1 };
    start = bytes.indexOf(0xff, end);
  }
  return null;
}

/** Where the data of a scan ends: at a marker that is no restart. */
function endOfScan(bytes: Uint8Array, from: number): number {
  for (let marker = nextMarker(bytes, from); marker !== null; marker = nextMarker(bytes, marker.end)) {
    if (!isRestart(marker.code)) return marker.start;
  }
  return bytes.length;
}

function isRestart(code: number): boolean {
  return code >= 0xd0 && code <= 0xd7;
}

/** Markers without a segment. */
function isAlone(code: number): boolean {
  return isRestart(code) || code === 0x01 || code === 0xd8;
}

/** Start of frame: C0 to CF but for tables (C4, CC) and JPG (C8). */
function isFrame(code: number): boolean {
  return code >= 0xc0 && code <= 0xcf && code !== 0xc4 && code !== 0xc8 && code !== 0xcc;
}

function numberAt(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) * 256 + (bytes[at + 1] ?? 0);
}

function holds(bytes: Uint8Array, at: number, text: string): boolean {
  return Buffer.from(bytes.subarray(at, at + text.length)).toString("latin1") === text;
}
