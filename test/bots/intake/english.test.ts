import { describe, expect, it } from "vitest";
import { seemsEnglish } from "../../../src/bots/intake/english.ts";
import { forgetTold, tellOnce } from "../../../src/bots/intake/told.ts";
import { openPack } from "../../../src/packs/open.ts";
import { vocabularyOf } from "../../../src/packs/vocabulary.ts";
import type { SettingsStore } from "../../../src/store/settings.ts";
import { alice, general } from "../memory-chat.ts";

const roots = [new URL("../../../models", import.meta.url).pathname];
const known = await vocabularyOf(await openPack("mini", { roots }));

describe("a prompt", () => {
  it.each([
    "a big tree with many flowers",
    "red car",
    "sunflowers",
    "two dogs on the beach",
    "Porsche at night",
    "a van",
    "a van parked at the café del mar",
    "🌳",
    "7",
    "",
  ])("is taken for English: %j", (text) => {
    for (const locale of ["en-US", "de", "fr"]) expect(seemsEnglish(text, { known, locale })).toBe(true);
  });

  it.each([
    "ein großer Baum mit vielen Blumen",
    "ein großer Baum".normalize("NFD"),
    "ein big Baum mit vielen Blumen",
    "on voit un chat et une souris",
    "un perro sin collar y no un gato con sombrero",
    "un chien avec une couronne",
    "un árbol con flores",
    "een grote boom",
    "большое дерево",
    "大きな木",
    "ដើមឈើធំ",
    "شجرة كبيرة",
    "பெரிய மரம்",
    "ফুলসহ একটি বড় গাছ",
    "ต้นไม้ใหญ่",
    "ein Hund 👩‍👩‍👧 mit der Katze",
  ])("is taken for another language, wherever it comes from: %s", (text) => {
    for (const locale of ["en-US", "de"]) expect(seemsEnglish(text, { known, locale })).toBe(false);
  });

  it("without a known word is foreign to a member whose chat is not English", () => {
    expect(seemsEnglish("Blumen", { known, locale: "de" })).toBe(false);
    expect(seemsEnglish("zeppelin", { known, locale: "en-GB" })).toBe(true);
    expect(seemsEnglish("Blumen", { known: new Set(), locale: "de" })).toBe(true);
  });
});

it("what is told once is kept beside the settings of workspaces, until it is forgotten", async () => {
  const kept = new Map<string, unknown>();
  const settings: SettingsStore = {
    get: async (scope, name) => kept.get(`${scope} ${name}`),
    all: async () => kept,
    set: async (scope, name, value) => void kept.set(`${scope} ${name}`, value),
  };
  const asker = { member: alice, place: general };
  expect(await tellOnce(settings, asker, "english")).toBe(true);
  expect(await tellOnce(settings, asker, "english")).toBe(false);
  expect([...kept.keys()].filter((key) => key.startsWith("memory:"))).toEqual([]);
  await forgetTold(settings, asker);
  expect(await tellOnce(settings, asker, "english")).toBe(true);
});
