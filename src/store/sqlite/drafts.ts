import { z } from "zod";
import type { DraftStore } from "../drafts.ts";
import type { Database } from "./database.ts";
import { parsed } from "./job-rows.ts";

export function createDrafts(database: Database): DraftStore {
  const put = database.prepare(
    "INSERT OR REPLACE INTO drafts (token, value, expires_at) VALUES (:token, :value, :expiresAt)",
  );
  const find = database.prepare<{ value: string; expires_at: number }>(
    "SELECT value, expires_at FROM drafts WHERE token = ?",
  );
  const remove = database.prepare("DELETE FROM drafts WHERE token = ?");
  const freshValue = (draft: { value: string; expires_at: number } | null, now: number) =>
    draft && draft.expires_at > now ? parsed(draft.value, z.unknown()) : null;
  return {
    async put(token, value, expiresAt) {
      put.run({ token, value: JSON.stringify(value), expiresAt });
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
