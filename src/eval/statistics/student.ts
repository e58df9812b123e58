/** The 0.975 quantile of the standard normal distribution. */
export const normal975 = 1.959963984540054;

/**
 * The 0.975 quantile of Student's t distribution: the half width of a 95 % interval in standard deviations. Hill's algorithm 396
 * (Communications of the ACM 13, 1970), to about 1e-3 from 1 degree of freedom on and better than 1e-5 from 5.
 * @param degrees At least 1; need not be whole.
 */
export function student975(degrees: number): number {
  if (!(degrees >= 1)) return Number.NaN;
  // Exact where the distribution is Cauchy's, and for two degrees.
  if (degrees === 1) return 12.706204736432095;
  if (degrees === 2) return 4.302652729911275;
  const twoSided = 0.05;
  const a = 1 / (degrees - 0.5);
  const b = 48 / a ** 2;
  let c = ((20_700 * a) / b - 98) * a - 16;
  c = c * a + 96.36;
  const d = ((94.5 / (b + c) - 3) / b + 1) * Math.sqrt((a * Math.PI) / 2) * degrees;
  let y = (d * twoSided) ** (2 / degrees);
  if (y > 0.05 + a) {
    const x = -normal975;
    y = x ** 2;
    if (degrees < 5) c += 0.3 * (degrees - 4.5) * (x + 0.6);
    c = (((0.05 * d * x - 5) * x - 7) * x - 2) * x + b + c;
    y = (((((0.4 * y + 6.3) * y + 36) * y + 94.5) / c - y - 3) / b + 1) * x;
    y = Math.expm1(a * y ** 2);
  } else {
    const inner = ((degrees + 6) / (degrees * y) - 0.089 * d - 0.822) * (degrees + 2) * 3;
    y = ((1 / inner + 0.5 / (degrees + 4)) * y - 1) * ((degrees + 1) / (degrees + 2)) + 1 / y;
  }
  return Math.sqrt(degrees * y);
}
