import { describe, expect, it } from "vitest";
import {
  boxBetween,
  centredBox,
  dragged,
  type Handle,
  handles,
  leastSide,
} from "../../../../../src/bots/web/page/job/box.ts";

const picture = { width: 320, height: 200 };

describe("a box that is drawn by hand", () => {
  it("lies between its corners, whichever is first", () => {
    const box = { left: 10, top: 20, width: 90, height: 60 };
    expect(boxBetween({ x: 10.2, y: 19.8 }, { x: 100, y: 80 }, picture)).toEqual(box);
    expect(boxBetween({ x: 100, y: 80 }, { x: 10.2, y: 19.8 }, picture)).toEqual(box);
  });

  it("ends where the picture does", () => {
    expect(boxBetween({ x: -50, y: 100 }, { x: 999, y: 999 }, picture)).toEqual({
      ...{ left: 0, top: 100, width: 320, height: 100 },
    });
  });

  it("keeps its size when it is moved, and stays inside", () => {
    const box = { left: 10, top: 20, width: 90, height: 60 };
    expect(dragged(box, "move", { x: 5, y: -50 }, picture)).toEqual({ ...box, left: 15, top: 0 });
    expect(dragged(box, "move", { x: 999, y: 999 }, picture)).toEqual({ ...box, left: 230, top: 140 });
  });

  it("is resized at the edge that is held alone", () => {
    const box = { left: 100, top: 50, width: 100, height: 100 };
    expect(dragged(box, "e", { x: 20, y: 99 }, picture)).toEqual({ ...box, width: 120 });
    expect(dragged(box, "nw", { x: -20, y: 10 }, picture)).toEqual({
      ...{ left: 80, top: 60, width: 120, height: 90 },
    });
  });

  it("begins in the middle of any picture", () => {
    expect(centredBox(picture)).toEqual({ left: 120, top: 60, width: 80, height: 80 });
    expect(centredBox({ width: 32, height: 400 })).toEqual({ left: 8, top: 192, width: 16, height: 16 });
  });

  it("is whole, inside the picture and not too small, whatever is done to it", () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    let state = seed;
    const random = () => {
      state = (state * 1103515245 + 12345) % 2 ** 31;
      return state / 2 ** 31;
    };
    const all: readonly Handle[] = [...handles, "move"];
    let box = centredBox(picture);
    for (let turn = 0; turn < 2000; turn++) {
      const by = { x: (random() - 0.5) * 300, y: (random() - 0.5) * 300 };
      box = dragged(box, all[Math.floor(random() * all.length)] ?? "move", by, picture);
      const { left, top, width, height } = box;
      expect([left, top, width, height].every(Number.isInteger), `seed ${seed}, turn ${turn}`).toBe(true);
      expect(Math.min(left, top), `seed ${seed}, turn ${turn}`).toBeGreaterThanOrEqual(0);
      expect(left + width, `seed ${seed}, turn ${turn}`).toBeLessThanOrEqual(picture.width);
      expect(top + height, `seed ${seed}, turn ${turn}`).toBeLessThanOrEqual(picture.height);
      expect(Math.min(width, height), `seed ${seed}, turn ${turn}`).toBeGreaterThanOrEqual(leastSide);
    }
  });
});
