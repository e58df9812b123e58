import { describe, expect, it } from "vitest";
import { movingAverage } from "../../src/store/estimates.ts";

describe("moving average", () => {
  it("is the mean of the first few, then follows the latest", () => {
    let measured = movingAverage(null, 10);
    expect(measured).toEqual({ seconds: 10, measurements: 1 });
    measured = movingAverage(movingAverage(measured, 20), 30);
    expect(measured).toEqual({ seconds: 20, measurements: 3 });
    for (let job = 0; job < 30; job++) measured = movingAverage(measured, 100);
    expect(measured.seconds).toBeGreaterThan(99);
  });
});
