/**
 * The 16-bit floats (IEEE 754 binary16) nearest to numbers, as their bits; ties go to the even one, and what is too large
 * becomes infinity.
 */
export function halvesOf(values: readonly number[]): Uint16Array {
  return Uint16Array.from(values, halfOf);
}

function halfOf(value: number): number {
  if (Number.isNaN(value)) return 0x7e00;
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (size >= 65_520) return sign | 0x7c00;
  // From here down numbers are 2^-24 apart, and have no exponent.
  const exponent = Math.max(Math.floor(Math.log2(size)), -14);
  const steps = roundHalfEven(size / 2 ** (exponent - 10));
  // A full mantissa carries into the exponent, as the bits lie.
  return sign | (exponent === -14 ? steps : ((exponent + 14) << 10) + steps);
}

function roundHalfEven(value: number): number {
  const down = Math.floor(value);
  const rest = value - down;
  return rest > 0.5 || (rest === 0.5 && down % 2 === 1) ? down + 1 : down;
}
