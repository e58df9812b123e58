import { z } from "zod";
import { EditError } from "../../errors.ts";
import type { SettingsStore } from "../settings.ts";
import type { Database } from "./database.ts";
import { parsed } from "./jobs/rows.ts";

export function createSettings(database: Database): SettingsStore {
  const read = database.prepare<{ value: string }>(
    "SELECT value FROM settings WHERE scope = :scope AND name = :name",
  );
  const write = database.prepare(
    "INSERT OR REPLACE INTO settings (scope, name, value) VALUES (:scope, :name, :value)",
  );
  const ofScope = database.prepare<{ name: string; value: string }>(
    "SELECT name, value FROM settings WHERE scope = ? ORDER BY name",
  );
  const remove = database.prepare("DELETE FROM settings WHERE scope = :scope AND name = :name");
  return {
    async get(scope, name) {
      const row = read.first({ scope, name });
      return row ? parsed(row.value, z.unknown()) : undefined;
    },
    async all(scope) {
      const found = new Map<string, unknown>();
      for (const { name, value } of ofScope.all([scope])) {
        try {
          found.set(name, parsed(value, z.unknown()));
        } catch (error) {
          if (!(error instanceof EditError)) throw error;
        }
      }
      return found;
    },
    async set(scope, name, value) {
      if (value === undefined) remove.run({ scope, name });
      else write.run({ scope, name, value: JSON.stringify(value) });
    },
  };
}
