import { randomBytes } from "node:crypto";
import { EditError } from "../../errors.ts";
import type { Database } from "./database.ts";

/** The store's key of 32 bytes, made where there is none yet. @throws EditError `store-unreadable` */
export function signingKeyOf(database: Database): Uint8Array {
  database
    .prepare("INSERT OR IGNORE INTO secrets (name, value) VALUES ('signing-key', ?)")
    .run([randomBytes(32)]);
  const row = database
    .prepare<{ value: Uint8Array }>("SELECT value FROM secrets WHERE name = 'signing-key'")
    .first();
  if (row?.value.byteLength !== 32) {
    throw new EditError("store-unreadable", "Expected a signing key of 32 bytes in the store, got none.");
  }
  return new Uint8Array(row.value);
}
