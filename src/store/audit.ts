export interface AuditEntry {
  readonly at: number;
  readonly scope: string;
  readonly actor: string;
  readonly action: string;
  readonly details: Readonly<Record<string, string | number | boolean | null>>;
}

export interface AuditLog {
  append(entry: AuditEntry): Promise<void>;
  /** Newest first. */
  list(scope: string, limit: number): Promise<readonly AuditEntry[]>;
  /** Of all scopes, newest first. */
  latest(limit: number): Promise<readonly AuditEntry[]>;
}
