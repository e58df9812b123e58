import { z } from "zod";
import type { DraftStore } from "../drafts.ts";
import { personOf } from "../jobs.ts";
import type { Database } from "./database.ts";
import { parsed } from "./jobs/rows.ts";

export function createDrafts(database: Database): DraftStore {
  const put = database.prepare(
    "INSERT OR REPLACE INTO drafts (token, person, value, expires_at) VALUES (:token, :person, :value, :expiresAt)",
  );
  const find = database.prepare<{ value: string; expires_at: number }>(
    "SELECT value, expires_at FROM drafts WHERE token = ?",
  );
  const remove = database.prepare("DELETE FROM drafts WHERE token = ?");
  const forget = database.prepare("DELETE FROM drafts WHERE person = ?");
  const freshValue = (draft: { value: string; expires_at: number } | null, now: number) =>
    draft && draft.expires_at > now ? parsed(draft.value, z.unknown()) : null;
  return {
    async put(token, { owner, value, expiresAt }) {
      put.run({ token, person: personOf(owner), value: JSON.stringify(value), expiresAt });
    },
    async forget(owner) {
      forget.run([personOf(owner)]);
    },
    find: async (token, now) => freshValue(find.first([token]), now),
    take: async (token, now) =>
      database.transaction(() => {
        const draft = find.first([token]);
        remove.run([token]);
        return freshValue(draft, now);
      }),
  };
}
