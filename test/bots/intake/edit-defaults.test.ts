import { expect, it } from "vitest";
import { editOptionsFor } from "../../../src/bots/commands/edit.ts";
import { withDefaults } from "../../../src/bots/intake/edit-defaults.ts";
import type { EditChoices } from "../../../src/bots/intake/edit-options.ts";
import { createSettings } from "../../../src/bots/intake/settings.ts";
import { general } from "../memory-chat.ts";

const packs = [
  { name: "mini", styles: ["ink"], methods: ["regions", "diffedit"], takesStrength: true },
  { name: "far", styles: [], methods: ["regions"], takesStrength: false },
] as const;
const editOptions = editOptionsFor({
  ...{ packs: ["mini", "far"], styles: ["ink"], methods: ["regions", "diffedit"] },
});

/** What an edit is asked for with, where this is set for the whole workspace. */
async function asked(set: EditChoices, chosen: EditChoices): Promise<EditChoices> {
  const stored = { all: set, channels: {} };
  const settings = createSettings(
    {
      get: async (scope) => (scope.startsWith("member:") ? undefined : stored),
      all: async () => new Map(),
      set: async () => {},
    },
    () => {},
  );
  const member = { id: "U1" };
  return withDefaults(chosen, { member, place: general }, { settings, editOptions, packs });
}

it.each<[set: EditChoices, chosen: EditChoices, asked: EditChoices]>([
  [{ strength: "some", negative: "people" }, {}, { strength: "some", negative: "people" }],
  [{ strength: "some" }, { strength: "all" }, { strength: "all" }],
  // Not offered any more.
  [{ style: "gone", strength: "much", results: 3 }, {}, { results: 3 }],
  // Made for another pack than the one that was chosen.
  [{ style: "ink", method: "diffedit" }, { pack: "far" }, { pack: "far" }],
  [{ style: "ink", pack: "mini" }, {}, { style: "ink", pack: "mini" }],
  // The pack paints all of a box anew.
  [{ strength: "some" }, { pack: "far" }, { pack: "far" }],
  // What was chosen stands, and is refused in its own words.
  [{}, { pack: "far", style: "ink" }, { pack: "far", style: "ink" }],
])("where %j is set and %j chosen, %j is asked for", async (set, chosen, made) => {
  expect(await asked(set, chosen)).toEqual(made);
});
