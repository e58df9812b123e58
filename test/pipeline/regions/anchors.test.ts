import { describe, expect, it } from "vitest";
import type { Tensor } from "../../../src/pipeline/nets/tensor.ts";
import { createRandom } from "../../../src/pipeline/random.ts";
import { findAnchors, placeAnchors } from "../../../src/pipeline/regions/anchors.ts";

/** An attention map from its rows. */
function map(...rows: number[][]): Tensor {
  return { data: Float32Array.from(rows.flat()), shape: [rows.length, rows[0]?.length ?? 0] };
}

const placesOf = (anchors: readonly { row: number; column: number }[]) =>
  anchors.map(({ row, column }) => [row, column]);

describe("anchors", () => {
  it("are the centres of the strongest patches in pixels of the picture, strongest first", () => {
    const attention = map([0.1, 0.2, 0.05], [0.3, 0.15, 0.2]);
    const [first, second] = findAnchors(attention, { width: 300, height: 100 }, { anchors: 2, spacing: 0 });
    expect(first).toMatchObject({ x: 50, y: 75, row: 1, column: 0 });
    expect(first?.attention).toBeCloseTo(0.3, 6);
    expect(second).toMatchObject({ x: 150, y: 25, row: 0, column: 1 });
  });

  it("are the plain top K where the spacing is 0, neighbours too", () => {
    const attention = map([9, 8, 0, 1], [7, 6, 0, 0], [0, 0, 0, 5]);
    const anchors = findAnchors(attention, { width: 64, height: 48 }, { anchors: 5, spacing: 0 });
    expect(placesOf(anchors)).toEqual([
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
      [2, 3],
    ]);
  });

  it("lie in the part of the picture that is asked for, and one in its middle where no patch has its centre there", () => {
    const attention = map([9, 8, 0, 1], [7, 6, 0, 0], [0, 0, 0, 5]);
    const picture = { width: 64, height: 48 };
    const where = { left: 50, top: 0, width: 50, height: 100 };
    const right = findAnchors(attention, picture, { anchors: 2, spacing: 0, where });
    expect(placesOf(right)).toEqual([
      [2, 3],
      [0, 3],
    ]);
    const corner = { left: 30, top: 5, width: 2, height: 2 };
    const [only, ...others] = findAnchors(attention, picture, { anchors: 2, spacing: 0, where: corner });
    expect(only).toMatchObject({ row: 0, column: 1, attention: 8 });
    expect([only?.x, only?.y]).toEqual([expect.closeTo(19.84), expect.closeTo(2.88)]);
    expect(others).toEqual([]);
  });

  it("of equal attention come in row-major order", () => {
    const anchors = findAnchors(
      map([1, 2, 1], [2, 1, 2]),
      { width: 30, height: 20 },
      { anchors: 6, spacing: 0 },
    );
    expect(placesOf(anchors)).toEqual([
      [0, 1],
      [1, 0],
      [1, 2],
      [0, 0],
      [0, 2],
      [1, 1],
    ]);
  });

  it("lie at least the spacing apart, and two that lie exactly so far apart both stand", () => {
    const picture = { width: 70, height: 10 };
    const attention = map([9, 8, 7, 6, 5, 4, 3]);
    const columns = (spacing: number) =>
      findAnchors(attention, picture, { anchors: 7, spacing }).map(({ column }) => column);
    expect(columns(10)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(columns(10.01)).toEqual([0, 2, 4, 6]);
    expect(columns(30)).toEqual([0, 3, 6]);
    expect(columns(100)).toEqual([0]);
  });

  it("are spaced by an eighth of the short side where no spacing is asked for", () => {
    // Patches of 10 x 10 pixels; an eighth of 160 is 20.
    const row = Array.from({ length: 24 }, (_, column) => 24 - column);
    const attention = map(...Array.from({ length: 16 }, () => row));
    const anchors = findAnchors(attention, { width: 240, height: 160 }, { anchors: 4, spacing: null });
    expect(placesOf(anchors)).toEqual([
      [0, 0],
      [2, 0],
      [4, 0],
      [6, 0],
    ]);
  });

  it("are fewer than K where the map has no more room, and one where it has one patch", () => {
    expect(findAnchors(map([3]), { width: 500, height: 400 }, { anchors: 8, spacing: null })).toMatchObject([
      { x: 250, y: 200, attention: 3 },
    ]);
    const all = findAnchors(map([1, 2], [3, 4]), { width: 32, height: 32 }, { anchors: 8, spacing: 0 });
    expect(all).toHaveLength(4);
    const apart = findAnchors(map([1, 2], [3, 4]), { width: 32, height: 32 }, { anchors: 8, spacing: 20 });
    expect(placesOf(apart)).toEqual([
      [1, 1],
      [0, 0],
    ]);
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])(
    "miss no patch that is stronger than one of them and far enough from all stronger ones (seed %i)",
    (seed) => {
      const random = createRandom(seed, "attention");
      const [rows, columns] = [2 + random.integer(9), 2 + random.integer(20)];
      const picture = { width: columns * 8 + random.integer(7), height: rows * 8 + random.integer(7) };
      const attention = { data: random.gaussians(rows * columns), shape: [rows, columns] };
      const spacing = random.uniform() * 30;
      const anchors = findAnchors(attention, picture, { anchors: 6, spacing });
      for (const [index, anchor] of anchors.entries()) {
        for (const other of anchors.slice(0, index)) {
          expect(Math.hypot(anchor.x - other.x, anchor.y - other.y)).toBeGreaterThanOrEqual(spacing * 0.999);
          expect(other.attention).toBeGreaterThanOrEqual(anchor.attention);
        }
      }
      const weakest = anchors.length < 6 ? Number.NEGATIVE_INFINITY : (anchors.at(-1)?.attention ?? 0);
      for (const [index, value] of attention.data.entries()) {
        if (value <= weakest) continue;
        const x = (((index % columns) + 0.5) * picture.width) / columns;
        const y = ((Math.floor(index / columns) + 0.5) * picture.height) / rows;
        const rivals = anchors.filter((anchor) => anchor.attention >= value);
        expect(
          rivals.some(
            (rival) => Math.hypot(rival.x - x, rival.y - y) <= spacing || (rival.x === x && rival.y === y),
          ),
          `patch ${index}`,
        ).toBe(true);
      }
    },
  );
});

describe("anchors at things", () => {
  const attention = map([1, 2, 3, 4], [5, 6, 7, 8]);
  const picture = { width: 40, height: 20 };
  const things = [
    { left: 0, top: 0, width: 20, height: 10 },
    { left: 30, top: 10, width: 10, height: 10 },
  ];

  it("come first, in the middle of each, with the attention that is there; those of attention keep away", () => {
    const anchors = placeAnchors(attention, picture, { anchors: 4, spacing: 10, things });
    expect(anchors).toMatchObject([
      { x: 10, y: 5, attention: 2, thing: things[0] },
      { x: 35, y: 15, attention: 8, thing: things[1] },
      { x: 25, y: 15, attention: 7 },
      { x: 15, y: 15, attention: 6 },
    ]);
    expect(anchors[2]).not.toHaveProperty("thing");
  });

  it("are no more than were asked for, and the plain anchors where there are no things", () => {
    expect(placeAnchors(attention, picture, { anchors: 1, spacing: 0, things })).toHaveLength(1);
    const options = { anchors: 3, spacing: 0 };
    expect(placeAnchors(attention, picture, { ...options, things: [] })).toEqual(
      findAnchors(attention, picture, options),
    );
  });
});
