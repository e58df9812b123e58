import { z } from "zod";
import type { AuditLog } from "../audit.ts";
import type { Database } from "./database.ts";
import { parsed } from "./jobs/rows.ts";

export function createAudit(database: Database): AuditLog {
  const append = database.prepare(
    "INSERT INTO audit (at, scope, actor, action, details) VALUES (:at, :scope, :actor, :action, :details)",
  );
  const columns = "SELECT at, scope, actor, action, details FROM audit";
  const newest = database.prepare<AuditRow>(
    `${columns} WHERE scope = :scope ORDER BY number DESC LIMIT :limit`,
  );
  const latest = database.prepare<AuditRow>(`${columns} ORDER BY number DESC LIMIT ?`);
  const details = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]));
  const entryOf = (row: AuditRow) => ({ ...row, details: parsed(row.details, details) });
  return {
    async append({ at, scope, actor, action, details }) {
      append.run({ at, scope, actor, action, details: JSON.stringify(details) });
    },
    list: async (scope, limit) => newest.all({ scope, limit }).map(entryOf),
    latest: async (limit) => latest.all([limit]).map(entryOf),
  };
}

interface AuditRow {
  readonly at: number;
  readonly scope: string;
  readonly actor: string;
  readonly action: string;
  readonly details: string;
}
