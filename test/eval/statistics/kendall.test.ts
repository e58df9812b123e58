import { describe, expect, it } from "vitest";
import { kendallTau } from "../../../src/eval/statistics/kendall.ts";
import { createRandom } from "../../../src/pipeline/random.ts";

describe("Kendall's tau", () => {
  it("is 1 for the same order and -1 for the opposite one", () => {
    expect(kendallTau([1, 2, 3, 4], [10, 20, 25, 90])).toBe(1);
    expect(kendallTau([1, 2, 3, 4], [4, 3, 2, 1])).toBe(-1);
  });

  it("is what SciPy 1.14 gives, with ties too", () => {
    expect(kendallTau([12, 2, 1, 12, 2], [1, 4, 7, 1, 0])).toBeCloseTo(-0.4714045207910316, 12);
  });

  it("is near 0 for independent values, with the spread that is known of it", () => {
    const random = createRandom(1);
    const [size, runs] = [30, 300];
    const taus = Array.from({ length: runs }, () => {
      const draw = () => Array.from({ length: size }, () => random.uniform());
      return kendallTau(draw(), draw());
    });
    const mean = taus.reduce((sum, tau) => sum + tau, 0) / runs;
    const variance = taus.reduce((sum, tau) => sum + (tau - mean) ** 2, 0) / runs;
    expect(Math.abs(mean)).toBeLessThan(0.03);
    // Var(tau) = 2 (2 n + 5) / (9 n (n - 1)) (Kendall, 1938).
    expect(variance / ((2 * (2 * size + 5)) / (9 * size * (size - 1)))).toBeGreaterThan(0.75);
    expect(variance / ((2 * (2 * size + 5)) / (9 * size * (size - 1)))).toBeLessThan(1.3);
  });

  it("is no number where nothing differs", () => {
    expect(kendallTau([1, 1], [1, 2])).toBeNaN();
  });
});
