import { describe, expect, it } from "vitest";
import { markdownOf } from "../../../src/bots/discord/outgoing/markup.ts";
import { messageBodyOf } from "../../../src/bots/discord/outgoing/message-body.ts";

describe("text for Discord", () => {
  const id = "123456789012345678";

  it("draws bold, italic, code, members, roles and channels", () => {
    const form = [{ bold: ["a"] }, " ", { italic: ["b"] }, " ", { code: "/edit" }];
    expect(markdownOf([...form, " ", { member: id }, " ", { group: id }, " ", { channel: id }])).toBe(
      `**a** _b_ \`/edit\` <@${id}> <@&${id}> <#${id}>`,
    );
    expect(markdownOf([{ group: "everyone" }])).toBe("\\@everyone");
  });

  it("calls those whom a text calls, and nobody else", async () => {
    const text = [
      "for ",
      { call: id },
      { bold: ["and ", { call: id }] },
      { member: "223456789012345678" },
      "<@1>",
    ];
    const { body } = await messageBodyOf({ text, pictures: [], buttons: [] });
    expect(body.allowed_mentions).toEqual({ parse: [], replied_user: false, users: [id] });
    expect(body.content).toContain(`for <@${id}>`);
  });

  it("nests marks", () => {
    expect(markdownOf([{ bold: ["a ", { italic: ["b"] }] }])).toBe("**a _b_**");
  });

  it.each([
    ["**bold**", "\\*\\*bold\\*\\*"],
    ["__under__ ~~gone~~ ||hidden||", "\\_\\_under\\_\\_ \\~\\~gone\\~\\~ \\|\\|hidden\\|\\|"],
    ["@everyone", "\\@everyone"],
    ["<@1> <@&2> <#3>", "\\<\\@1\\> \\<\\@&2\\> \\<#3\\>"],
    ["<:cat:123456789012345678>", "\\<\\:cat:123456789012345678\\>"],
    ["</edit:123456789012345678> <t:1>", "\\</edit:123456789012345678\\> \\<t:1\\>"],
    ["[a](http://x)", "\\[a\\](http\\://x)"],
    ["https://x.y", "https\\://x.y"],
    [":smile: 10:30", "\\:smile: 10:30"],
    ["`code`", "\\`code\\`"],
    ["```js\nx```", "\\`\\`\\`js\nx\\`\\`\\`"],
    ["# big", "\\# big"],
    ["-# small", "\\-# small"],
    ["> quote", "\\> quote"],
    ["a\n# b\n  - c\n* d\n+ e", "a\n\\# b\n  \\- c\n\\* d\n\\+ e"],
    ["1. one\n22) two\n3.5", "1\\. one\n22\\) two\n3\\.5"],
    ["a-b #c 1.5", "a-b #c 1.5"],
    ["\\*", "\\\\\\*"],
  ])("keeps %j inert", (typed, sent) => {
    expect(markdownOf([typed])).toBe(sent);
  });

  it("keeps a heading inert that is put together from several parts", () => {
    expect(markdownOf(["a\n", "  ", "# b"])).toBe("a\n  \\# b");
    expect(markdownOf(["1", ". b"])).toBe("1\\. b");
    expect(markdownOf([{ code: "x" }, "# b"])).toBe("`x`# b");
  });

  it("lets no backtick end code", () => {
    expect(markdownOf([{ code: "a`b``c```" }])).toBe("`aˋbˋˋcˋˋˋ`");
    expect(markdownOf([{ code: "a\n\nb" }, { code: " " }])).toBe("`a b`");
  });

  it("moves white space out of marks, and draws no empty ones", () => {
    expect(markdownOf([{ bold: [" a "] }, { italic: [] }, { bold: [" "] }])).toBe(" **a**  ");
  });

  it("names nobody whose id is none", () => {
    expect(markdownOf([{ member: "everyone" }, { member: "1> @here" }])).toBe("\\@everyone\\@1\\> \\@here");
  });

  it("cuts to the limit with an ellipsis, and closes every mark", () => {
    expect(markdownOf([{ bold: ["abcdef"] }], 8)).toBe("**abc…**");
    expect(markdownOf(["ab", { code: "cdef" }], 6)).toBe("ab`c…`");
    expect(markdownOf(["ab", { bold: ["cdef"] }], 7)).toBe("ab…");
    expect(markdownOf(["*****"], 5)).toBe("\\*\\*…");
    expect(markdownOf(["👍👍👍"], 4)).toBe("👍…");
    expect(markdownOf(["abc"], 3)).toBe("abc");
  });

  it("stays within 2,000 characters whatever is typed", () => {
    const typed = ["*".repeat(3000), { bold: ["_".repeat(3000), { code: "`".repeat(3000) }] }] as const;
    const sent = markdownOf(typed);
    expect(sent.length).toBeLessThanOrEqual(2000);
    expect(sent.endsWith("…")).toBe(true);
  });
});
