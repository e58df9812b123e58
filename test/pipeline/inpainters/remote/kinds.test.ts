import { describe, expect, it } from "vitest";
import { configVariables } from "../../../../src/config.ts";
import { exampleOf, remoteKindOf, remoteKinds } from "../../../../src/pipeline/inpainters/remote/kinds.ts";
import { isServer } from "../../../../src/pipeline/inpainters/remote/servers.ts";

describe("the kinds of servers that paint", () => {
  it("have names and variables of their own", () => {
    const names = remoteKinds.map(({ kind }) => kind);
    const variables = remoteKinds.flatMap((kind) => Object.keys(kind.variables));
    expect(new Set(names).size).toBe(names.length);
    expect(new Set(variables).size).toBe(variables.length);
  });

  it.each(remoteKinds.map((kind) => [kind.kind, kind] as const))(
    "%s has its variables in the table of settings, its secrets among them",
    (_, { variables, secrets }) => {
      const listed = configVariables.filter(({ means }) => means !== "").map(({ name }) => name);
      expect(listed).toEqual(expect.arrayContaining(Object.keys(variables)));
      expect(Object.keys(variables)).toEqual(expect.arrayContaining([...secrets]));
    },
  );

  it.each(remoteKinds.map((kind) => [kind.kind, kind] as const))(
    "%s has an example that can be set",
    (_, kind) => {
      expect(isServer(exampleOf(kind))).toBe(true);
    },
  );

  it("are a closed list", () => {
    expect(() => remoteKindOf({ kind: "dreams" })).toThrow(
      /Expected a server of one of the kinds .*, got dreams\./,
    );
  });
});
