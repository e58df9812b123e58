import { expect, it } from "vitest";
import { ChatError } from "../../../src/bots/chat.ts";
import { createPackRules } from "../../../src/bots/intake/pack-rules.ts";
import { createSettings } from "../../../src/bots/intake/settings.ts";
import { alice, general } from "../memory-chat.ts";

/** Rules of each workspace, and the groups that Alice has in those that she is in. */
function rulesWith(
  stored: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>,
  groups: Readonly<Record<string, readonly string[]>>,
  asked: string[] = [],
) {
  const settings = createSettings(
    {
      get: async (scope) => stored[scope.replace("memory:", "")],
      all: async () => new Map(),
      set: async () => {},
    },
    () => {},
  );
  const platform = {
    workspaces: Object.keys(stored),
    async groupsIn(workspace: string) {
      asked.push(workspace);
      if (workspace === "down") throw new ChatError("unavailable", "nothing came");
      return groups[workspace] ?? null;
    },
  };
  return createPackRules({
    ...{ settings, platforms: new Map([["memory", platform]]) },
    signal: new AbortController().signal,
  });
}
const direct = { ...general, workspace: null, isDirect: true };
const packs = ["mini", "far"];

it.each<[what: string, groups: Readonly<Record<string, readonly string[]>>, packs: readonly string[]]>([
  ["is theirs by a group of the workspace that keeps it", { w1: ["painters"] }, ["mini", "far"]],
  ["is not theirs without", { w1: ["others"], w2: [] }, ["mini"]],
  [
    "is theirs by one workspace though another keeps it from them",
    { w1: [], w3: ["artists"] },
    ["mini", "far"],
  ],
  ["is not kept from who is in none of those that keep it", { w2: [] }, ["mini", "far"]],
])("in a direct conversation a pack %s", async (_, groups, theirs) => {
  const stored = { w1: { far: ["painters"] }, w2: {}, w3: { far: ["artists"] } };
  const asked: string[] = [];
  const rules = rulesWith(stored, groups, asked);
  expect(await rules.packsFor(alice, direct, packs)).toEqual(theirs);
  // Where there is no rule nobody's groups matter.
  expect(asked).toEqual(["w1", "w3"]);
});

it("in a workspace its own rules count alone, and where the bot is not those of the member's", async () => {
  const rules = rulesWith({ w1: {}, w2: { far: ["painters"] } }, { w1: [], w2: [] });
  expect(await rules.packsFor(alice, general, packs)).toEqual(["mini", "far"]);
  const outside = { ...general, workspace: "w9", isOutside: true };
  expect(await rules.packsFor(alice, outside, packs)).toEqual(["mini"]);
});

it("what the platform does not tell lets nobody in", async () => {
  const rules = rulesWith({ down: { far: ["painters"] } }, {});
  await expect(rules.packsFor(alice, direct, packs)).rejects.toMatchObject({ failure: "unavailable" });
});
