import { describe, expect, it } from "vitest";
import { createGaussianProcess } from "../../../../src/pipeline/regions/process/gaussian-process.ts";
import { takeNextLooks } from "../../../../src/pipeline/regions/process/next-looks.ts";

/** Places on a line that go together the more the nearer they are. */
function lineOf(places: number, scale: number): Float64Array {
  return Float64Array.from({ length: places ** 2 }, (_, cell) =>
    Math.exp(-Math.abs(Math.floor(cell / places) - (cell % places)) / scale),
  );
}

const options = (change: Partial<Parameters<typeof takeNextLooks>[0]>) => ({
  process: createGaussianProcess(lineOf(6, 1)),
  means: new Float64Array(6),
  groups: [[0, 1, 2, 3, 4, 5]],
  candidates: new Set([0, 1, 2, 3, 4, 5]),
  noise: 0.1,
  count: 1,
  preference: new Float64Array(6),
  ...change,
});

describe("the next looks", () => {
  it("are where the least mean may fall the most: not where it is known, nor where it is hopeless", () => {
    const process = createGaussianProcess(lineOf(6, 0.1));
    for (let look = 0; look < 20; look++) process.look(0, 0.1);
    const means = Float64Array.of(-1, 4, -0.9, 4, 4, 4);
    expect(takeNextLooks(options({ process, means }))).toEqual([2]);
  });

  it("of one batch are spread, because one look says something of what is near it", () => {
    const [first = -1, second = -1] = takeNextLooks(options({ count: 2 }));
    expect(Math.abs(first - second)).toBeGreaterThan(1);
  });

  it("serve all groups together: what several groups may take comes first", () => {
    const process = createGaussianProcess(lineOf(6, 0.01));
    const groups = [
      [0, 3],
      [1, 3],
      [2, 3],
    ];
    expect(takeNextLooks(options({ process, groups }))).toEqual([3]);
  });

  it("are of candidates alone, each once, and fewer where there are no more", () => {
    const taken = takeNextLooks(options({ candidates: new Set([1, 4]), count: 5 }));
    expect(taken.toSorted()).toEqual([1, 4]);
    expect(takeNextLooks(options({ candidates: new Set() }))).toEqual([]);
  });

  it("are drawn among near ties by what is preferred, and by no more than that", () => {
    const process = () => createGaussianProcess(lineOf(6, 0.01));
    for (const place of [1, 4]) {
      const preference = new Float64Array(6).fill(0);
      preference[place] = 0.01;
      expect(takeNextLooks(options({ process: process(), preference }))).toEqual([place]);
      const means = Float64Array.of(-2, 2, -2, 2, 2, 2);
      expect(takeNextLooks(options({ process: process(), means, preference }))[0]).not.toBe(place);
    }
  });
});
