import { describe, expect, it } from "vitest";
import { tidyPrompt } from "../src/bots/intake/typed-text.ts";
import { type EditRequestInput, parseEditRequest, promptLimit } from "../src/request.ts";

const parse = (change: Record<string, unknown> = {}) =>
  parseEditRequest({ image: "picture.png", prompt: "a rabbit", ...change } as EditRequestInput);

/** What a request is refused with. */
function refusal(change: Record<string, unknown>): unknown {
  try {
    return parse(change);
  } catch (error) {
    return error;
  }
}

describe("a request", () => {
  it("needs a picture and a prompt alone; the rest has its defaults", () => {
    expect(parse()).toEqual({
      image: "picture.png",
      prompt: "a rabbit",
      source: null,
      negative: "",
      pack: "mini",
      box: null,
      safety: "off",
      refusesNewlyUnsafe: false,
      previews: false,
      settings: {
        anchors: 8,
        proposals: 7,
        seed: 0,
        steps: null,
        budget: 14,
        strength: null,
        guidance: null,
        inpainter: null,
        chooser: "learned",
        estimator: "expected",
        structureNorm: "rms",
        withRegion: false,
        anchorSpacing: null,
        anchorsFrom: "source",
        rank: "guarded",
        mask: "auto",
        draftSteps: null,
        method: null,
        where: null,
      },
    });
  });

  it("loses the blanks around its words, and a source noun of blanks is none", () => {
    expect(parse({ prompt: "  a rabbit ", source: " tree ", negative: " blurry " })).toMatchObject({
      prompt: "a rabbit",
      source: "tree",
      negative: "blurry",
    });
    expect(parse({ source: "   " }).source).toBeNull();
  });

  it.each([
    ["anchors", 1, 64],
    ["proposals", 1, 31],
    ["seed", 0, 2 ** 32 - 1],
    ["steps", 1, 1000],
    ["budget", 2, 10_000],
    ["strength", 0.01, 1],
    ["guidance", 0, 50],
    ["anchorSpacing", 0, 100_000],
  ])("takes %s from %d to %d and refuses what lies beyond, with the range", (name, low, high) => {
    for (const value of [low, high])
      expect(parse({ settings: { [name]: value } }).settings).toMatchObject({ [name]: value });
    const beyond = [low - 0.001, high + 0.001, -1e9, 1e9, Number.NaN, Number.POSITIVE_INFINITY, "5", {}];
    for (const value of name === "seed" ? beyond.filter((one) => one !== 1e9) : beyond) {
      expect(refusal({ settings: { [name]: value } }), String(value)).toMatchObject({
        code: "setting-out-of-range",
        message: expect.stringMatching(new RegExp(`^Expected .* from ${low} to ${high}, got .*\\.$`)),
      });
    }
  });

  it.each(["anchors", "proposals", "seed", "steps"])("takes whole numbers alone for %s", (name) => {
    expect(refusal({ settings: { [name]: 2.5 } })).toMatchObject({
      code: "setting-out-of-range",
      message: expect.stringContaining("whole number"),
    });
  });

  it.each([
    ["chooser", "guess", "learned, process, network, paper"],
    ["estimator", "guess", "expected, straight-through, reinforce"],
    ["structureNorm", "l1", "rms, mean-square, frobenius"],
    ["rank", "random", "guarded, paper"],
  ])("names the choices for %s", (name, value, choices) => {
    expect(refusal({ settings: { [name]: value } })).toMatchObject({
      code: "setting-out-of-range",
      message: `Expected settings.${name} to be one of ${choices}, got "${value}".`,
    });
  });

  it("refuses settings and fields that it does not know", () => {
    for (const change of [
      { settings: { speed: 1 } },
      { colour: "red" },
      { box: { left: 0, top: 0, width: 1, height: 1, depth: 1 } },
    ]) {
      expect(refusal(change)).toMatchObject({
        code: "setting-out-of-range",
        message: expect.stringMatching(/^Expected /),
      });
    }
  });

  it("takes boxes of whole pixels that hold at least one", () => {
    const box = { left: 0, top: 3, width: 1, height: 7 };
    expect(parse({ box }).box).toEqual(box);
    for (const change of [
      { left: -1 },
      { top: 0.5 },
      { width: 0 },
      { height: -3 },
      { left: undefined },
      { width: 2e6 },
    ]) {
      expect(refusal({ box: { ...box, ...change } }), JSON.stringify(change)).toMatchObject({
        code: "setting-out-of-range",
        message: expect.stringMatching(/^Expected the box's \w+ to be a whole number from/),
      });
    }
  });
});

describe("the words of a request", () => {
  it.each(["", " ", "   \u00a0 "])("may not be empty: %j", (prompt) => {
    expect(refusal({ prompt })).toMatchObject({ code: "prompt-empty" });
  });

  it("may have a thousand characters, counted as a person counts them", () => {
    expect(parse({ prompt: "🐰".repeat(promptLimit) }).prompt).toHaveLength(2 * promptLimit);
    expect(refusal({ prompt: "a".repeat(promptLimit + 1) })).toMatchObject({
      code: "prompt-too-long",
      message: expect.stringContaining("1001"),
    });
  });

  it.each([
    ["a line break", "a\nb"],
    ["a tab", "a\tb"],
    ["a null", "a\u0000b"],
    ["an escape", "a\u001b[31mb"],
    ["a right-to-left override", "a\u202eb"],
    ["an isolate", "a\u2066b"],
    ["a zero-width space", "a\u200bb"],
    ["a joiner between letters of Latin", "a\u200db"],
    ["a byte order mark", "\ufeffa b"],
    ["half a surrogate pair", "a\ud83db"],
    ["a line separator", "a\u2028b"],
  ])("may not hold %s, in any of them", (_, value) => {
    for (const field of ["prompt", "source", "negative"]) {
      expect(refusal({ [field]: value }), field).toMatchObject({
        code: "prompt-characters",
        message: expect.stringMatching(/^Expected .*, got .*\.$/),
      });
    }
  });

  it.each([
    ["ដើមឈើ\u200bធំ\u200b មួយ", "ដើមឈើធំ មួយ"],
    ["ต้นไม้\u200bใหญ่", "ต้นไม้ใหญ่"],
    [" a  big\u00a0 tree ", "a big tree"],
  ])("are tidied as the chats tidy them: %j", (typed, read) => {
    const { prompt, source, negative } = parse({ prompt: typed, source: typed, negative: typed });
    expect([prompt, source, negative]).toEqual([read, read, read]);
    expect(tidyPrompt(typed)).toBe(read);
  });

  it.each([
    "👩‍💻 at work",
    "🏳️‍🌈",
    "👨‍👩‍👧‍👦",
    "👍🏽",
    "日本語の木",
    "дерево",
    "می‌خواهم",
    "a naïve café",
    "<b>&amp;</b>",
  ])("may be %s", (prompt) => {
    expect(parse({ prompt }).prompt).toBe(prompt);
  });
});
