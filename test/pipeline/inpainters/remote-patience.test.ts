import { expect, it } from "vitest";
import { standardPatience } from "../../../src/pipeline/inpainters/remote-patience.ts";

it("A job that finds nobody at its server is told so, or passed on, within ten seconds", () => {
  const { pauses, knocks } = standardPatience;
  const waited = pauses.slice(0, knocks).reduce((sum, pause) => sum + pause, 0);
  expect(waited).toBeGreaterThan(2000);
  expect(waited).toBeLessThan(10_000);
  expect(pauses.length).toBeGreaterThan(knocks);
});
