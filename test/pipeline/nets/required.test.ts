import { describe, expect, it } from "vitest";
import { required } from "../../../src/pipeline/nets/required.ts";
import { valueAt } from "../../../src/pipeline/nets/sampling/noise-schedule.ts";
import { sidesOf } from "../../../src/pipeline/nets/tensor.ts";

describe("what a network lacks", () => {
  it.each([null, undefined])("is named where it is %s", (value) => {
    expect(() => required(value, "a state of the way down")).toThrow(
      expect.objectContaining({ code: "internal", message: "Expected a state of the way down, got none." }),
    );
  });

  it.each([0, "", false])("is not a value that only counts as false, such as %j", (value) => {
    expect(required(value, "a value")).toBe(value);
  });

  it.each([[[2, 3, 4]], [[1, 2, 3, 4, 5]], [[]]])("is an axis where four are read of %j", (shape) => {
    expect(() => sidesOf({ shape }, 4)).toThrow(expect.objectContaining({ code: "internal" }));
    expect(sidesOf({ shape: [1, 2, 3, 4] }, 4)).toEqual([1, 2, 3, 4]);
  });

  it.each([-1, 3, 0.5])("is a value at %d of a schedule of three", (position) => {
    expect(() => valueAt([3, 2, 1], position)).toThrow(expect.objectContaining({ code: "internal" }));
    expect(valueAt([3, 2, 1], 2)).toBe(1);
  });
});
