import { describe, expect, it } from "vitest";
import { editOptionsFor, nothingOffered } from "../../../src/bots/commands/edit.ts";
import { commandsFor } from "../../../src/bots/commands/index.ts";
import {
  choicesOf,
  partOf,
  readOptionWords,
  readWords,
  wordsOf,
} from "../../../src/bots/intake/edit-options.ts";
import { parseEditRequest } from "../../../src/request.ts";

const offer = {
  packs: ["mini", "sd15"],
  styles: ["ink"],
  methods: ["regions", "diffedit", "masactrl-mask"],
} as const;
const options = editOptionsFor(offer);

describe("options among the words of a message", () => {
  it.each([
    ["make it night --method diffedit", "make it night", { method: "diffedit" }],
    ["--method=DiffEdit make it night", " make it night", { method: "diffedit" }],
    ["make it --method masactrl-mask night", "make it night", { method: "masactrl-mask" }],
    ["a method of painting", "a method of painting", {}],
    ["a tree --no people, text --seed 7", "a tree", { negative: "people, text", seed: 7 }],
    ['a tree --no "people, text" in spring', "a tree in spring", { negative: "people, text" }],
    ["a tree --negative “people”", "a tree", { negative: "people" }],
    ["a tree -- no people", "a tree -- no people", {}],
    ["a tree--no people", "a tree--no people", {}],
    ["a --nonsense tree", "a --nonsense tree", {}],
  ])("%s", (typed, text, choices) => {
    expect(readWords(typed, options)).toEqual({ text, choices });
  });

  it("are written as they are read", () => {
    const choices = { negative: "people, text", source: "dog", seed: 7 };
    expect(readWords(wordsOf(choices, options), options)).toEqual({ text: "", choices });
  });

  it.each([
    ["--metod diffedit", { code: "option-unknown", got: "--metod", options: ["--method"] }],
    [
      "--method null-text",
      { code: "choice-not-offered", option: "method", got: "null-text", choices: offer.methods },
    ],
  ])("that are wrong are refused: %s", (typed, reason) => {
    expect(() => readWords(`a tree ${typed}`, options)).toThrow(expect.objectContaining({ reason }));
  });

  it.each([
    ["--strength", "--strength", ["touch", "some", "all"]],
    ["--strength --where left", "--strength", ["touch", "some", "all"]],
    ["--no", "--no", []],
    ["--negative= --seed 7", "--no", []],
  ])("behind which nothing stands are refused: %s", (typed, got, values) => {
    expect(() => readWords(`a tree ${typed}`, options)).toThrow(
      expect.objectContaining({ reason: { code: "option-without-value", got, values } }),
    );
  });

  it("are all that a field for options may hold", () => {
    expect(readOptionWords(" --seed 7 ", options)).toEqual({ seed: 7 });
    expect(() => readOptionWords("seed 7", options)).toThrow(
      expect.objectContaining({ reason: expect.objectContaining({ code: "option-unknown", got: "seed 7" }) }),
    );
  });
});

describe("an option among one", () => {
  it("is no option of /edit, and is refused with no choice named", () => {
    for (const methods of [[], ["diffedit"]] as const) {
      const edit = commandsFor({ ...nothingOffered, methods }).find(({ name }) => name === "edit");
      expect(edit?.options.map(({ name }) => name)).not.toContain("method");
      expect(() =>
        readWords("a tree --method regions", editOptionsFor({ ...nothingOffered, methods })),
      ).toThrow(expect.objectContaining({ reason: expect.objectContaining({ choices: [] }) }));
    }
  });
});

it("a request is made of what was chosen, and says what that was", () => {
  const choices = { negative: "people", source: "dog", seed: 7, pack: "mini", method: "diffedit" };
  const request = parseEditRequest({ image: "x", prompt: "a tree", ...partOf(choices, options) });
  expect(choicesOf({ request }, options)).toEqual(choices);
  expect(choicesOf({ request }, options, "result")).toEqual({
    ...{ negative: "people", pack: "mini", method: "diffedit" },
  });
});
