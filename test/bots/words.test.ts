import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { IntlMessageFormat } from "intl-messageformat";
import { describe, expect, it } from "vitest";
import { editOptionsFor, nothingOffered } from "../../src/bots/commands/edit.ts";
import { commands } from "../../src/bots/commands/index.ts";
import { en, type MessageKey } from "../../src/locales/en.ts";
import { plainTextOf } from "../../src/locales/rich-text.ts";
import { catalogues, wordsIn } from "../../src/locales/words.ts";

const keys = Object.keys(en) as MessageKey[];
/** Names of values and marks in a message, through all its branches. */
function namesIn(message: string): string[] {
  const names = new Set<string>();
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) for (const each of node) visit(each);
    else if (node instanceof Object) {
      const { type, value } = node as { type?: number; value?: unknown };
      if (type !== undefined && type !== 0 && typeof value === "string")
        names.add(`${type === 8 ? "mark " : ""}${value}`);
      for (const each of Object.values(node)) visit(each);
    }
  };
  visit(new IntlMessageFormat(message, "en").getAst());
  return [...names].sort();
}

describe.each(Object.keys(catalogues))("the catalogue %s", (locale) => {
  const catalogue = catalogues[locale] ?? en;

  it("has every message of the English one, with the same values and marks", () => {
    expect(Object.keys(catalogue)).toEqual(keys);
    for (const key of keys) {
      expect(namesIn(catalogue[key]), key).toEqual(namesIn(en[key]));
    }
  });

  it("formats every message", () => {
    for (const key of keys) {
      const names = namesIn(catalogue[key]);
      const values = Object.fromEntries(names.map((name) => [name, numeric.has(name) ? 3 : "x"]));
      expect(wordsIn(locale).say(key, values).length, key).toBeGreaterThan(0);
    }
  });

  it("keeps within what platforms allow for commands, buttons and modals", () => {
    for (const key of keys.filter((each) => /^(command|option)\./.test(each))) {
      expect(catalogue[key].length, key).toBeLessThanOrEqual(100);
    }
    for (const key of keys.filter((each) => each.startsWith("button."))) {
      expect(catalogue[key].length, key).toBeLessThanOrEqual(75);
    }
    const short = /^modal\.((edit|again|settings)\.title|(settings\.)?submit)$/;
    for (const key of keys.filter((each) => short.test(each))) {
      expect(catalogue[key].length, key).toBeLessThanOrEqual(24);
    }
    for (const key of keys.filter((each) => /^modal\.\w+$/.test(each) && !short.test(each))) {
      expect(catalogue[key].length, key).toBeLessThanOrEqual(45);
    }
  });
});

const numeric = new Set(
  "count low high deniedCount position percent waiting perDay done failed cancelled undeliverable megabytes limit jobs days rank".split(
    " ",
  ),
);

it("describes every command and option", () => {
  for (const { spec } of editOptionsFor(nothingOffered))
    expect(en, spec.name).toHaveProperty([`modal.${spec.name}`]);
  for (const { name, options } of commands) {
    expect(en, name).toHaveProperty([`command.${name}`]);
    for (const option of options) expect(en, option.name).toHaveProperty([`option.${option.name}`]);
  }
});

it("has no message that nothing says", () => {
  const sources = readdirSync("src/bots", { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8"))
    .join();
  const composed =
    /^(command|option|choice|modal\.options|phase|where|permission|time|warning|page\.(health|look|room|settings\.safety))\./;
  const fields = editOptionsFor(nothingOffered).map(({ spec }) => `modal.${spec.name}`);
  const isSaid = (key: MessageKey) => composed.test(key) || fields.includes(key);
  expect(keys.filter((key) => !isSaid(key) && !sources.includes(`"${key}"`))).toEqual([]);
});

describe("words", () => {
  it("are those of the language where a region is not known, and English else", () => {
    expect(wordsIn("de-AT").locale).toBe("de");
    expect(wordsIn("pt-BR").locale).toBe("en");
  });

  it("never read a value as markup", () => {
    const text = wordsIn("en").say("job.cancelled", { prompt: "<b>{bold}</b> # ''", for: [], by: "none" });
    expect(text).toEqual(["🚫 ", { bold: ["<b>{bold}</b> # ''"] }, "\nCancelled."]);
  });

  it("carry rich values", () => {
    const text = wordsIn("en").say("admin.blocked", { who: { member: "U1" } });
    expect(text).toContainEqual({ member: "U1" });
    expect(plainTextOf(text)).toBe("@U1 can ask for no more edits here.");
  });

  it("say durations as a person would", () => {
    const { duration } = wordsIn("en");
    expect([1, 13, 44, 89, 100, 3000, 10_000].map(duration)).toEqual([
      "1 second",
      "13 seconds",
      "45 seconds",
      "90 seconds",
      "2 minutes",
      "50 minutes",
      "3 hours",
    ]);
  });
});

it("every emoji on a button or as a reaction is one that Unicode recommends, as Discord asks", () => {
  const texts = ["job.ts", "result-buttons.ts"].map((file) =>
    readFileSync(join(import.meta.dirname, "../../src/bots/messages", file), "utf8"),
  );
  // Whatever is quoted and has no letter, no space and no punctuation of plain text in it.
  const symbols = texts.flatMap((text) =>
    [...text.matchAll(/"([^"]+)"/g)]
      .map(([, found = ""]) => found)
      .filter((found) => /^[^\w\s.,:;()/-]+$|\u20e3/u.test(found)),
  );
  expect(symbols.length).toBeGreaterThan(10);
  expect(symbols.filter((symbol) => !/^[█░]$|^\p{RGI_Emoji}$/v.test(symbol))).toEqual([]);
});
