import { describe, expect, it } from "vitest";
import { usageOf } from "../../../src/bots/commands/command-spec.ts";
import { commands } from "../../../src/bots/commands/index.ts";
import { parseCommandText } from "../../../src/bots/commands/parse-text.ts";
import { idForms } from "../../../src/bots/slack/incoming/id-forms.ts";

const parse = (text: string) => parseCommandText(text, commands, idForms);
const understood = (name: string, options = {}) => ({ name, options, failure: null });

describe("a command typed as one line", () => {
  it.each([
    ["queue", understood("queue")],
    ["  HELP ", understood("help")],
    ["admin queue", understood("admin queue")],
    ["admin Pause cuda:0", understood("admin pause", { lane: "cuda:0" })],
    ["admin pause lane:cuda:0", understood("admin pause", { lane: "cuda:0" })],
    ["admin move abc123", understood("admin move", { job: "abc123" })],
    ["admin cancel all", understood("admin cancel", { all: true })],
    ["admin cancel <@U0BOB123|bob>", understood("admin cancel", { member: "U0BOB123" })],
    ["admin cancel member:<@W0BOB123>", understood("admin cancel", { member: "W0BOB123" })],
    ["admin block U0BOB123", understood("admin block", { member: "U0BOB123" })],
    [
      "admin limits waiting:3 per_day:20 member:<@U0BOB123|bob>",
      understood("admin limits", { waiting: 3, per_day: 20, member: "U0BOB123" }),
    ],
    ["admin limits waiting: 3 clear", understood("admin limits", { waiting: 3, clear: true })],
    [
      "admin limits per_day:0 <!subteam^S0TEAM1|@painters>",
      understood("admin limits", { per_day: 0, group: "S0TEAM1" }),
    ],
    ["admin channels allow <#C0LAWN|lawn>", understood("admin channels", { do: "allow", channel: "C0LAWN" })],
    ["admin channels list", understood("admin channels", { do: "list" })],
    ["admin words add foo bar", understood("admin words", { do: "add", word: "foo bar" })],
    ["admin words add “list”", understood("admin words", { do: "add", word: "list" })],
    ["admin words do:remove word:„foo bar“", understood("admin words", { do: "remove", word: "foo bar" })],
    ["admin audit 20", understood("admin audit", { last: 20 })],
    ['edit "a big tree" overlay', understood("edit", { prompt: "a big tree", overlay: true })],
    ["edit a big tree", understood("edit", { prompt: "a big tree" })],
    ["edit a dog: brown", understood("edit", { prompt: "a dog: brown" })],
    [
      "edit “a big tree” source:lawn seed:7 private:no",
      understood("edit", { prompt: "a big tree", source: "lawn", seed: 7, private: false }),
    ],
    ["edit it's a dog's day", understood("edit", { prompt: "it's a dog's day" })],
  ])("%s", (text, expected) => {
    expect(parse(text)).toEqual(expected);
  });
});

describe("a line that cannot be understood says what was expected and how it is typed", () => {
  it.each([
    ["", "unknown", "got nothing."],
    ["dance", "unknown", "got dance."],
    ["queu", "unknown", "got queu."],
    ["admin pasue", "incomplete", "got admin pasue."],
    ["admin", "incomplete", "got admin."],
    ["admin dance", "incomplete", "got admin dance."],
    ["admin move", "options", "Expected <job>, got nothing."],
    ["admin limits 3", "options", "got 3."],
    ["admin limits waiting:many", "options", "Expected [waiting:0–1000], got many."],
    ["admin limits waiting:1001", "options", "got 1001."],
    ["admin limits waiting:1 waiting:2", "options", "Expected one waiting, got 2."],
    ["admin block @bob", "options", "Expected <member:@name>, got @bob."],
    ["admin audit 0", "options", "got 0."],
    ["admin words", "options", "Expected <list|add|remove>, got nothing."],
    ["queue now", "options", "Expected nothing more, got now."],
    ["edit overlay", "options", "Expected <prompt>, got nothing."],
  ])("%s", (text, kind, problem) => {
    const { failure } = parse(text);
    expect(failure?.kind).toBe(kind);
    expect(failure?.problem).toContain(problem);
  });

  it("names the subcommands of an unfinished command", () => {
    expect(parse("admin").failure?.usages).toContain("admin words <list|add|remove> [word]");
  });
});

it("shows how every command is typed", () => {
  expect(commands.map(usageOf)).toContain(
    "admin limits [waiting:0–1000] [per_day:0–100000] [member:@name] [group:@group] [pack] [clear]",
  );
});

describe("a mistyped name is named, with the one that was most likely meant", () => {
  it.each([
    ["admin pasue", "admin pasue", "pause", ["admin pause [lane]"]],
    ["admin Resumee now", "admin Resumee", "resume", ["admin resume [lane]"]],
    ["queu", "queu", "queue", ["queue"]],
    ["hlep", "hlep", "help", ["help"]],
    ["adminn pause", "adminn", "admin", expect.arrayContaining(["admin pause [lane]"])],
    ["what can you do?", "what", null, []],
  ])("%s", (text, typed, meant, usages) => {
    expect(parse(text).failure).toMatchObject({ unknown: { typed, meant }, usages });
  });

  it("but not where nothing comes near", () => {
    const { failure } = parse("admin dance");
    expect(failure?.unknown).toEqual({ typed: "admin dance", meant: null });
    expect(failure?.usages).toContain("admin pause [lane]");
    expect(parse("admin").failure?.unknown).toBeNull();
  });
});
