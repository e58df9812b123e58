import { DiscordAPIError, HTTPError, RateLimitError } from "discord.js";
import { describe, expect, it } from "vitest";
import { attempt, chatErrorOf } from "../../../src/bots/discord/failures.ts";

const aim = { to: "do it" };
const secret = "interaction-token-that-nobody-may-read";
const address = `https://discord.com/api/v10/webhooks/1/${secret}`;

function refused(code: number, status = 400): DiscordAPIError {
  return new DiscordAPIError({ code, message: "No." }, code, status, "POST", address, {});
}

describe("Discord's refusals", () => {
  it.each([
    [10003, "unknown-place"],
    [10004, "unknown-place"],
    [10008, "unknown-message"],
    [10015, "expired"],
    [10062, "expired"],
    [30046, "edit-refused"],
    [40005, "too-large"],
    [40060, "expired"],
    [50001, "missing-permission"],
    [50005, "edit-refused"],
    [50007, "direct-refused"],
    [50013, "missing-permission"],
    [50027, "expired"],
    [50035, "rejected"],
    [50083, "edit-refused"],
    [90001, "missing-permission"],
    [160002, "missing-permission"],
  ])("%i is %s", (code, failure) => {
    expect(chatErrorOf(refused(code), aim).failure).toBe(failure);
  });

  it("takes status 413 without a code for too large", () => {
    const error = new DiscordAPIError({ message: "" } as never, 0, 413, "POST", address, {});
    expect(chatErrorOf(error, aim).failure).toBe("too-large");
  });

  it("says which permission is missing: by the code, by what is known, by what it takes", () => {
    const missing = (code: number, more: object) => chatErrorOf(refused(code), { ...aim, ...more }).missing;
    expect(missing(50001, {})).toEqual(["view"]);
    expect(missing(160002, { needs: ["post"] })).toEqual(["read-history"]);
    expect(missing(50013, { needs: ["post", "attach"], missing: () => ["attach", "react"] })).toEqual([
      "attach",
    ]);
    expect(missing(50013, { needs: ["react"], missing: () => [] })).toEqual(["react"]);
  });

  it.each([
    ["a server error", new HTTPError(503, "Busy", "POST", address, {})],
    ["a timeout", Object.assign(new Error("aborted"), { name: "AbortError" })],
    ["a refused connection", Object.assign(new Error("connect"), { code: "ECONNREFUSED" })],
    [
      "a dropped one",
      new TypeError("fetch failed", { cause: Object.assign(new Error(), { code: "UND_ERR_SOCKET" }) }),
    ],
  ])("%s may pass", (_, error) => {
    expect(chatErrorOf(error, aim)).toMatchObject({ failure: "unavailable", isPassing: true });
  });

  it("says when a rate limit is over", () => {
    const limit = {
      timeToReset: 0,
      retryAfter: 12_050,
      limit: 1,
      method: "POST",
      hash: "",
      url: address,
      route: "",
    };
    const error = new RateLimitError({
      ...limit,
      majorParameter: "",
      global: false,
      sublimitTimeout: 0,
      scope: "user",
    });
    expect(chatErrorOf(error, aim)).toMatchObject({ failure: "rate-limited", retryAfterSeconds: 13 });
  });

  it("keeps no address, for tokens stand in it", () => {
    const error = chatErrorOf(refused(10015, 404), aim);
    expect(error.message).toBe("Expected Discord to do it, got 404, code 10015: No.");
    expect(JSON.stringify([error, error.cause, error.stack])).not.toContain(secret);
  });

  it("leaves nothing on a signal that lives on", async () => {
    const controller = new AbortController();
    let own: AbortSignal | undefined;
    await attempt({ ...aim, signal: controller.signal }, async (signal) => {
      own = signal;
    });
    controller.abort();
    expect(own?.aborted).toBe(false);
    await expect(attempt({ ...aim, signal: controller.signal }, async () => 1)).rejects.toMatchObject({
      code: "cancelled",
    });
  });
});
