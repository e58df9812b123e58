/** Bytes of one element, by the names that the safetensors format gives to its types. */
export const bytesPerElement = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  F8_E4M3: 1,
  F8_E5M2: 1,
  U16: 2,
  I16: 2,
  F16: 2,
  BF16: 2,
  U32: 4,
  I32: 4,
  F32: 4,
  U64: 8,
  I64: 8,
  F64: 8,
} as const;

export type StoredType = keyof typeof bytesPerElement;

/** Types of numbers that are read. */
export type NumberType = Exclude<StoredType, "BOOL">;

/** The number at an index of stored bytes, which lie as the format has them, lowest first. */
export const numberReaders: Readonly<Record<NumberType, (view: DataView, index: number) => number>> = {
  U8: (view, index) => view.getUint8(index),
  I8: (view, index) => view.getInt8(index),
  F8_E4M3: (view, index) => quarterToNumber(view.getUint8(index)),
  // The upper half of a 16-bit float.
  F8_E5M2: (view, index) => halfToNumber(view.getUint8(index) << 8),
  U16: (view, index) => view.getUint16(2 * index, true),
  I16: (view, index) => view.getInt16(2 * index, true),
  F16: (view, index) => halfToNumber(view.getUint16(2 * index, true)),
  BF16: (view, index) => bfloatToNumber(view.getUint16(2 * index, true)),
  U32: (view, index) => view.getUint32(4 * index, true),
  I32: (view, index) => view.getInt32(4 * index, true),
  F32: (view, index) => view.getFloat32(4 * index, true),
  U64: (view, index) => Number(view.getBigUint64(8 * index, true)),
  I64: (view, index) => Number(view.getBigInt64(8 * index, true)),
  F64: (view, index) => view.getFloat64(8 * index, true),
};

/** Four bits of exponent, no infinities (https://arxiv.org/abs/2209.05433). */
function quarterToNumber(bits: number): number {
  const sign = bits & 0x80 ? -1 : 1;
  const exponent = (bits >> 3) & 15;
  const fraction = bits & 7;
  if (exponent === 15 && fraction === 7) return Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** -9 : sign * (1 + fraction / 8) * 2 ** (exponent - 7);
}

function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function bfloatToNumber(bits: number): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint16(0, bits);
  return view.getFloat32(0);
}
