import { describe, expect, it } from "vitest";
import { suggestionsFor } from "../../../../../src/bots/web/page/chat/completion.ts";
import type { PageCommand, PageOption } from "../../../../../src/bots/web/protocol.ts";

const option = (name: string, kind: PageOption["kind"], more: Partial<PageOption> = {}): PageOption => ({
  ...{ name, kind, description: `what ${name} is`, isRequired: false, maxLength: null, range: null },
  ...{ choices: [], ...more },
});
const commands: readonly PageCommand[] = [
  {
    name: "edit",
    description: "Edit a picture",
    options: [
      option("prompt", "text"),
      option("image", "picture"),
      option("seed", "whole", { range: [0, 9] }),
      option("where", "text", { choices: ["left", "right", "middle"] }),
      option("overlay", "flag"),
    ],
  },
  {
    name: "mentions",
    description: "Mentions",
    options: [option("do", "choice", { choices: ["on", "off"] })],
  },
  { name: "admin pause", description: "Pause", options: [option("lane", "text")] },
  { name: "admin move", description: "Move", options: [] },
];
const suggest = (line: string, caret = line.length) => suggestionsFor(line, caret, commands);
const labels = (line: string) => suggest(line).map(({ label }) => label);

describe("what a line can go on with", () => {
  it("is every command that begins like it", () => {
    expect(labels("/")).toEqual(["/edit", "/mentions", "/admin pause", "/admin move"]);
    expect(labels("/ADM")).toEqual(["/admin pause", "/admin move"]);
    expect(labels("/admin p")).toEqual(["/admin pause"]);
    expect(labels("/nothing")).toEqual([]);
  });

  it("is nothing of a sentence", () => {
    expect(labels("a big tree")).toEqual([]);
    expect(labels("and/or")).toEqual([]);
  });

  it("is an option that is not given yet; a picture is not typed", () => {
    expect(labels("/edit ")).toEqual(['prompt:"…"', "seed:0–9", "where:left|right|middle|…", "overlay"]);
    expect(labels("/edit overlay where:left seed:3 ")).toEqual(['prompt:"…"']);
    expect(labels("/edit se")).toEqual(["seed:0–9"]);
  });

  it("is nothing inside quotes, and what quotes hold names no option", () => {
    expect(labels('/edit "an overlay of s')).toEqual([]);
    expect(labels('/edit "seed:3 overlay" ')).toEqual([
      ...['prompt:"…"', "seed:0–9", "where:left|right|middle|…", "overlay"],
    ]);
  });

  it("is what is known of a text that may be something else too, also behind two dashes", () => {
    expect(labels("/edit where:")).toEqual(["left", "right", "middle"]);
    expect(labels("/edit WHERE:L")).toEqual(["left"]);
    expect(labels("/edit a red car --where ")).toEqual(["left", "right", "middle"]);
    expect(labels("/edit a red car --where=ri")).toEqual(["right"]);
    expect(labels("/edit where:10,20,")).toEqual([]);
    expect(labels('/edit prompt:"go" where:left ')).toEqual(["seed:0–9", "overlay"]);
  });

  it("is a choice's values, and nothing once one stands there", () => {
    expect(labels("/mentions do:")).toEqual(["on", "off"]);
    expect(labels("/mentions do:of")).toEqual(["off"]);
    expect(labels("/mentions do:off")).toEqual([]);
  });
});

describe("taking a suggestion over", () => {
  it("leaves a space after a command, and the caret there", () => {
    expect(suggest("/ed")[0]).toMatchObject({ line: "/edit ", caret: 6 });
  });

  it("puts the caret between the quotes of a text", () => {
    const [prompt] = suggest("/edit ");
    expect(prompt).toMatchObject({ line: '/edit prompt:""', caret: 14 });
  });

  it("puts no quotes around what can be listed, and leaves a space after it", () => {
    const where = suggest("/edit ").find(({ label }) => label.startsWith("where"));
    expect(where).toMatchObject({ line: "/edit where:", caret: 12 });
    expect(suggest("/edit a car --where mi")[0]).toMatchObject({
      line: "/edit a car --where middle ",
      caret: 27,
    });
  });

  it("keeps what stands behind the caret", () => {
    const [seed] = suggest("/edit se overlay", 8);
    expect(seed).toMatchObject({ line: "/edit seed: overlay", caret: 11 });
  });
});
