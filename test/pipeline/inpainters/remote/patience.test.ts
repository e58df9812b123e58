import { describe, expect, it } from "vitest";
import { unreachable } from "../../../../src/pipeline/inpainters/remote/failures.ts";
import { retryPolicyOf, standardPatience } from "../../../../src/pipeline/inpainters/remote/patience.ts";
import { retry } from "../../../../src/retry.ts";
import { serverAt } from "./remote.ts";

describe("patience with a server, when a job begins", () => {
  it("ends within ten seconds where nobody is there, so that the job is told so or passed on", () => {
    const { pauses, firstRequestRetries } = standardPatience;
    const waited = pauses.slice(0, firstRequestRetries).reduce((sum, pause) => sum + pause, 0);
    expect(waited).toBeGreaterThan(2000);
    expect(waited).toBeLessThan(10_000);
    expect(pauses.length).toBeGreaterThan(firstRequestRetries);
  });

  it.each([
    ["ECONNREFUSED", 2],
    ["EHOSTUNREACH", 2],
    ["ENETUNREACH", 2],
    ["ENOTFOUND", 2],
    ["EAI_AGAIN", 2],
    ["ECONNRESET", 4],
  ])("after %s is that of %i tries", async (code, expected) => {
    let tries = 0;
    const work = async () => {
      tries++;
      throw unreachable(serverAt("a1111", "http://127.0.0.1:1"), Object.assign(new Error(code), { code }));
    };
    const trying = retry(work, retryPolicyOf([0, 0, 0], 1e7, 1));
    await expect(trying).rejects.toMatchObject({ code: "inpainter-unreachable" });
    expect(tries).toBe(expected);
  });
});
