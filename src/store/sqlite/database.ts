import { statSync } from "node:fs";
import { dirname } from "node:path";
import Libsql from "libsql";
import { EditError } from "../../errors.ts";

/** What a column can hold. libsql 0.5.29 aborts the whole process when it is handed a boolean, so none gets there. */
export type SqlValue = string | number | null | Uint8Array;

/** Values by position, or by name (`:name` in the statement). */
export type SqlValues = readonly SqlValue[] | Readonly<Record<string, SqlValue>>;

/** A prepared statement whose rows have the shape `Row`: whoever writes the statement names it. */
export interface Statement<Row> {
  /** Gives how many rows were changed. */
  run(values?: SqlValues): number;
  first(values?: SqlValues): Row | null;
  all(values?: SqlValues): readonly Row[];
}

/**
 * One connection to one file. Every call is synchronous and short; the only file that imports libsql.
 * @throws EditError `store-unreadable` where the file is damaged or refused, `store-in-use` where another connection has it
 * locked, `disk-full`, `store-unwritable` where the disk takes no writes, or where the file is not at its path any more: what
 * is written into a file that was deleted is lost with the process; `store-replaced` where another file is there
 */
export interface Database {
  prepare<Row>(sql: string): Statement<Row>;
  /** Several statements without values. */
  execute(sql: string): void;
  /** The first column of the first row of a pragma. */
  pragma(name: string): SqlValue;
  /** All of it or nothing. Within another transaction it is a part of that. */
  transaction<T>(work: () => T): T;
  /**
   * No call after this one. libsql keeps the file open until its statements are garbage, so all that the log holds is copied
   * into the file first; and where nobody else has it open it leaves WAL mode, in which an open file is a locked one.
   */
  close(): void;
}

/** @throws EditError `store-unreadable` */
export function openDatabase(file: string): Database {
  const attempt = <T>(call: () => T): T => {
    try {
      return call();
    } catch (error) {
      throw coded(error, file);
    }
  };
  const connection = attempt(() => new Libsql(file));
  let hasStatements = false;
  const identity = identityOf(file);
  const isInPlace = () => identityOf(file) === identity;
  const requireInPlace = () => {
    if (!isInPlace()) throw moved(file);
  };

  const prepare = <Row>(sql: string): Statement<Row> => {
    const statement = attempt(() => connection.prepare<[SqlValues]>(sql));
    hasStatements = true;
    return {
      run(values = []) {
        if (!connection.inTransaction) requireInPlace();
        return attempt(() => statement.run(checked(values)).changes);
      },
      first: (values = []) => attempt(() => withoutMetadata<Row>(statement.get(checked(values)))),
      all: (values = []) => attempt(() => statement.all(checked(values)) as Row[]),
    };
  };

  return {
    prepare,
    execute(sql) {
      attempt(() => connection.exec(sql));
    },
    pragma(name) {
      hasStatements = true;
      const [row] = attempt(() => connection.pragma(name)) as Record<string, SqlValue>[];
      return row ? (Object.values(row)[0] ?? null) : null;
    },
    transaction(work) {
      if (connection.inTransaction) return work();
      requireInPlace();
      attempt(() => connection.exec("BEGIN IMMEDIATE"));
      try {
        const value = work();
        attempt(() => connection.exec("COMMIT"));
        return value;
      } catch (error) {
        // SQLite may have rolled back by itself, on a full disk for example.
        if (connection.inTransaction) connection.exec("ROLLBACK");
        throw error;
      }
    },
    close() {
      try {
        if (connection.inTransaction) connection.exec("ROLLBACK");
        connection.exec("PRAGMA wal_checkpoint(TRUNCATE)");
        // By its name, SQLite would delete the log of the file that lies there now.
        if (hasStatements && isInPlace()) connection.exec("PRAGMA journal_mode = DELETE");
      } catch {
        // Others have it open, or the disk is full: the log holds it all the same, and the next one to open the file copies it.
      }
      connection.close();
    },
  };
}

function checked(values: SqlValues): SqlValues {
  for (const value of Object.values(values)) {
    const kind = typeof value;
    if (kind === "string" || kind === "number" || value === null || value instanceof Uint8Array) continue;
    throw new TypeError(`Expected text, a number, bytes or null for a column, got ${kind}.`);
  }
  return values;
}

/** libsql adds how long the statement took to the row that `get` gives. */
function withoutMetadata<Row>(row: unknown): Row | null {
  if (typeof row !== "object" || row === null) return null;
  const { _metadata, ...columns } = row as { _metadata?: unknown };
  return columns as Row;
}

/** Which file lies there now; an open file keeps its number from being given to another. */
function identityOf(file: string): string | null {
  try {
    const { dev, ino } = statSync(file, { bigint: true });
    return `${dev}:${ino}`;
  } catch {
    return null;
  }
}

function moved(file: string): EditError {
  const expected = `Expected the store that was opened at ${file}`;
  return identityOf(file) === null
    ? new EditError("store-unwritable", `${expected}, got none. Put it back, or start the bot again.`)
    : new EditError("store-replaced", `${expected}, got another one. Start the bot again.`);
}

const busy = /^SQLITE_BUSY/;
/** SQLite says `SQLITE_FULL` of `ENOSPC` alone: a used up quota or a limit on files are failed writes to it. */
const unwritable =
  /^SQLITE_(READONLY|IOERR_(WRITE|FSYNC|DIR_FSYNC|TRUNCATE|SHMSIZE|SHMOPEN|SHMMAP|LOCK|DELETE))/;
const unreadable = /^SQLITE_(CORRUPT|NOTADB|CANTOPEN|IOERR|PERM|AUTH|PROTOCOL|FORMAT)/;

function coded(error: unknown, file: string): unknown {
  const code = sqliteCode(error);
  const detail = error instanceof Error ? error.message : String(error);
  if (code?.startsWith("SQLITE_FULL")) {
    return new EditError("disk-full", `Expected room in ${dirname(file)}, got a full disk.`, {
      cause: error,
    });
  }
  if (busy.test(code ?? "")) {
    return new EditError("store-in-use", `Expected ${file} to be free, got it locked by another program.`, {
      cause: error,
    });
  }
  if (unwritable.test(code ?? "")) {
    return new EditError(
      "store-unwritable",
      `Expected a disk that takes writes for ${file}, got: ${detail}. A quota may be used up, or the disk fails or is read-only.`,
      { cause: error },
    );
  }
  if (unreadable.test(code ?? "") || detail.startsWith("ConnectionFailed")) {
    return new EditError(
      "store-unreadable",
      `Expected a store that can be read and written at ${file}, got: ${detail}. Restore a backup, or move the file away.`,
      { cause: error },
    );
  }
  return error;
}

function sqliteCode(error: unknown): string | undefined {
  return error instanceof Libsql.SqliteError ? error.code : undefined;
}
