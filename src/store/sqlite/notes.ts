import { z } from "zod";
import { movingAverage } from "../../queue/estimates.ts";
import type { AuditLog, DraftStore, EstimateStore, EventLog, SettingsStore } from "../store.ts";
import type { Database } from "./database.ts";
import { parsed } from "./job-rows.ts";

// The small tables: each a key and what is noted under it.

export function createSettings(database: Database): SettingsStore {
  const read = database.prepare<{ value: string }>(
    "SELECT value FROM settings WHERE scope = :scope AND name = :name",
  );
  const write = database.prepare(
    "INSERT OR REPLACE INTO settings (scope, name, value) VALUES (:scope, :name, :value)",
  );
  const remove = database.prepare("DELETE FROM settings WHERE scope = :scope AND name = :name");
  return {
    async get(scope, name) {
      const row = read.first({ scope, name });
      return row ? parsed(row.value, z.unknown()) : undefined;
    },
    async set(scope, name, value) {
      if (value === undefined) remove.run({ scope, name });
      else write.run({ scope, name, value: JSON.stringify(value) });
    },
  };
}

export function createAudit(database: Database): AuditLog {
  const append = database.prepare(
    "INSERT INTO audit (at, scope, actor, action, details) VALUES (:at, :scope, :actor, :action, :details)",
  );
  const newest = database.prepare<{
    at: number;
    scope: string;
    actor: string;
    action: string;
    details: string;
  }>(`
    SELECT at, scope, actor, action, details FROM audit WHERE scope = :scope ORDER BY number DESC LIMIT :limit`);
  const details = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]));
  return {
    async append({ at, scope, actor, action, details }) {
      append.run({ at, scope, actor, action, details: JSON.stringify(details) });
    },
    list: async (scope, limit) =>
      newest.all({ scope, limit }).map((row) => ({ ...row, details: parsed(row.details, details) })),
  };
}

export function createDrafts(database: Database): DraftStore {
  const put = database.prepare(
    "INSERT OR REPLACE INTO drafts (token, value, expires_at) VALUES (:token, :value, :expiresAt)",
  );
  const find = database.prepare<{ value: string; expires_at: number }>(
    "SELECT value, expires_at FROM drafts WHERE token = ?",
  );
  const remove = database.prepare("DELETE FROM drafts WHERE token = ?");
  return {
    async put(token, value, expiresAt) {
      put.run({ token, value: JSON.stringify(value), expiresAt });
    },
    take: async (token, now) =>
      database.transaction(() => {
        const draft = find.first([token]);
        remove.run([token]);
        return draft && draft.expires_at > now ? parsed(draft.value, z.unknown()) : null;
      }),
  };
}

export function createEvents(database: Database): EventLog {
  const note = database.prepare("INSERT OR IGNORE INTO events (id, at) VALUES (:id, :now)");
  return { isNew: async (id, now) => note.run({ id, now }) > 0 };
}

export function createEstimates(database: Database): EstimateStore {
  const find = database.prepare<{ seconds: number; measurements: number }>(
    "SELECT seconds, measurements FROM estimates WHERE key = ?",
  );
  const write = database.prepare(
    "INSERT OR REPLACE INTO estimates (key, seconds, measurements) VALUES (:key, :seconds, :measurements)",
  );
  return {
    record: async (key, seconds) =>
      database.transaction(() => {
        write.run({ key, ...movingAverage(find.first([key]), seconds) });
      }),
    get: async (key) => find.first([key])?.seconds ?? null,
  };
}

/** Slack delivers again for up to a day, Discord not at all. */
const eventsAreKeptFor = 48 * 60 * 60 * 1000;

/** Takes away what nobody asks for any more. */
export function createPrune(database: Database): (now: number) => void {
  const drafts = database.prepare("DELETE FROM drafts WHERE expires_at <= ?");
  const events = database.prepare("DELETE FROM events WHERE at < ?");
  return (now) =>
    database.transaction(() => {
      drafts.run([now]);
      events.run([now - eventsAreKeptFor]);
    });
}
