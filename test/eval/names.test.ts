import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  allChoosers,
  mainChoosers,
  parseAblations,
  parseChoosers,
  parseMethods,
} from "../../src/eval/names.ts";
import { ablationRuns, chooserRun } from "../../src/eval/runs.ts";
import { openPack } from "../../src/packs/open.ts";
import { methodsOf } from "../../src/pipeline/editors/methods.ts";

const roots = [join(import.meta.dirname, "../../models")];
const { manifest } = await openPack("mini", { roots });
const instructed = { ...manifest, name: "other", inpainter: "instruct-pix2pix" as const };

describe("what is named on the command line", () => {
  it("choosers: all, or some with their budgets", () => {
    expect(parseChoosers("all", manifest).map(({ name }) => name)).toEqual(allChoosers);
    expect(parseChoosers("learned-14, whole,learned-14", manifest)).toEqual([
      { name: "learned-14", way: "learned", budget: 14 },
      { name: "whole", way: "whole", budget: null },
    ]);
    for (const name of mainChoosers) expect(allChoosers).toContain(name);
  });

  it.each(["learned", "learned-1", "learned-99999", "whole-14", "nobody-3", "", ",", "learned-14,x"])(
    "not %j as choosers",
    (text) => {
      expect(() => parseChoosers(text, manifest)).toThrow(
        expect.objectContaining({ code: "usage", message: expect.stringContaining("--choosers") }),
      );
    },
  );

  it("methods: what the pack serves", () => {
    expect(parseMethods("all", manifest)).toEqual(methodsOf(manifest));
    expect(parseMethods("diffedit,regions", manifest)).toEqual(["diffedit", "regions"]);
    expect(parseMethods("all", instructed)).toEqual(["instruct-pix2pix"]);
    expect(parseMethods("none", manifest)).toEqual([]);
    expect(() => parseMethods("instruct-pix2pix", manifest)).toThrow(
      expect.objectContaining({ code: "method-unknown" }),
    );
    expect(() => parseMethods("photoshop", manifest)).toThrow(expect.objectContaining({ code: "usage" }));
  });

  it("what a pack cannot serve is left out of all, and refused by name", () => {
    const mute = { ...manifest, source: null };
    expect(parseChoosers("all", mute).map(({ name }) => name)).not.toContain("clip-map");
    expect(() => parseChoosers("clip-map", mute)).toThrow(
      expect.objectContaining({ code: "method-unknown" }),
    );
    expect(parseChoosers("all", instructed)).toEqual([]);
    expect(() => parseChoosers("whole", instructed)).toThrow(
      expect.objectContaining({ code: "method-unknown" }),
    );
    expect(parseAblations("all", instructed)).toEqual([]);
    expect(() => parseAblations("losses", instructed)).toThrow(
      expect.objectContaining({ code: "method-unknown" }),
    );
  });

  it("ablations: each changes one thing of its first run, and K and M are the paper's", () => {
    expect(() => parseAblations("colour", manifest)).toThrow(expect.objectContaining({ code: "usage" }));
    for (const name of parseAblations("all", manifest)) {
      const [first, ...others] = ablationRuns(name, manifest.painting.draftSteps);
      expect(others.length, name).toBeGreaterThan(0);
      expect(new Set([first, ...others].map((run) => run?.name)).size).toBe(others.length + 1);
    }
    expect(ablationRuns("proposals", 3).map(({ proposals }) => proposals)).toEqual([7, 1, 3, 5, 9]);
    const places = ablationRuns("anchors", 3);
    expect(places.map(({ anchors }) => anchors)).toEqual([8, 1, 4, 6, 10]);
    for (const { anchors, budget } of places) expect(budget).toBe((anchors * 14) / 8);
    expect(ablationRuns("draft-steps", 3).map(({ draftSteps }) => draftSteps)).toEqual([3, 1, 2, 4]);
  });

  it("the paper's baselines are ranked by S, the others as an edit is", () => {
    const ruleOf = (name: string) => parseChoosers(name, manifest).map(chooserRun)[0]?.rule;
    expect(ruleOf("random-anchor-random-size")).toBe("paper");
    expect(ruleOf("dino-anchor-random-size")).toBe("paper");
    expect(ruleOf("learned-14")).toBe("guarded");
  });
});
