import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from "node:fs";
import { EditError } from "../../errors.ts";
import { privateMode } from "../../private-files.ts";
import type { Database } from "./database.ts";

/**
 * Writes a consistent copy of a database; the file appears when it is whole. This process does nothing else meanwhile.
 * @throws EditError `output-not-empty`, `output-unwritable`, `store-unreadable`, `disk-full`
 */
export function writeBackup(database: Database, file: string): void {
  if (existsSync(file)) {
    throw new EditError("output-not-empty", `Expected no file at ${file} yet, got one.`);
  }
  const partial = `${file}.partial`;
  reserve(partial);
  try {
    // No prepared statement: it would keep the store open, and so in use, until it is garbage.
    database.execute(`VACUUM INTO '${partial.replaceAll("'", "''")}'`);
    flush(partial);
    renameSync(partial, file);
  } catch (error) {
    rmSync(partial, { force: true });
    throw error;
  }
}

/** An empty file, which `VACUUM INTO` takes for none. */
function reserve(file: string): void {
  try {
    closeSync(openSync(file, "w", privateMode.file));
  } catch (error) {
    throw new EditError(
      "output-unwritable",
      `Expected a folder that can be written to for ${file}, got ${error instanceof Error ? error.message : error}.`,
      { cause: error },
    );
  }
}

/** `VACUUM INTO` leaves writing through to the disk to whoever asked for it. */
function flush(file: string): void {
  const handle = openSync(file, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
