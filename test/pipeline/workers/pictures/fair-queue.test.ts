import { describe, expect, it } from "vitest";
import { createFairQueue } from "../../../../src/pipeline/workers/pictures/fair-queue.ts";

interface Entry {
  readonly name: string;
  readonly isUrgent: boolean;
}

function queueOf(...waiting: readonly (readonly [name: string, person: string])[]) {
  const queue = createFairQueue<Entry>(({ isUrgent }) => isUrgent);
  const add = (name: string, person: string): Entry => {
    const entry = { name, isUrgent: name.startsWith("urgent") };
    queue.add(entry, person);
    return entry;
  };
  for (const [name, person] of waiting) add(name, person);
  const next = () => queue.next()?.name;
  const rest = () => {
    const names: string[] = [];
    for (let name = next(); name !== undefined; name = next()) names.push(name);
    return names;
  };
  return { queue, add, next, rest };
}

describe("the fair queue of pictures", () => {
  it("goes round the people, each with their oldest first", () => {
    const { rest } = queueOf(["a1", "a"], ["a2", "a"], ["a3", "a"], ["b1", "b"], ["c1", "c"], ["b2", "b"]);
    expect(rest()).toEqual(["a1", "b1", "c1", "a2", "b2", "a3"]);
  });

  it("gives its turn at once to whoever comes while another's is at work", () => {
    const { next, add, rest } = queueOf(["a1", "a"], ["a2", "a"], ["a3", "a"]);
    expect(next()).toBe("a1");
    add("b1", "b");
    expect(rest()).toEqual(["b1", "a2", "a3"]);
  });

  it("puts whoever comes back behind those who wait for longer", () => {
    const { next, add, rest } = queueOf(["a1", "a"], ["b1", "b"], ["b2", "b"]);
    expect(next()).toBe("a1");
    expect(next()).toBe("b1");
    add("a2", "a");
    add("c1", "c");
    expect(rest()).toEqual(["c1", "a2", "b2"]);
  });

  it("takes what is urgent first, in turn too", () => {
    const { rest } = queueOf(
      ["a1", "a"],
      ["urgent a", "a"],
      ["urgent a2", "a"],
      ["urgent b", "b"],
      ["b1", "b"],
    );
    expect(rest()).toEqual(["urgent a", "urgent b", "urgent a2", "b1", "a1"]);
  });

  it("forgets what is removed, and turns once nobody waits", () => {
    const { queue, add, next, rest } = queueOf(["a1", "a"]);
    expect(next()).toBe("a1");
    expect(next()).toBeUndefined();
    queue.remove(add("b1", "b"));
    add("a2", "a");
    add("c1", "c");
    expect(rest()).toEqual(["a2", "c1"]);
  });
});
