import { describe, expect, it } from "vitest";
import type { Tensor } from "../../../src/pipeline/nets/tensor.ts";
import { poolProposals } from "../../../src/pipeline/regions/proposal-features.ts";
import { roiAlign, roiMaxPool } from "../../../src/pipeline/regions/roi-pool.ts";
import { openGolden } from "../nets/goldens.ts";

/** What the recorded case was made with. */
const [side, scale, ratio] = [7, 1 / 16, 2];

async function recorded(): Promise<{
  features: Tensor;
  boxes: number[][];
  golden: Awaited<ReturnType<typeof openGolden>>;
}> {
  const golden = await openGolden("roi");
  const batch = golden.floats("in.features");
  const { data, shape } = golden.floats("in.boxes");
  const boxes = Array.from({ length: shape[0] ?? 0 }, (_, row) => [...data.subarray(4 * row, 4 * row + 4)]);
  return { features: { data: batch.data, shape: batch.shape.slice(1) }, boxes, golden };
}

/** `[1, rows, columns]` whose cell is 10 row + column. */
function ramp(rows: number, columns: number): Tensor {
  const data = Float32Array.from(
    { length: rows * columns },
    (_, index) => 10 * Math.floor(index / columns) + (index % columns),
  );
  return { data, shape: [1, rows, columns] };
}

describe("RoI max-pooling", () => {
  it("reproduces the recorded case: clipped, single-point, fractional and half-cell boxes", async () => {
    const { features, boxes, golden } = await recorded();
    golden.expectOutput("out.max_pool", roiMaxPool(features, boxes, scale, side));
  });

  it("takes the largest cell that a bin touches", () => {
    const { data, shape } = roiMaxPool(ramp(4, 4), [[0, 0, 3, 3]], 1, 2);
    expect(shape).toEqual([1, 1, 2, 2]);
    expect([...data]).toEqual([11, 13, 31, 33]);
  });

  it("gives 0 for a box outside the map, whatever the map holds", () => {
    const features = { data: new Float32Array(16).fill(-5), shape: [1, 4, 4] };
    expect([...roiMaxPool(features, [[40, 40, 48, 48]], 1, 2).data]).toEqual([0, 0, 0, 0]);
  });
});

describe("RoIAlign", () => {
  it("reproduces the recorded case", async () => {
    const { features, boxes, golden } = await recorded();
    golden.expectOutput("out.align", roiAlign(features, boxes, scale, side, ratio));
  });

  it("averages a ramp to its value at each bin's middle", () => {
    const { data } = roiAlign(ramp(8, 8), [[2, 2, 6, 6]], 1, 2, 2);
    // Middles of the bins: 3 and 5; a cell's own middle is half a cell further on.
    expect([...data].map((value) => Number(value.toFixed(4)))).toEqual([27.5, 29.5, 47.5, 49.5]);
  });

  it("scales each axis by itself", () => {
    const features = ramp(8, 8);
    const stretched = roiAlign(features, [[4, 20, 12, 60]], [0.5, 0.1], 3, 2);
    const plain = roiAlign(features, [[2, 2, 6, 6]], 1, 3, 2);
    for (const [index, value] of stretched.data.entries())
      expect(value).toBeCloseTo(plain.data[index] ?? 0, 4);
  });
});

describe("the features of proposals", () => {
  it("stand one proposal after the other along the channels of their anchor, as RoIAlign pools them", () => {
    const features = {
      data: Float32Array.from({ length: 2 * 6 * 9 }, (_, i) => Math.sin(i)),
      shape: [2, 6, 9],
    };
    const picture = { width: 90, height: 48 };
    const boxes = [
      [
        { left: 0, top: 0, width: 20, height: 20 },
        { left: 5, top: 5, width: 40, height: 30 },
        { left: 0, top: 0, width: 48, height: 48 },
      ],
      [
        { left: 60, top: 20, width: 12, height: 12 },
        { left: 50, top: 10, width: 30, height: 30 },
        { left: 42, top: 0, width: 48, height: 48 },
      ],
    ];
    const pooled = poolProposals(features, boxes, picture);
    expect(pooled.shape).toEqual([2, 3 * 2, 7, 7]);
    for (const [anchor, row] of boxes.entries()) {
      for (const [proposal, { left, top, width, height }] of row.entries()) {
        const alone = roiAlign(features, [[left, top, left + width, top + height]], [0.1, 0.125], 7, 2);
        const from = (anchor * 3 + proposal) * 2 * 49;
        expect(pooled.data.subarray(from, from + 2 * 49)).toEqual(alone.data);
      }
    }
  });
});
