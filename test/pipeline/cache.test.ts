import { describe, expect, it } from "vitest";
import { createCache } from "../../src/pipeline/cache.ts";

describe("a cache", () => {
  it("forgets what was used longest ago once it is full", () => {
    const cache = createCache<number>(2);
    cache.set("a", 1);
    cache.set("b", 2);
    expect(cache.get("a")).toBe(1);
    cache.set("c", 3);
    expect([cache.get("a"), cache.get("b"), cache.get("c")]).toEqual([1, undefined, 3]);
  });

  it("counts a key that is set again once, and keeps its newer value", () => {
    const cache = createCache<string>(2);
    cache.set("a", "old");
    cache.set("b", "other");
    cache.set("a", "new");
    cache.set("c", "third");
    expect([cache.get("a"), cache.get("b"), cache.get("c")]).toEqual(["new", undefined, "third"]);
  });

  it("makes a value once, even one that is false or empty", async () => {
    const cache = createCache<string | number>(4);
    let made = 0;
    const make = (value: string | number) => async () => {
      made++;
      return value;
    };
    expect(await cache.getOrMake("zero", make(0))).toBe(0);
    expect(await cache.getOrMake("zero", make(1))).toBe(0);
    expect(await cache.getOrMake("empty", make(""))).toBe("");
    expect(await cache.getOrMake("empty", make("full"))).toBe("");
    expect(made).toBe(2);
  });

  it("keeps no failure: the next one who asks tries again", async () => {
    const cache = createCache<number>(1);
    const failing = cache.getOrMake("a", () => Promise.reject(new Error("Expected luck, got none.")));
    await expect(failing).rejects.toThrow("Expected luck");
    expect(await cache.getOrMake("a", async () => 5)).toBe(5);
  });
});
