import type { Cicp } from "../colour/cicp.ts";
import { Damage } from "./boxes.ts";

/** What a sequence header says of the pictures that follow it (AV1 Bitstream & Decoding Process Specification, 5.5). */
export interface SequenceHeader extends Cicp {
  /** At most, in pixels. */
  readonly width: number;
  readonly height: number;
  readonly bits: 8 | 10 | 12;
  /** There is a luma plane alone. */
  readonly isMonochrome: boolean;
}

/** The sequence header among the first bytes of an AV1 picture; null where there is none. @throws Damage */
export function readSequenceHeader(bytes: Uint8Array): SequenceHeader | null {
  for (let at = 0; at < bytes.length; ) {
    const header = bytes[at++] as number;
    const type = (header >> 3) & 15;
    if (header & 4) at++;
    let length = bytes.length - at;
    if (header & 2) {
      length = 0;
      // leb128: seven bits a byte, the lowest first.
      for (let index = 0; index < 8; index++) {
        const byte = bytes[at++] ?? 0;
        length += (byte & 0x7f) * 2 ** (7 * index);
        if (byte < 0x80) break;
      }
    }
    if (type === sequenceHeaderType) return parse(bytes.subarray(at, at + length));
    at += length;
  }
  return null;
}

const sequenceHeaderType = 1;

function parse(bytes: Uint8Array): SequenceHeader {
  const bit = bitsOf(bytes);
  const profile = bit(3);
  bit(1);
  const isReduced = bit(1) === 1;
  if (isReduced) bit(5);
  else skipOperatingPoints(bit);
  const widthBits = bit(4) + 1;
  const heightBits = bit(4) + 1;
  const width = bit(widthBits) + 1;
  const height = bit(heightBits) + 1;
  if (!isReduced && bit(1)) bit(7);
  bit(3);
  if (!isReduced) skipInterTools(bit);
  bit(3);
  return { width, height, ...colourConfig(bit, profile) };
}

type Bits = (count: number) => number;

function bitsOf(bytes: Uint8Array): Bits {
  let at = 0;
  return (count) => {
    let value = 0;
    for (let index = 0; index < count; index++, at++) {
      const byte = bytes[at >> 3];
      if (byte === undefined) throw new Damage("its header breaks off");
      value = value * 2 + ((byte >> (7 - (at & 7))) & 1);
    }
    return value;
  };
}

function skipOperatingPoints(bit: Bits): void {
  let delayBits = 0;
  if (bit(1)) {
    bit(64);
    if (bit(1)) skipUvlc(bit);
    if (bit(1)) {
      delayBits = bit(5) + 1;
      bit(42);
    }
  }
  const hasDisplayDelay = bit(1);
  const points = bit(5) + 1;
  for (let point = 0; point < points; point++) {
    bit(12);
    if (bit(5) > 7) bit(1);
    if (delayBits > 0 && bit(1)) bit(2 * delayBits + 1);
    if (hasDisplayDelay && bit(1)) bit(4);
  }
}

function skipUvlc(bit: Bits): void {
  let zeros = 0;
  while (zeros < 32 && bit(1) === 0) zeros++;
  if (zeros < 32) bit(zeros);
}

function skipInterTools(bit: Bits): void {
  bit(4);
  const hasOrderHint = bit(1);
  if (hasOrderHint) bit(2);
  const choosesScreenTools = bit(1) || bit(1);
  if (choosesScreenTools && !bit(1)) bit(1);
  if (hasOrderHint) bit(3);
}

function colourConfig(bit: Bits, profile: number): Omit<SequenceHeader, "width" | "height"> {
  const isHigh = bit(1) === 1;
  const bits = !isHigh ? 8 : profile === 2 && bit(1) ? 12 : 10;
  const isMonochrome = profile !== 1 && bit(1) === 1;
  const [primaries, transfer, matrix] = bit(1) ? [bit(8), bit(8), bit(8)] : [2, 2, 2];
  const isSrgb = !isMonochrome && primaries === 1 && transfer === 13 && matrix === 0;
  return { bits, isMonochrome, primaries, transfer, isFullRange: isSrgb || bit(1) === 1 };
}
