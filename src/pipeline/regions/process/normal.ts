/** Density of the standard normal distribution. */
export function normalDensity(z: number): number {
  return Math.exp(-(z * z) / 2) / Math.sqrt(2 * Math.PI);
}

/**
 * The probability that a standard normal number is at most `z`, to about 1e-15: 1/2 + density (z + z^3/3 + z^5/(3 5) + ...)
 * (Marsaglia, "Evaluating the normal distribution", Journal of Statistical Software, 2004). Beyond 8 it is 0 or 1.
 */
export function normalProbability(z: number): number {
  if (z <= -8) return 0;
  if (z >= 8) return 1;
  let term = z;
  let sum = z;
  for (let odd = 3, before = 0; sum !== before; odd += 2) {
    before = sum;
    term *= (z * z) / odd;
    sum += term;
  }
  return 0.5 + sum * normalDensity(z);
}
