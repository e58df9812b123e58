import { describe, expect, it } from "vitest";
import { limitsOf } from "../../../src/bots/intake/settings.ts";
import { tidyPrompt } from "../../../src/bots/intake/typed-text.ts";

const standard = { waiting: 5, perDay: 50 };
const member = { id: "m", name: "M", locale: "en", isAdmin: false, groups: ["g1", "g2"] };

describe("limits", () => {
  it("are the member's own, else the most generous group's, else everybody's, else the standard ones", () => {
    const set = {
      all: { perDay: 10 },
      members: { m: { waiting: 1 } },
      groups: { g1: { perDay: 20 }, g2: { perDay: 30 }, g3: { perDay: 99 } },
    };
    expect(limitsOf(member, set, standard)).toEqual({ waiting: 1, perDay: 30 });
    expect(limitsOf({ ...member, id: "other", groups: [] }, set, standard)).toEqual({
      waiting: 5,
      perDay: 10,
    });
  });
});

describe("a prompt from a chat", () => {
  it.each([
    ['"a tree"', "a tree"],
    ["“a tree”", "a tree"],
    ["„a tree“", "a tree"],
    ["« a tree »", "a tree"],
    ["'a tree'", "a tree"],
    ["‘a tree’", "a tree"],
    ["a “big” tree", "a “big” tree"],
    ['"a" and "b"', '"a" and "b"'],
    ["the dog's tree", "the dog's tree"],
    ["a\n\n tree\twith  flowers", "a tree with flowers"],
    ["ដើមឈើ\u200bធំ\u200b មួយ", "ដើមឈើធំ មួយ"],
    ["a\u200b tr\u202eee\u0007", "a tree"],
    ["a family 👨‍👩‍👧 and a ❤️", "a family 👨‍👩‍👧 and a ❤️"],
  ])("%j reads %j", (text, prompt) => {
    expect(tidyPrompt(text)).toBe(prompt);
  });
});
