import { describe, expect, it } from "vitest";
import { attentionOf } from "../../../src/bots/study/attention.ts";
import { methodPairs, nextPair, type Pair, pairsFor } from "../../../src/bots/study/pairing.ts";
import type { StudyPicture } from "../../../src/bots/study/study-set.ts";
import { createRandom } from "../../../src/pipeline/random.ts";
import type { Tally } from "../../../src/store/studies.ts";

const methods = ["a", "b", "c", "d"];
const picturesOf = (count: number, names: readonly string[] = methods): StudyPicture[] =>
  Array.from({ length: count }, (_, index) => ({
    ...{ picture: `picture ${index}`, prompt: "a castle", source: "source.png" },
    results: new Map(names.map((name) => [name, `${name}.png`])),
  }));

/** Shows pairs to people in turn, each as many as `pairsPerVoter`, and gives what each saw. */
function showTo(
  people: number,
  options: {
    against?: string | null;
    pairsPerVoter?: number;
    pictures?: readonly StudyPicture[];
    seed?: number;
  } = {},
): Pair[][] {
  const { against = null, pairsPerVoter = 12, pictures = picturesOf(20), seed = 1 } = options;
  const { integer } = createRandom(seed, "pairing");
  const study = { methods, against, pairsPerVoter };
  const counts = new Map<string, { pair: Pair; count: number }>();
  const all: Pair[][] = Array.from({ length: people }, () => []);
  let isOver = false;
  while (!isOver) {
    isOver = true;
    for (const shown of all) {
      const tally = [...counts.values()].map(({ pair, count }): Tally => ({ ...pair, count }));
      const pair = nextPair({ study, pictures, shown, tally, integer });
      if (!pair) continue;
      isOver = false;
      shown.push(pair);
      if (pair.garbled !== null) continue;
      const key = JSON.stringify(pair);
      counts.set(key, { pair, count: (counts.get(key)?.count ?? 0) + 1 });
    }
  }
  return all;
}
const countBy = (pairs: readonly Pair[], key: (pair: Pair) => string) => {
  const counts = new Map<string, number>();
  for (const pair of pairs) counts.set(key(pair), (counts.get(key(pair)) ?? 0) + 1);
  return counts;
};
const spread = (counts: ReadonlyMap<string, number>) =>
  Math.max(...counts.values()) - Math.min(...counts.values());

describe("the next pair", () => {
  it.each([1, 2, 3])(
    "shows every two methods equally often, each as often left as right (seed %i)",
    (seed) => {
      const compared = showTo(9, { seed })
        .flat()
        .filter(({ garbled }) => garbled === null);
      expect(compared).toHaveLength(9 * 12);
      expect(spread(countBy(compared, ({ left, right }) => [left, right].toSorted().join()))).toBe(0);
      const left = countBy(compared, (pair) => pair.left);
      const right = countBy(compared, (pair) => pair.right);
      for (const method of methods) {
        expect(Math.abs((left.get(method) ?? 0) - (right.get(method) ?? 0))).toBeLessThanOrEqual(2);
      }
    },
  );

  it("shows each person other pictures as long as there are some, and no pair twice", () => {
    for (const shown of showTo(5)) {
      const compared = shown.filter(({ garbled }) => garbled === null);
      expect(new Set(compared.map(({ picture }) => picture)).size).toBe(12);
    }
    for (const shown of showTo(2, { pictures: picturesOf(2), pairsPerVoter: 100 })) {
      const compared = shown.filter(({ garbled }) => garbled === null);
      expect(compared).toHaveLength(2 * 6);
      expect(
        new Set(compared.map(({ picture, left, right }) => [picture, ...[left, right].toSorted()].join()))
          .size,
      ).toBe(12);
    }
  });

  it("compares one method with each other one equally often where that is asked for", () => {
    expect(methodPairs({ methods, against: "c" })).toEqual([
      ["c", "a"],
      ["c", "b"],
      ["c", "d"],
    ]);
    const compared = showTo(6, { against: "c" })
      .flat()
      .filter(({ garbled }) => garbled === null);
    const others = countBy(compared, ({ left, right }) => (left === "c" ? right : left));
    expect([...others.values()]).toEqual([24, 24, 24]);
    expect(compared.every(({ left, right }) => left === "c" || right === "c")).toBe(true);
  });

  it("leaves out what a picture has no result of", () => {
    const pictures = [...picturesOf(1, ["a", "b"]), ...picturesOf(1, ["a"])];
    expect(pairsFor({ study: { methods, against: null, pairsPerVoter: 9 }, pictures, shown: [] })).toBe(1);
  });

  it("checks each person among the first three pairs, and then about every tenth", () => {
    for (const shown of showTo(20, { pairsPerVoter: 60, pictures: picturesOf(80), seed: 4 })) {
      const checks = shown.flatMap(({ garbled }, index) => (garbled === null ? [] : [index]));
      expect(checks[0]).toBeLessThan(3);
      expect(checks.length).toBeGreaterThanOrEqual(4);
      for (const [index, at] of checks.entries()) {
        const gap = index === 0 ? 5 : at - (checks[index - 1] ?? 0);
        expect(gap).toBeGreaterThan(4);
        expect(gap).toBeLessThan(17);
      }
      for (const { left, right, garbled } of shown) expect(left === right).toBe(garbled !== null);
    }
  });
});

describe("a voter's attention", () => {
  const check = (choice: "left" | "right" | "tie" | null) => ({ garbled: "left", choice }) as const;
  it("is known from checks that were answered, of four of which one may be missed", () => {
    expect(attentionOf([{ garbled: null, choice: "left" }, check(null)])).toBe("unchecked");
    expect(attentionOf([check("right")])).toBe("passed");
    expect(attentionOf([check("left")])).toBe("failed");
    expect(attentionOf([check("tie")])).toBe("failed");
    expect(attentionOf([check("right"), check("right"), check("left")])).toBe("failed");
    expect(attentionOf([check("right"), check("right"), check("right"), check("left")])).toBe("passed");
  });
});
