import { describe, expect, it } from "vitest";
import { warningLines } from "../../../src/bots/messages/warnings.ts";
import { plainTextOf } from "../../../src/locales/rich-text.ts";
import { languages, wordsIn } from "../../../src/locales/words.ts";
import { type Warning, type WarningData, warning } from "../../../src/warnings.ts";

const linesOf = (warnings: readonly Warning[], language = "en") =>
  warningLines({ warnings }, wordsIn(language)).map((line) => plainTextOf(line));
const unknownWords = (data: Partial<WarningData["words-unknown"]>) =>
  warning("words-unknown", { pack: "mini", taken: [], unknown: [], more: 0, ...data });

const zebra = { word: "zebra", as: "horse" };
const spaceship = { word: "spaceship", as: "rocket" };

describe("words that a pack does not know", () => {
  it.each([
    [{ taken: [zebra] }, "I do not know zebra and took it for horse."],
    [
      { taken: [zebra], unknown: ["driving"] },
      "I do not know zebra and took it for horse, and did not know driving.",
    ],
    [
      { taken: [zebra, spaceship], unknown: ["driving"] },
      "I took zebra for horse and spaceship for rocket, and did not know driving.",
    ],
    [{ unknown: ["driving", "singing"] }, "I do not know driving and singing."],
    [{ unknown: ["driving"], more: 2 }, "I do not know driving and 2 more words."],
  ])("are told with what each was taken for: %j", (data, text) => {
    expect(linesOf([unknownWords(data)])).toEqual([`${text} The picture may show something else.`]);
  });

  it.each(languages)("are told in %s, those taken and those not", (language) => {
    const [line = ""] = linesOf(
      [unknownWords({ taken: [zebra, spaceship], unknown: ["driving"] })],
      language,
    );
    for (const word of ["zebra", "horse", "spaceship", "rocket", "driving"]) expect(line).toContain(word);
  });

  it("are never read as markup", () => {
    expect(linesOf([unknownWords({ unknown: ["<b>{x}"] })])[0]).toContain("I do not know <b>{x}.");
  });

  it("are told without their names where a stored result has none", () => {
    const text = 'The pack mini does not know "zebra" and takes it for "horse". It may paint something else.';
    expect(linesOf([{ code: "words-unknown", text }])).toEqual([
      "This model does not know every word of the sentence. It guessed; the picture may show something else.",
    ]);
  });
});

it("what a member can do nothing about is not told", () => {
  expect(linesOf([warning("results-fewer", { results: 2, anchors: 3 })])).toEqual([]);
});

describe("what is to be replaced", () => {
  it.each(languages)("is named in %s where it is a guess", (language) => {
    const guess = warning("source-uncertain", { noun: "cactus", confidence: 0.4 });
    const [line = ""] = linesOf([guess], language);
    expect(line).toContain(wordsIn(language).noun("cactus"));
    // A stored result of before has no noun.
    expect(linesOf([{ code: "source-uncertain", text: "" }], language)[0]).not.toContain("{");
  });

  it.each(languages)("is said in %s to have no name", (language) => {
    expect(linesOf([warning("source-unknown", {})], language)).toHaveLength(1);
  });
});
