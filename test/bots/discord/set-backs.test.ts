import { expect, it } from "vitest";
import { createSetBacks } from "../../../src/bots/discord/set-backs.ts";

it("a clock that is set back is noticed once, wherever it was set before, and remembered for a minute", () => {
  let [passed, off] = [5000, 1_000_000_000_000];
  const setBacks = createSetBacks({ wall: () => passed + off, monotonic: () => passed });
  expect([setBacks.isNew(), setBacks.isRecent]).toEqual([false, false]);
  passed += 3_600_000;
  off += 86_400_000;
  expect(setBacks.isNew()).toBe(false);
  off -= 500;
  expect(setBacks.isNew()).toBe(false);
  off -= 86_400_000;
  expect([setBacks.isNew(), setBacks.isNew(), setBacks.isRecent]).toEqual([true, false, true]);
  passed += 60_000;
  expect(setBacks.isRecent).toBe(false);
});
