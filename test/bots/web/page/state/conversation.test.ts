import { describe, expect, it } from "vitest";
import { isAddress } from "../../../../../src/bots/web/page/chat/address.ts";
import {
  entriesOf,
  jobMessages,
  withAnswer,
  withMessage,
  withMessages,
} from "../../../../../src/bots/web/page/state/conversation.ts";
import { pathOf, type Route, routeOf } from "../../../../../src/bots/web/page/state/route.ts";
import type { PageAnswer, PageMessage } from "../../../../../src/bots/web/protocol.ts";

const content = { names: {}, pictures: [], buttons: [] };
const message = (id: string, postedAt: number, job: string | null = null, author = false): PageMessage => ({
  ...{ ...content, id, room: "own", replyTo: null, postedAt, editedAt: null, reactions: {}, job },
  ...{ text: [id], author: author ? { id: "me", name: "me" } : null },
});
const answer = (id: string, at: number, replaces: string | null = null): PageAnswer => ({
  ...{ ...content, id, room: "own", to: "r", replaces, at, text: [id], layout: null, document: null },
});
const ids = (list: readonly { readonly id: string }[]) => list.map(({ id }) => id);

describe("what was said", () => {
  it("stands in the order in which it was said, however it comes", () => {
    const messages = [message("a", 1), message("c", 3)];
    expect(ids(withMessage(messages, message("b", 2)))).toEqual(["a", "b", "c"]);
    expect(ids(withMessages(messages, [message("z", 0), message("a", 1)]))).toEqual(["z", "a", "c"]);
    expect(entriesOf(messages, [answer("x", 2)]).map(({ key }) => key)).toEqual(["a", "x", "c"]);
  });

  it("stays in its place when it is edited", () => {
    const edited = { ...message("a", 1), text: ["other"] };
    expect(withMessage([message("a", 1), message("b", 2)], edited)[0]).toBe(edited);
  });

  it("has one answer in place of another", () => {
    const answers = [answer("a", 1), answer("b", 2)];
    expect(ids(withAnswer(answers, answer("c", 3, "a")))).toEqual(["c", "b"]);
    expect(ids(withAnswer(answers, answer("c", 3)))).toEqual(["a", "b", "c"]);
    expect(ids(withAnswer(answers, answer("b", 3)))).toEqual(["a", "b"]);
  });

  it("shows a job by the bot's first message of it", () => {
    const messages = [message("ask", 1, "j", true), message("a", 2, "j"), message("gallery", 3, "j")];
    expect([...jobMessages(messages)]).toEqual([["j", "a"]]);
  });
});

describe("an address", () => {
  it("of a view leads back to it", () => {
    const routes: Route[] = [{ view: "edits" }, { view: "job", job: "abc123" }, { view: "operator" }];
    for (const route of routes) expect(routeOf(pathOf(route))).toEqual(route);
    expect(routeOf("/e/../x")).toEqual({ view: "edits" });
  });

  it("of a picture is one of https, and nothing else", () => {
    expect(isAddress("https://example.org/a.png")).toBe(true);
    for (const text of ["http://example.org/a.png", "see https://example.org", "https://", "a tree"]) {
      expect(isAddress(text), text).toBe(false);
    }
  });
});
