import { expect, it } from "vitest";
import { problemsOfLimits } from "./limits.ts";
import { type BodyName, problemsOfBody } from "./schemas.ts";

const button = (over: object = {}) => ({ type: 2, style: 2, custom_id: "a", label: "x", ...over });
const row = (over: object, ...components: object[]) => ({ type: 1, components, ...over });
const input = { type: 4, custom_id: "t", style: 1 };
const menu = (values: readonly string[], over: object = {}) => ({
  type: 3,
  custom_id: "s",
  options: values.map((value) => ({ label: "l", value })),
  ...over,
});
const message = (components: object[]) => ["messageCreate", { content: "x", components }] as const;
const ofComponents = (components: object[], content?: string) =>
  ["messageCreate", { flags: 1 << 15, components, ...(content ? { content } : {}) }] as const;
const modal = (component: object) => {
  const components = [{ type: 18, label: "l", component }];
  return ["callback", { type: 9, data: { custom_id: "m", title: "t", components } }] as const;
};
const problemsOf = ([name, body]: readonly [BodyName, object]) => [
  ...problemsOfBody(name, body),
  ...problemsOfLimits(name, body),
];

it("messages and modals may go to the limits", () => {
  const buttons = ["a", "b", "c", "d", "e"].map((id) =>
    button({ custom_id: id.repeat(100), label: "x".repeat(80), emoji: { name: "1️⃣" } }),
  );
  expect(problemsOf(message([row({ id: 2 ** 30 }, ...buttons)]))).toEqual([]);
  expect(problemsOf(modal({ ...input, value: "xx", max_length: 2 }))).toEqual([]);
  expect(problemsOf(modal(menu(["a", "b"], { min_values: 0, max_values: 2 })))).toEqual([]);
});

it.each([
  ["six buttons in a row", message([row({}, ...Array.from({ length: 6 }, () => button()))]), "components"],
  ["a button's id of 101", message([row({}, button({ custom_id: "x".repeat(101) }))]), "custom_id"],
  ["an arrow for an emoji", message([row({}, button({ emoji: { name: "⤢" } }))]), "emoji.name"],
  ["letters for an emoji", message([row({}, button({ emoji: { name: "tree" } }))]), "emoji.name"],
  ["a label of 81", message([row({}, button({ label: "x".repeat(81) }))]), "label"],
  [
    "one component id twice",
    message([row({ id: 9 }, button()), row({ id: 9 }, button({ custom_id: "b" }))]),
    "components.1.id",
  ],
  ["content beside components", ofComponents([], "x"), "flags"],
  ["text displays without their flag", message([{ type: 10, content: "x" }]), "components.0"],
  [
    "41 components",
    ofComponents(Array.from({ length: 41 }, () => ({ type: 10, content: "x" }))),
    "components",
  ],
  [
    "4,001 characters in its components",
    ofComponents([{ type: 10, content: "x".repeat(4001) }]),
    "components",
  ],
  ["a text longer than its input takes", modal({ ...input, value: "xxx", max_length: 2 }), "component.value"],
  ["more choices than options", modal(menu(["a"], { max_values: 2 })), "component.max_values"],
  ["one option twice", modal(menu(["a", "a"])), "component.options"],
  ["26 options", modal(menu(Array.from({ length: 26 }, (_, index) => `${index}`))), "options"],
])("nothing may have %s", (_, body, at) => {
  expect(problemsOf(body).map((problem) => problem.at)).toContainEqual(expect.stringContaining(at));
});
