import { describe, expect, it } from "vitest";
import { createCache } from "../../../src/bots/slack/cache.ts";

describe("a cache", () => {
  it("keeps each entry for its time, counted by the clock that it is given", () => {
    let now = 5;
    const cache = createCache<string>({ size: 2, milliseconds: 100, now: () => now });
    cache.put("a", "one");
    now = 105;
    expect(cache.get("a")).toBe("one");
    now = 106;
    expect(cache.get("a")).toBeUndefined();
  });

  it("keeps so many, and drops the one that was used longest ago", () => {
    const cache = createCache<number>({ size: 2, milliseconds: 100, now: () => 0 });
    cache.put("a", 1);
    cache.put("b", 2);
    cache.get("a");
    cache.put("c", 3);
    expect([cache.get("a"), cache.get("b"), cache.get("c")]).toEqual([1, undefined, 3]);
    cache.delete("a");
    expect(cache.get("a")).toBeUndefined();
  });
});
