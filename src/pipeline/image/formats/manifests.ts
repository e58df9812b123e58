import { boxesIn, Damage } from "./boxes.ts";
import type { PictureFormat } from "./format.ts";
import { segmentsOf } from "./jpeg.ts";
import { chunkTypesOf } from "./png.ts";

/**
 * True of a file that holds a C2PA manifest store where its format keeps it (C2PA Specification 2.2, A.3): APP11 of a JPEG,
 * `caBX` of a PNG, `C2PA` of a WebP, a `uuid` box of an AVIF. What it says is read elsewhere.
 */
export function hasManifest(format: PictureFormat, bytes: Uint8Array): boolean {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  switch (format) {
    case "PNG":
      return chunkTypesOf(file).includes("caBX");
    case "JPEG":
      return segmentsOf(file).some(
        ({ code, data, end }) => code === 0xeb && isStoreIn(file.subarray(data, end)),
      );
    case "WebP":
      return riffChunksOf(file).includes("C2PA");
    case "AVIF":
      return topBoxesOf(file).some(
        ({ type, data }) => type === "uuid" && file.subarray(data, data + 16).equals(boxUuid),
      );
  }
}

/** JPEG XT boxes (ISO/IEC 19566-5): `JP`, then a superbox whose description names a manifest store. */
function isStoreIn(segment: Buffer): boolean {
  return segment.toString("latin1", 0, 2) === "JP" && segment.includes(storeUuid);
}

const storeUuid = Buffer.from("6332706100110010800000aa00389b71", "hex");
const boxUuid = Buffer.from("d8fec3d61b0e483c92975828877ec481", "hex");

/** The chunks of a RIFF file (WebP Container Specification); each is padded to an even length. */
function riffChunksOf(file: Buffer): string[] {
  const types: string[] = [];
  for (
    let at = 12;
    at + 8 <= file.length;
    at += 8 + file.readUInt32LE(at + 4) + (file.readUInt32LE(at + 4) % 2)
  ) {
    types.push(file.toString("latin1", at, at + 4));
  }
  return types;
}

function topBoxesOf(file: Buffer) {
  try {
    return boxesIn(file, 0, file.length);
  } catch (damage) {
    if (damage instanceof Damage) return [];
    throw damage;
  }
}
