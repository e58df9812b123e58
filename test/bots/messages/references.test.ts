import { describe, expect, it } from "vitest";
import { createReferences } from "../../../src/bots/messages/references.ts";

const references = createReferences(new Uint8Array(32).fill(7));
const job = "abcdefgh23456789";

describe("button references", () => {
  it("read what they wrote, in at most 100 characters", () => {
    const id = references.write("show", job, 8);
    expect(id.length).toBeLessThanOrEqual(100);
    expect(references.read(id)).toEqual({ action: "show", subject: job, argument: 8 });
  });

  it.each([
    ["another action", (id: string) => id.replace(".show.", ".delete.")],
    ["another job", (id: string) => id.replace("abcd", "abce")],
    ["another rank", (id: string) => id.replace(".8.", ".7.")],
    ["another signature", (id: string) => `${id.slice(0, -2)}AA`],
    ["a shorter signature", (id: string) => id.slice(0, -4)],
    ["nothing", () => ""],
    ["another bot's id", () => "accept_rules"],
  ])("refuse %s", (_, forge) => {
    expect(() => references.read(forge(references.write("show", job, 8)))).toThrow(/button of this bot/);
  });

  it("refuse what another store signed", () => {
    const other = createReferences(new Uint8Array(32).fill(8));
    expect(() => references.read(other.write("show", job, 1))).toThrow(/button of this bot/);
  });
});
