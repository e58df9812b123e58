import { describe, expect, it } from "vitest";
import { commandsFor } from "../../../src/bots/commands/index.ts";
import { methodOf, readMethod } from "../../../src/bots/intake/method.ts";

describe("the method of an edit", () => {
  it("is the first that the operator named where none was chosen, and the pack's own where none was named", () => {
    expect(methodOf(null, ["diffedit", "regions"])).toBe("diffedit");
    expect(methodOf(null, [])).toBeNull();
  });

  it("is what was chosen, if that is offered", () => {
    expect(methodOf("regions", ["diffedit", "regions"])).toBe("regions");
    for (const [chosen, offered, told] of [
      ["masactrl", ["diffedit", "regions"], ["diffedit", "regions"]],
      ["diffedits", ["diffedit", "regions"], ["diffedit", "regions"]],
      ["diffedit", ["regions"], []],
      ["diffedit", [], []],
    ] as const) {
      expect(() => methodOf(chosen, offered)).toThrow(
        expect.objectContaining({ reason: { code: "method-not-offered", methods: told } }),
      );
    }
  });

  it("is an option of /edit where there is a choice alone", () => {
    const optionsOf = (methods: Parameters<typeof commandsFor>[0]) =>
      commandsFor(methods).find(({ name }) => name === "edit")?.options ?? [];
    for (const methods of [[], ["diffedit"]] as const)
      expect(optionsOf(methods).map(({ name }) => name)).not.toContain("method");
    expect(optionsOf(["regions", "diffedit"]).at(-1)).toEqual({
      name: "method",
      kind: "choice",
      choices: ["regions", "diffedit"],
    });
  });
});

describe("a method among the words of a message", () => {
  it.each([
    ["make it night --method diffedit", "make it night", "diffedit"],
    ["--method=DiffEdit make it night", " make it night", "diffedit"],
    ["make it --method masactrl-mask night", "make it night", "masactrl-mask"],
    ["a method of painting", "a method of painting", null],
    ["make it night --methods diffedit", "make it night --methods diffedit", null],
    ["make it night --method", "make it night --method", null],
  ])("%s", (typed, text, method) => {
    expect(readMethod(typed)).toEqual({ text, method });
  });
});
