import { afterAll, beforeAll, describe, expect, expectTypeOf, it } from "vitest";
import { commands } from "../../../src/bots/commands/index.ts";
import { type OptionsOf, readOptions } from "../../../src/bots/commands/read-options.ts";
import { type MemoryBot, startMemoryBot } from "../memory-bot.ts";

const specs = [
  { name: "job", kind: "text", maxLength: 40, isRequired: true },
  { name: "note", kind: "text", maxLength: 40 },
  { name: "image", kind: "picture", isRequired: true },
  { name: "last", kind: "whole", range: [1, 50] },
  { name: "do", kind: "choice", choices: ["add", "list"], isRequired: true },
  { name: "all", kind: "flag" },
  { name: "member", kind: "member" },
] as const;

describe("the options of a command", () => {
  it("are typed by their specs", () => {
    expectTypeOf<OptionsOf<typeof specs>>().toEqualTypeOf<{
      readonly job: string;
      readonly note: string | null;
      readonly last: number | null;
      readonly do: "add" | "list";
      readonly all: boolean;
      readonly member: string | null;
    }>();
  });

  it("are null or off where they were left out", () => {
    expect(readOptions(specs, { job: "a", do: "add" })).toEqual({
      options: { job: "a", note: null, last: null, do: "add", all: false, member: null },
      failure: null,
    });
  });

  it.each([
    ["one that is missing", { do: "add" }, null],
    ["another type", { job: 3, do: "add" }, "3"],
    ["a choice that there is not", { job: "a", do: "dance" }, "dance"],
    ["a number out of range", { job: "a", do: "add", last: 51 }, "51"],
    ["a fraction", { job: "a", do: "add", last: 1.5 }, "1.5"],
    ["a flag that is none", { job: "a", do: "add", all: "yes" }, "yes"],
    ["an empty id", { job: "a", do: "add", member: "" }, ""],
  ])("are refused with %s", (_what, raw, got) => {
    expect(readOptions(specs, raw)).toEqual({ failure: { got } });
  });
});

describe("a command", () => {
  let bot: MemoryBot;
  beforeAll(async () => {
    bot = await startMemoryBot();
  });
  afterAll(() => bot[Symbol.asyncDispose]());

  const send = (name: string, options = {}, member = {}) =>
    bot.chat.send({ kind: "command", name, options }, member);

  it("whose options do not fit is answered with how it is typed, and does nothing", async () => {
    const missing = await send("admin block", {}, { isAdmin: true });
    expect(missing.text).toBe("Something is missing there. Type it like this:\n/admin block <member:@name>");
    const wrong = await send("admin words", { do: "dance", word: "gun" }, { isAdmin: true });
    expect(wrong.text).toBe(
      "I do not understand dance there. Type it like this:\n/admin words <list|add|remove> [word]",
    );
    expect(await bot.store.settings.get("memory:w1", "blocked")).toBeUndefined();
    expect(await bot.store.audit.list("memory:w1", 10)).toEqual([]);
  });

  it.each(commands.filter(({ isForAdmins }) => isForAdmins).map(({ name }) => name))(
    "for admins is run for nobody else, whatever its options: %s",
    async (name) => {
      const { text, acknowledged } = await send(name, { do: "dance" });
      expect(text).toBe("That is for admins. /help shows what everybody can do.");
      expect(acknowledged).toBe("seen");
    },
  );

  it("that is every member's is named by /help", async () => {
    const { text } = await send("help");
    const everybodys = commands.filter((each) => !each.isForAdmins && each.name !== "help");
    for (const { name } of everybodys) {
      expect(text, name).toContain(`/${name}`);
    }
  });

  it("has a name of its own", () => {
    expect(new Set(commands.map(({ name }) => name)).size).toBe(commands.length);
  });
});
