import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { faultNames } from "../../bench/chat/faults.ts";

const root = join(import.meta.dirname, "..", "..");

/** Rows of the table of promises: event, members, operator, kept, tests. */
const rows = readFileSync(join(root, "docs/operating.md"), "utf8")
  .split("\n")
  .filter((line) => line.startsWith("| "))
  .map((line) => line.slice(2, -2).split(" | "))
  .filter(
    (cells) =>
      cells.length === 5 && !cells[0]?.startsWith("**") && !["event", "---"].includes(cells[0] ?? ""),
  );

describe("what docs/operating.md promises", () => {
  it("is a table that this test can read", () => {
    expect(rows.length).toBeGreaterThan(20);
  });

  it.each(rows)("is tried where it says: %s", (_event, _members, _operator, _kept, tests = "") => {
    const named = [...tests.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name);
    expect(named).not.toEqual([]);
    for (const name of named) {
      const fault = /^bench -- chat --faults (.+)$/.exec(name)?.[1];
      if (fault !== undefined) expect(faultNames).toContain(fault);
      else expect(isTest(join(root, "test", name)), name).toBe(true);
    }
  });
});

function isTest(path: string): boolean {
  return (
    existsSync(`${path}.test.ts`) ||
    (existsSync(path) && readdirSync(path).some((file) => file.endsWith(".test.ts")))
  );
}
