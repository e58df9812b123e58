import { expect, it } from "vitest";
import { createBackoff } from "../../../src/bots/web/server/backoff.ts";
import { createOriginRules } from "../../../src/bots/web/server/origin.ts";
import { localeOf } from "../../../src/bots/web/server/routes/session.ts";
import { createVisits } from "../../../src/bots/web/server/visit.ts";

const key = new Uint8Array(32).fill(7);
const day = 24 * 60 * 60_000;

it("a cookie is read as it was made, and as nothing once it is changed, old, or of another password", () => {
  let now = 1_700_000_000_000;
  const visits = createVisits(key, "one", () => now);
  const cookie = visits.begin("alice");
  expect(visits.read(cookie)).toMatchObject({ member: "alice", issuedAt: now });
  expect(visits.read(visits.begin(null))).toMatchObject({ member: null });
  for (let index = 0; index < cookie.length; index++) {
    const other = cookie[index] === "A" ? "B" : "A";
    expect(visits.read(cookie.slice(0, index) + other + cookie.slice(index + 1)), `at ${index}`).toBeNull();
  }
  for (const text of [undefined, "", "v1", `${cookie}x`, cookie.slice(1)])
    expect(visits.read(text)).toBeNull();
  expect(createVisits(key, "two", () => now).read(cookie)).toBeNull();
  expect(visits.csrfOf(cookie)).not.toBe(visits.csrfOf(visits.begin("alice")));
  now += 91 * day;
  expect(visits.read(cookie)).toBeNull();
});

it.each([
  ["127.0.0.1:8090", true, null, true],
  ["localhost:8090", true, null, true],
  ["[::1]:8090", true, null, true],
  ["192.0.2.7:8090", true, null, false],
  ["evil.example:8090", true, null, false],
  ["127.0.0.1.evil.example", true, null, false],
  ["localhost.evil.example", false, null, false],
  ["192.0.2.7:8090", false, null, true],
  ["edit.example.org", false, "https://edit.example.org", true],
  ["edit.example.org.evil.example", false, "https://edit.example.org", false],
  ["user@127.0.0.1", true, null, false],
  ["", true, null, false],
])("the host %j, on loopback %j and for the origin %j, is let in: %j", (host, isLoopback, origin, isIn) => {
  expect(createOriginRules(origin, isLoopback).isHost(host)).toBe(isIn);
});

it("a request that changes something comes from the page itself", () => {
  const rules = createOriginRules(null, true);
  const host = "127.0.0.1:8090";
  expect(rules.isOwnPage({ host, origin: "http://127.0.0.1:8090", site: "same-origin" })).toBe(true);
  expect(rules.isOwnPage({ host, origin: "http://127.0.0.1:8090", site: undefined })).toBe(true);
  for (const origin of [
    undefined,
    "null",
    "http://127.0.0.1:1",
    "http://localhost:8090",
    "file://127.0.0.1:8090",
    "https://evil.example",
  ])
    expect(rules.isOwnPage({ host, origin, site: undefined }), origin).toBe(false);
  expect(rules.isOwnPage({ host, origin: "http://127.0.0.1:8090", site: "same-site" })).toBe(false);
  // A proxy that speaks HTTPS hands on the name that people opened.
  const behind = createOriginRules("https://edit.example.org", true);
  expect(behind.isOwnPage({ host, origin: "https://edit.example.org", site: "same-origin" })).toBe(true);
});

it("wrong tries cost nothing at first, then twice as much each, and a right one ends that", () => {
  let now = 0;
  const backoff = createBackoff(() => now);
  const waits = Array.from({ length: 8 }, () => {
    backoff.fail("a");
    return backoff.secondsLeft("a");
  });
  expect(waits).toEqual([0, 0, 0, 0, 1, 2, 4, 8]);
  expect(backoff.secondsLeft("b")).toBe(0);
  now += 8000;
  expect(backoff.secondsLeft("a")).toBe(0);
  for (let index = 0; index < 30; index++) backoff.fail("a");
  expect(backoff.secondsLeft("a")).toBe(15 * 60);
  backoff.succeed("a");
  backoff.fail("a");
  expect(backoff.secondsLeft("a")).toBe(0);
});

it.each([
  [undefined, undefined, "en"],
  [undefined, "de-AT,en;q=0.8", "de"],
  [undefined, "ja, fr;q=0.3, de;q=0.9", "de"],
  [undefined, "ja", "en"],
  ["fr", "de", "fr"],
  ["xx", "de", "de"],
  [undefined, ";q=,,*;q=0", "en"],
])("with %j chosen and %j accepted the language is %j", (chosen, accepts, locale) => {
  expect(localeOf(chosen, accepts)).toBe(locale);
});
