import { describe, expect, it } from "vitest";
import { createRandom } from "../../../src/pipeline/random.ts";
import { boxKey, proposeAt, proposeBoxes } from "../../../src/pipeline/regions/proposals.ts";

describe("proposals", () => {
  it("have sides of (j + 1) / (M + 1) of the short side, the smallest first, centred on the anchor", () => {
    const picture = { width: 400, height: 160 };
    const [boxes = []] = proposeBoxes([{ x: 200, y: 80 }], picture, 7);
    expect(boxes.map(({ width }) => width)).toEqual([40, 60, 80, 100, 120, 140, 160]);
    for (const { left, top, width, height } of boxes) {
      expect(height).toBe(width);
      expect([left + width / 2, top + height / 2]).toEqual([200, 80]);
    }
  });

  it("are clipped at the picture's edges, and so no longer square", () => {
    const [[small, large] = []] = proposeBoxes([{ x: 10, y: 50 }], { width: 200, height: 100 }, 2);
    // Sides 67 and 100 around (10, 50).
    expect(small).toEqual({ left: 0, top: 17, width: 44, height: 67 });
    expect(large).toEqual({ left: 0, top: 0, width: 60, height: 100 });
  });

  it("of one size only take the whole short side", () => {
    expect(proposeBoxes([{ x: 50, y: 50 }], { width: 100, height: 100 }, 1)).toEqual([
      [{ left: 0, top: 0, width: 100, height: 100 }],
    ]);
  });

  it("of different anchors have one key where they are one rectangle, and others otherwise", () => {
    const picture = { width: 33, height: 32 };
    const anchors = [
      { x: 16.2, y: 16 },
      { x: 16.4, y: 16 },
    ];
    const [[, first] = [], [, second] = []] = proposeBoxes(anchors, picture, 2);
    expect(first && boxKey(first)).toBe(second && boxKey(second));
    const keys = proposeBoxes([{ x: 16, y: 16 }], picture, 7)
      .flat()
      .map(boxKey);
    expect(new Set(keys).size).toBe(7);
    expect(boxKey({ left: 1, top: 23, width: 4, height: 5 })).not.toBe(
      boxKey({ left: 12, top: 3, width: 4, height: 5 }),
    );
  });

  it.each([1, 2, 3, 4, 5])("lie inside the picture, hold their anchor and grow (seed %i)", (seed) => {
    const random = createRandom(seed, "proposals");
    for (let trial = 0; trial < 200; trial++) {
      const picture = { width: 32 + random.integer(200), height: 32 + random.integer(200) };
      const anchor = { x: random.uniform() * picture.width, y: random.uniform() * picture.height };
      const count = 1 + random.integer(31);
      const [boxes = []] = proposeBoxes([anchor], picture, count);
      const told = JSON.stringify({ seed, picture, anchor, count, boxes });
      expect(boxes, told).toHaveLength(count);
      for (const [index, { left, top, width, height }] of boxes.entries()) {
        const smaller = boxes[index - 1] ?? { left, top, width: 1, height: 1 };
        const holds =
          [left, top, width, height].every(Number.isInteger) &&
          left >= 0 &&
          top >= 0 &&
          left + width <= picture.width &&
          top + height <= picture.height &&
          Math.abs(left + width / 2 - anchor.x) <= width / 2 + 0.5 &&
          Math.abs(top + height / 2 - anchor.y) <= height / 2 + 0.5 &&
          width >= smaller.width &&
          height >= smaller.height;
        expect(holds, told).toBe(true);
      }
    }
  });
});

describe("proposals at places", () => {
  const picture = { width: 400, height: 320 };

  it("have the shape of what lies there, from a little larger than it to twice its sides", () => {
    const thing = { left: 100, top: 120, width: 120, height: 80 };
    const [boxes = []] = proposeAt([{ x: 160, y: 160, thing }], picture, 7);
    expect(boxes).toHaveLength(7);
    for (const { left, top, width, height } of boxes) {
      expect(width / height).toBeCloseTo(1.5, 1);
      expect(Math.abs(left + width / 2 - 160)).toBeLessThanOrEqual(1);
      expect(Math.abs(top + height / 2 - 160)).toBeLessThanOrEqual(1);
    }
    expect(boxes.map(({ width }) => Math.round((100 * width) / 120))).toEqual([
      118, 129, 141, 153, 168, 183, 200,
    ]);
    expect(proposeAt([{ x: 160, y: 160, thing }], picture, 1)).toEqual([
      [{ left: 89, top: 113, width: 142, height: 94 }],
    ]);
  });

  it("have no side below a quarter of the short side, and end at the picture's edges", () => {
    const thing = { left: 0, top: 10, width: 30, height: 100 };
    const [boxes = []] = proposeAt([{ x: 15, y: 60, thing }], picture, 7);
    // 80 pixels at least, of which 25 would lie beyond the edge.
    expect(boxes[0]).toEqual({ left: 0, top: 1, width: 55, height: 118 });
    for (const { left, top, width, height } of boxes) {
      expect(Math.min(left, top)).toBeGreaterThanOrEqual(0);
      expect(left + width).toBeLessThanOrEqual(400);
      expect(top + height).toBeLessThanOrEqual(320);
    }
  });

  it("are no longer than one and a half times as wide, whatever lies there", () => {
    const [across = []] = proposeAt(
      [{ x: 150, y: 160, thing: { left: 100, top: 150, width: 100, height: 20 } }],
      picture,
      7,
    );
    expect(across[0]).toEqual({ left: 91, top: 120, width: 118, height: 80 });
    expect(across[6]).toEqual({ left: 50, top: 94, width: 200, height: 133 });
    const [upright = []] = proposeAt(
      [{ x: 200, y: 160, thing: { left: 190, top: 100, width: 20, height: 120 } }],
      picture,
      7,
    );
    for (const { width, height } of upright) expect(height / width).toBeCloseTo(1.5, 1);
    expect(upright.map(({ height }) => height)).toEqual([142, 155, 169, 184, 201, 220, 240]);
  });

  it("are squares where nothing is known to lie", () => {
    const place = { x: 200, y: 100 };
    expect(proposeAt([place], picture, 7)).toEqual(proposeBoxes([place], picture, 7));
  });
});
