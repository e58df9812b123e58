import { z } from "zod";
import type { AuditLog } from "../audit.ts";
import type { Database } from "./database.ts";
import { parsed } from "./jobs/rows.ts";

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
