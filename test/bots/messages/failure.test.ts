import { describe, expect, it } from "vitest";
import { failureOfCode, failureText } from "../../../src/bots/messages/failure.ts";
import type { RefusalReason } from "../../../src/bots/refusal.ts";
import { type EditError, errorCodes } from "../../../src/errors.ts";
import { plainTextOf } from "../../../src/locales/rich-text.ts";
import { languages, wordsIn } from "../../../src/locales/words.ts";
import { parseEditRequest } from "../../../src/request.ts";

const typed = (command: string) => `/bot ${command}`;
const english = (failure: Parameters<typeof failureText>[0]) =>
  plainTextOf(failureText(failure, wordsIn("en"), { typed }));

describe.each(languages)("a failure in %s", (language) => {
  it.each(errorCodes)("has words: %s", (code) => {
    const text = plainTextOf(failureText(failureOfCode(code, "abc"), wordsIn(language), { typed }));
    expect(text).toMatch(/\S/);
  });
});

describe("a refusal", () => {
  it.each<[RefusalReason, string]>([
    [
      { code: "limit-waiting", count: 2 },
      "You have 2 jobs waiting or running, which is the limit here. When one is done, send the next.",
    ],
    [
      { code: "limit-per-day", count: 3, againSeconds: 7200 },
      "You have used your 3 edits of 24 hours. The next one is possible in about 2 hours.",
    ],
    [
      { code: "limit-per-day", count: 0, againSeconds: null },
      "Edits are turned off for you here. Ask an admin about it.",
    ],
    [{ code: "channel-refused", channels: [] }, "I do not answer in this channel. Ask an admin where I do."],
    [{ code: "channel-refused", channels: ["a", "b"] }, "I do not answer in this channel. Try #a, #b."],
    [{ code: "attachment-too-large", maxBytes: 25_000_000 }, "The file is too large: at most 25 MB."],
  ])("is told with its data: %o", (reason, text) => {
    expect(english(reason)).toBe(text);
  });

  it("names commands as they are typed there", () => {
    expect(english({ code: "not-allowed", reference: null })).toContain("/bot help");
  });

  it("that comes without the data that its words need is a fault of ours", () => {
    expect(english(failureOfCode("limit-waiting", "abc"))).toContain("the log names it as abc");
  });
});

it("names the setting that is out of range", () => {
  const told = (settings: Parameters<typeof parseEditRequest>[0]["settings"]) => {
    try {
      parseEditRequest({ image: "source", prompt: "a tree", settings });
    } catch (error) {
      const { code, setting } = error as EditError;
      return english(failureOfCode(code, null, setting));
    }
    return "";
  };
  expect(told({ steps: 0 })).toMatch(/^The number of steps is out of range\. /);
  expect(told({ seed: -1 })).toMatch(/^The seed is out of range\. /);
  expect(told({ anchors: 0 })).toMatch(/^Something in this request is out of range\. /);
  expect(english(failureOfCode("box-outside-picture", null))).toMatch(
    /^The area lies outside the picture, or is none: it is left,top,width,height in pixels/,
  );
});

it("says apart whose edit it is, who steers lanes, and what a seed is", () => {
  expect(english(failureOfCode("not-yours", null))).toBe(
    "Only the person who asked for this edit, or an admin, can do that.",
  );
  expect(english(failureOfCode("operators-only", null))).toContain("LRBOT_ADMINS");
  expect(english(failureOfCode("seed-invalid", null))).toContain("a whole number from 0 to 4,294,967,295");
});
