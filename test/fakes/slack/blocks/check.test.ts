import { describe, expect, it } from "vitest";
import { problemsOfBlocks, problemsOfView } from "./check.ts";

const plain = (length: number) => ({ type: "plain_text", text: "x".repeat(length) });
const button = { type: "button", action_id: "a", text: plain(75), value: "v".repeat(2000) };
const input = (element: object) => ({ type: "input", label: plain(10), element });
const rich = (element: object) => ({
  type: "rich_text",
  elements: [{ type: "rich_text_section", elements: [element] }],
});
const fileInput = { type: "file_input", action_id: "f" };

describe("blocks of a message", () => {
  it("may go to the documented limits", () => {
    const blocks = [
      { type: "section", text: { type: "mrkdwn", text: "x".repeat(3000) } },
      {
        type: "actions",
        elements: Array.from({ length: 25 }, (_, at) => ({
          ...button,
          action_id: `a${at}`.padEnd(255, "x"),
        })),
      },
      { type: "image", alt_text: "a tree", slack_file: { id: "F1" }, title: plain(2000) },
      { type: "context", elements: [{ type: "mrkdwn", text: "seed 7" }] },
    ];
    expect(problemsOfBlocks(blocks)).toEqual([]);
  });

  it.each([
    ["51 blocks", Array(51).fill({ type: "divider" }), ""],
    ["a section of 3001 characters", [{ type: "section", text: plain(3001) }], "/0/text/text"],
    ["a section without text", [{ type: "section" }], "/0"],
    ["26 buttons", [{ type: "actions", elements: Array(26).fill(button) }], "/0/elements"],
    [
      "a label of 76",
      [{ type: "actions", elements: [{ ...button, text: plain(76) }] }],
      "/0/elements/0/text/text",
    ],
    [
      "a value of 2001",
      [{ type: "actions", elements: [{ ...button, value: "v".repeat(2001) }] }],
      "/0/elements/0/value",
    ],
    [
      "an action id of 256",
      [{ type: "actions", elements: [{ ...button, action_id: "a".repeat(256) }] }],
      "action_id",
    ],
    ["one action id twice", [{ type: "actions", elements: [button, button] }], "/0/elements/1/action_id"],
    ["one block id twice", Array(2).fill({ type: "divider", block_id: "b" }), "/1/block_id"],
    ["no alt text", [{ type: "image", slack_file: { id: "F1" } }], "/0/alt_text"],
    [
      "two sources of a picture",
      [{ type: "image", alt_text: "x", image_url: "https://x", slack_file: { id: "F" } }],
      "/0",
    ],
    ["an unknown field", [{ type: "divider", colour: "red" }], "/0"],
    ["rich text without text", [rich({ type: "text", text: "" })], "/0/elements/0/elements/0/text"],
    ["rich text in a colour", [rich({ type: "text", text: "x", style: { red: true } })], "/style"],
    ["a member without an id", [rich({ type: "user", user_id: "bob" })], "/0/elements/0/elements/0/user_id"],
    ["rich text that is mrkdwn", [{ type: "rich_text", elements: [{ type: "mrkdwn", text: "x" }] }], "/type"],
    ["an unknown style", [{ type: "actions", elements: [{ ...button, style: "secondary" }] }], "style"],
    ["a file input", [input(fileInput)], "/0/element"],
  ])("may not have %s", (_, blocks, pointer) => {
    const problems = problemsOfBlocks(blocks);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(`[json-pointer:/blocks`);
    expect(problems[0]).toContain(`${pointer}]`);
  });
});

describe("a modal", () => {
  const modal = { type: "modal", title: plain(24), submit: plain(24), blocks: [input(fileInput)] };

  it("takes a file input", () => {
    expect(problemsOfView(modal)).toEqual([]);
  });

  it.each([
    ["a title of 25", { title: plain(25) }, "/view/title/text"],
    ["inputs but no submit", { submit: undefined }, "/view"],
    ["private metadata of 3001", { private_metadata: "x".repeat(3001) }, "/view/private_metadata"],
    ["11 files", { blocks: [input({ ...fileInput, max_files: 11 })] }, "/view/blocks/0/element/max_files"],
    ["101 blocks", { blocks: Array(101).fill({ type: "divider" }) }, "/view/blocks"],
  ])("may not have %s", (_, change, pointer) => {
    const problems = problemsOfView({ ...modal, ...change });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(`[json-pointer:${pointer}]`);
  });
});
