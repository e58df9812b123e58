import { describe, expect, it } from "vitest";
import { EditError } from "../src/errors.ts";
import { type EditRequestInput, parseEditRequest, promptLimit } from "../src/request.ts";

const ask = (input: Partial<EditRequestInput> = {}) =>
  parseEditRequest({ image: "a.png", prompt: "a rabbit", ...input });

function refusalOf(input: Partial<EditRequestInput>): EditError {
  try {
    ask(input);
  } catch (error) {
    if (error instanceof EditError) return error;
  }
  return expect.unreachable(`${JSON.stringify(input)} is refused`);
}

describe("a prompt", () => {
  it("is taken without the blanks around it, and all else by default", () => {
    expect(ask({ prompt: "  a rabbit " })).toMatchObject({
      prompt: "a rabbit",
      source: null,
      negative: "",
      box: null,
      settings: { anchors: 8, proposals: 7, seed: 0, budget: 14, steps: null, rank: "guarded" },
    });
  });

  it.each([
    ["a family", "a 👨‍👩‍👧‍👦 at the sea"],
    ["an emoji with a skin colour and a profession", "👩🏽‍🚀"],
    ["the rainbow flag", "🏳️‍🌈"],
    ["a heart on fire", "❤️‍🔥"],
    ["the pirate flag", "🏴‍☠️"],
    ["the flag of Scotland", "🏴󠁧󠁢󠁳󠁣󠁴󠁿"],
    ["a keycap", "1️⃣ rabbit"],
    ["German", "ein großer Baum mit Blüten"],
    ["decomposed accents", "un cafe\u0301"],
    ["Japanese", "大きな木"],
    ["a variant of a Chinese character", "葛\u{e0100}城"],
    ["Arabic", "شجرة كبيرة"],
    ["Hebrew", "עץ גדול"],
    ["Persian with its joiner", "می\u200cخواهم درخت"],
    ["Hindi with its joiner", "क्\u200dष"],
    ["Sinhala with its joiner", "ශ්\u200dරී"],
    ["Burmese", "က္ခ"],
    ["Thai", "ไม้ใหญ่"],
    ["quotes and shell signs", 'a "red" $HOME `fox`; rm -rf / \\n'],
    ["as many characters as may be, each two code units", "😀".repeat(promptLimit)],
  ])("in ordinary writing goes on: %s", (_, prompt) => {
    expect(ask({ prompt }).prompt).toBe(prompt);
  });

  it.each([
    ["a line break", "a\nrabbit", "U+000A"],
    ["a tab", "a\trabbit", "U+0009"],
    ["a null", "a\0rabbit", "U+0000"],
    ["an escape", "\u001b[31mred", "U+001B"],
    ["a C1 control", "a\u0085b", "U+0085"],
    ["delete", "a\u007fb", "U+007F"],
    ["a line separator", "a\u2028b", "U+2028"],
    ["a zero-width space", "a\u200bb", "U+200B"],
    ["a joiner where Latin needs none", "rab\u200dbit", "U+200D"],
    ["a joiner alone", "\u200c", "U+200C"],
    ["two joiners after each other", "می\u200c\u200cخ", "U+200C"],
    ["a word joiner", "a\u2060b", "U+2060"],
    ["a byte order mark", "a\ufeffb", "U+FEFF"],
    ["a soft hyphen", "a\u00adb", "U+00AD"],
    ["a right-to-left override", "\u202etibbar", "U+202E"],
    ["an isolate", "a\u2066b\u2069", "U+2066"],
    ["a filler", "a\u3164b", "U+3164"],
    ["tags outside a flag", "a\u{e0061}\u{e0062}", "U+E0061"],
    ["a chain of variation selectors", "😀\ufe0f\ufe00\ufe01", "U+FE00"],
    ["a noncharacter", "a\ufffeb", "U+FFFE"],
    ["half a character", "a\ud83d", "half a character"],
  ])("with %s is refused, and the character named", (_, prompt, named) => {
    const { code, message } = refusalOf({ prompt });
    expect(code).toBe("prompt-characters");
    expect(message).toMatch(/^Expected a prompt without .*, got .*\.$/);
    expect(message).toContain(`got ${named}.`);
  });

  it("of a thousand and one characters, or of none, is refused; so are a source and a negative prompt", () => {
    expect(refusalOf({ prompt: "x".repeat(promptLimit + 1) }).code).toBe("prompt-too-long");
    expect(refusalOf({ prompt: "😀".repeat(promptLimit + 1) }).message).toContain("got 1001");
    expect(refusalOf({ prompt: "\u3000\u00a0" }).code).toBe("prompt-empty");
    expect(refusalOf({ source: "a\u200b" }).message).toContain("a source noun");
    expect(refusalOf({ negative: "x".repeat(promptLimit + 1) }).code).toBe("prompt-too-long");
    expect(ask({ source: " " }).source).toBeNull();
  });
});

describe("a setting", () => {
  it.each([
    ["anchors", 1, 64, 0, 65, 1.5],
    ["proposals", 1, 31, 0, 32, 1.5],
    ["seed", 0, 2 ** 32 - 1, -1, 2 ** 32, 0.5],
    ["steps", 1, 1000, 0, 1001, 1.5],
    ["budget", 2, 10_000, 1.99, 10_001, Number.NaN],
    ["strength", 0.01, 1, 0, 1.001, Number.NaN],
    ["guidance", 0, 50, -0.1, 50.1, Number.NaN],
    ["anchorSpacing", 0, 100_000, -1, 100_001, Number.NaN],
  ])("%s may be %d to %d", (name, low, high, ...wrong) => {
    for (const value of [low, high]) expect(ask({ settings: { [name]: value } })).toBeDefined();
    for (const value of [...wrong, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN]) {
      const { code, message } = refusalOf({ settings: { [name]: value } });
      expect({ value, code }).toEqual({ value, code: "setting-out-of-range" });
      expect(message).toMatch(/^Expected .* from .* to .*, got .*\.$/);
    }
  });

  it("that is a name is one of a few", () => {
    const { message } = refusalOf({ settings: { rank: "best" as "paper" } });
    expect(message).toBe(`Expected settings.rank to be one of guarded, paper, got "best".`);
    expect(refusalOf({ settings: { inpainter: "" } }).code).toBe("setting-out-of-range");
  });

  it.each([
    [{ left: -1, top: 0, width: 5, height: 5 }],
    [{ left: 0, top: 0.5, width: 5, height: 5 }],
    [{ left: 0, top: 0, width: 0, height: 5 }],
    [{ left: 0, top: 0, width: 5, height: Number.POSITIVE_INFINITY }],
  ])("that is a box is whole pixels from 0 on: not %o", (box) => {
    expect(refusalOf({ box }).message).toMatch(/^Expected the box's \w+ to be a whole number/);
  });
});
