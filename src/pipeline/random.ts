/** A stream of pseudo-random numbers. The same seed and stream name give the same numbers on every machine. */
export interface Random {
  /** Uniform in (0, 1), both ends excluded, in steps of 2^-32. */
  uniform(): number;
  /** Standard normal. */
  gaussian(): number;
  /** Standard Gumbel, -log(-log u): adding it to log-probabilities and taking the largest draws from them. */
  gumbel(): number;
  /** Uniform whole number from 0 to `bound` - 1. `bound` is at most 2^32. */
  integer(bound: number): number;
  /** `count` standard normals. */
  gaussians(count: number): Float32Array;
}

/**
 * The generator is sfc32 (Doty-Humphrey's small fast counter, 128 bits of state, period at least 2^32) seeded by
 * splitmix32 over the seed and an FNV-1a hash of the stream's name, so that streams of one seed are unrelated.
 * Normals come from Marsaglia's polar method. Nothing but IEEE 754 basic arithmetic and the square root is used:
 * `Math.log` may differ in its last bit between engines, so the logarithm is computed here.
 *
 * @param seed 0 to 2^32 - 1.
 * @param stream What the numbers are for, such as `"noise 32x32"`.
 */
export function createRandom(seed: number, stream = ""): Random {
  const next = sfc32(seed >>> 0, hash(stream));
  let spare: number | null = null;

  const uniform = () => (next() + 0.5) / 2 ** 32;

  const gaussian = () => {
    if (spare !== null) {
      const value = spare;
      spare = null;
      return value;
    }
    for (;;) {
      const x = 2 * uniform() - 1;
      const y = 2 * uniform() - 1;
      const square = x * x + y * y;
      if (square > 0 && square < 1) {
        const radius = Math.sqrt((-2 * naturalLogarithm(square)) / square);
        spare = y * radius;
        return x * radius;
      }
    }
  };

  return {
    uniform,
    gaussian,
    gumbel: () => -naturalLogarithm(-naturalLogarithm(uniform())),
    integer: (bound) => Math.floor(uniform() * bound),
    gaussians(count) {
      const values = new Float32Array(count);
      for (let index = 0; index < count; index++) values[index] = gaussian();
      return values;
    },
  };
}

/** Whole numbers from 0 to 2^32 - 1. */
function sfc32(seed: number, stream: number): () => number {
  const seeds = splitmix32((seed ^ stream) >>> 0);
  let a = seeds();
  let b = (seeds() ^ stream) | 0;
  let c = (seeds() ^ seed) | 0;
  let counter = 1;
  const next = () => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  };
  // The first rounds mix the seed into all 128 bits.
  for (let round = 0; round < 12; round++) next();
  return next;
}

function splitmix32(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = state ^ (state >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a2d97);
    return mixed ^ (mixed >>> 15);
  };
}

/** 32-bit FNV-1a of the UTF-16 code units. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  }
  return value >>> 0;
}

/**
 * Natural logarithm of a positive normal number to about 1e-15: with x = m 2^e and m within a factor of sqrt 2
 * of 1, log x = e log 2 + 2 atanh((m - 1) / (m + 1)), as a series.
 */
function naturalLogarithm(x: number): number {
  let mantissa = x;
  let exponent = 0;
  while (mantissa >= Math.SQRT2) {
    mantissa /= 2;
    exponent++;
  }
  while (mantissa < Math.SQRT1_2) {
    mantissa *= 2;
    exponent--;
  }
  const ratio = (mantissa - 1) / (mantissa + 1);
  const square = ratio * ratio;
  let power = ratio;
  let sum = 0;
  for (let term = 1; term <= 21; term += 2) {
    sum += power / term;
    power *= square;
  }
  return exponent * Math.LN2 + 2 * sum;
}
