import { describe, expect, it } from "vitest";
import { seemsEnglish } from "../../../src/bots/intake/english.ts";
import { openPack } from "../../../src/packs/open.ts";
import { vocabularyOf } from "../../../src/packs/vocabulary.ts";

const roots = [new URL("../../../models", import.meta.url).pathname];
const known = await vocabularyOf(await openPack("mini", { roots }));

describe("a prompt", () => {
  it.each([
    "a big tree with many flowers",
    "red car",
    "sunflowers",
    "two dogs on the beach",
    "Porsche at night",
    "🌳",
    "7",
    "",
  ])("is taken for English: %j", (text) => {
    for (const locale of ["en-US", "de", "fr"]) expect(seemsEnglish(text, { known, locale })).toBe(true);
  });

  it.each([
    "ein großer Baum mit vielen Blumen",
    "un chien avec une couronne",
    "un árbol con flores",
    "een grote boom",
    "большое дерево",
    "大きな木",
    "ដើមឈើធំ",
    "شجرة كبيرة",
  ])("is taken for another language, wherever it comes from: %s", (text) => {
    for (const locale of ["en-US", "de"]) expect(seemsEnglish(text, { known, locale })).toBe(false);
  });

  it("without a known word is foreign to a member whose chat is not English", () => {
    expect(seemsEnglish("Blumen", { known, locale: "de" })).toBe(false);
    expect(seemsEnglish("zeppelin", { known, locale: "en-GB" })).toBe(true);
    expect(seemsEnglish("Blumen", { known: new Set(), locale: "de" })).toBe(true);
  });
});
