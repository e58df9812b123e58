import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { languages, wordsIn } from "../../src/locales/words.ts";

const nounsIn = (path: string) =>
  readFileSync(new URL(`../../models/${path}`, import.meta.url), "utf8")
    .split("\n")
    .filter(Boolean);
const nouns = [...nounsIn("everyday-nouns.txt"), ...nounsIn("mini/nouns.txt")];

describe.each(languages.filter((language) => language !== "en"))(
  "what things are called in %s",
  (language) => {
    const words = wordsIn(language);

    it("is known of every noun that packs here have", () => {
      const sameAsEnglish = nouns.filter((noun) => words.noun(noun) === noun);
      expect(words.noun("gift")).not.toBe("gift");
      expect(sameAsEnglish.length).toBeLessThan(nouns.length / 8);
      for (const noun of nouns) expect(words.noun(noun)).toMatch(/\S/);
    });

    it("has no article, and leaves what it does not know", () => {
      expect(words.noun("a dog")).toBe(words.noun("dog"));
      expect(words.noun("quasar")).toBe("quasar");
    });
  },
);

it("keeps English as it is", () => {
  expect(wordsIn("en").noun("gift")).toBe("gift");
});
