import { describe, expect, it } from "vitest";
import { createLossTable } from "../../../../src/pipeline/regions/learning/loss-table.ts";

describe("the table of losses", () => {
  it("is empty at first, and holds what is recorded with the steps it took", () => {
    const table = createLossTable(2, 3);
    expect(table.losses()).toEqual([
      [null, null, null],
      [null, null, null],
    ]);
    table.record(1, 2, 4, 0.5);
    expect(table.losses()[1]).toEqual([null, null, 0.5]);
    expect(table.steps()).toEqual([
      [0, 0, 0],
      [0, 0, 4],
    ]);
    expect([table.loss(1, 2), table.stepsOf(1, 2), table.loss(0, 2), table.stepsOf(0, 2)]).toEqual([
      0.5,
      4,
      null,
      0,
    ]);
  });

  it("lets a loss at more steps replace one at fewer, and not the other way round", () => {
    const table = createLossTable(1, 1);
    table.record(0, 0, 4, 1);
    table.record(0, 0, 12, 2);
    table.record(0, 0, 4, 3);
    expect([table.loss(0, 0), table.stepsOf(0, 0)]).toEqual([2, 12]);
  });

  it("gives boxes that coincide one entry, within an anchor and between anchors", () => {
    const table = createLossTable(2, 3, [
      ["a", "b", "b"],
      ["c", "a", "d"],
    ]);
    table.record(0, 0, 4, 1);
    table.record(0, 2, 4, 2);
    expect(table.losses()).toEqual([
      [1, 2, 2],
      [null, 1, null],
    ]);
    expect(table.boxOf(1, 1)).toBe(table.boxOf(0, 0));
    expect(
      new Set([0, 1, 2].flatMap((proposal) => [table.boxOf(0, proposal), table.boxOf(1, proposal)])).size,
    ).toBe(4);
  });

  it("hands out copies", () => {
    const table = createLossTable(1, 2);
    const before = table.losses();
    table.record(0, 0, 1, 7);
    expect(before).toEqual([[null, null]]);
  });
});
