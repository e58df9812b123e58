import { describe, expect, it } from "vitest";
import { type OfferedPack, painterOf } from "../../../src/bots/intake/painter.ts";

const packs: readonly OfferedPack[] = [
  { name: "mini", styles: ["ink"], methods: ["regions", "diffedit"], takesStrength: true },
  { name: "far", styles: [], methods: ["regions"], takesStrength: false },
];
const nothing = { pack: null, style: null, method: null, strength: null };

describe("what an edit is painted with", () => {
  it.each([
    [nothing, { pack: "mini", method: "regions" }],
    [
      { ...nothing, pack: "far" },
      { pack: "far", method: "regions" },
    ],
    [
      { ...nothing, pack: "gone" },
      { pack: "mini", method: "regions" },
    ],
    [
      { pack: "mini", style: "ink", method: "diffedit" as const, strength: "some" },
      { pack: "mini+ink", method: "diffedit" },
    ],
  ])("%j is %j", (chosen, painter) => {
    expect(painterOf(chosen, packs)).toEqual(painter);
  });

  it("is the pack's own way where the operator names no method", () => {
    expect(painterOf(nothing, [{ name: "mini", styles: [], methods: [], takesStrength: true }])).toEqual({
      ...{ pack: "mini", method: null },
    });
  });

  it("goes together, or is refused with what would", () => {
    expect(() => painterOf({ ...nothing, pack: "far", style: "ink" }, packs)).toThrow(
      expect.objectContaining({
        reason: { code: "style-unfit", option: "style", style: "ink", pack: "far", packs: ["mini"] },
      }),
    );
    expect(() => painterOf({ ...nothing, pack: "far", method: "diffedit" }, packs)).toThrow(
      expect.objectContaining({
        reason: { code: "choice-not-offered", option: "method", got: "diffedit", choices: ["regions"] },
      }),
    );
    expect(() => painterOf({ ...nothing, pack: "far", strength: "touch" }, packs)).toThrow(
      expect.objectContaining({
        reason: { code: "choice-not-offered", option: "strength", got: "touch", choices: [] },
      }),
    );
  });
});
