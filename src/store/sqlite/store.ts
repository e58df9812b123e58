import { closeSync, existsSync, mkdirSync, openSync } from "node:fs";
import { join } from "node:path";
import { EditError } from "../../errors.ts";
import { privateMode } from "../../private-files.ts";
import type { Store } from "../store.ts";
import { createAudit } from "./audit.ts";
import { writeBackup } from "./backup.ts";
import { type Database, openDatabase } from "./database.ts";
import { createDrafts } from "./drafts.ts";
import { createEstimates } from "./estimates.ts";
import { createEvents } from "./events.ts";
import { createJobs } from "./jobs/jobs.ts";
import { createRemovals } from "./jobs/removals.ts";
import { createLeavingMessages } from "./leaving-messages.ts";
import { lockName, lockStore } from "./lock.ts";
import { createLogged } from "./logged.ts";
import { createMessages } from "./messages.ts";
import { migrate } from "./migrations.ts";
import { createOrders } from "./orders.ts";
import { createPosts } from "./posts.ts";
import { createPrune } from "./prune.ts";
import { createSettings } from "./settings.ts";
import { signingKeyOf } from "./signing-key.ts";
import { createStudies } from "./studies.ts";
import { createWorkspaces } from "./workspaces.ts";

export interface SqliteStoreOptions {
  /** Made where it is missing. `store.db` in it is the store; `store.lock` and `store.holder` say who has it open. */
  readonly folder: string;
  readonly signal?: AbortSignal;
  /** How long a program that is not its holder, such as a backup, may have it open. Default 10,000. */
  readonly backupMilliseconds?: number;
}

const fileName = "store.db";

/**
 * Opens the store of a data folder, and makes it where there is none. SQLite in WAL mode, `synchronous = NORMAL`: what was
 * committed is in the kernel's hands, so the death of the process, by SIGKILL too, loses nothing. A power cut or a crash of
 * the kernel may take back the last commits, those since the log was last written through to the disk (at most about 4000
 * pages), and never leaves a damaged or half-done state.
 * @throws EditError `store-in-use`, `store-unreadable`, `store-unwritable`, `disk-full`, `output-unwritable`, `cancelled`
 */
export async function openSqliteStore({ folder, ...options }: SqliteStoreOptions): Promise<Store> {
  makeFolder(folder);
  const lock = await lockStore(folder, join(folder, fileName), options);
  try {
    const isNew = !existsSync(join(folder, fileName));
    const database = openChecked(join(folder, fileName));
    held.add(database);
    return storeOf(database, isNew, () => {
      held.delete(database);
      database.close();
      lock.release();
    });
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** Open stores, whose files are locked: a connection that nothing refers to is closed with the garbage. */
const held = new Set<Database>();

/**
 * Writes a copy of a folder's store, also while another process has it open.
 * @throws EditError `output-not-empty`, `output-unwritable`, `store-unreadable`, `disk-full`
 */
export function backupSqliteStore(folder: string, file: string): void {
  const source = join(folder, fileName);
  if (!existsSync(source)) {
    throw new EditError("store-unreadable", `Expected a store at ${source}, got none.`);
  }
  const database = openDatabase(source);
  try {
    // Its holder may be in the middle of a commit.
    database.execute("PRAGMA busy_timeout = 5000");
    writeBackup(database, file);
  } finally {
    database.close();
  }
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: privateMode.folder });
    closeSync(openSync(join(folder, lockName), "a", privateMode.file));
  } catch (error) {
    throw new EditError(
      "output-unwritable",
      `Expected a data folder that can be made and written to, got ${error instanceof Error ? error.message : error}.`,
      { cause: error },
    );
  }
}

function openChecked(file: string): Database {
  // Prompts and a key are in it: for this user's eyes. The files that SQLite adds have the rights of this one.
  if (!existsSync(file)) closeSync(openSync(file, "a", privateMode.file));
  const database = openDatabase(file);
  try {
    // A backup by another process may have it for a moment.
    database.pragma("busy_timeout = 5000");
    database.pragma("journal_mode = WAL");
    database.pragma("synchronous = NORMAL");
    // Copying the log into the file waits for the disk; SQLite would do so each 1000 pages.
    database.pragma("wal_autocheckpoint = 4000");
    database.pragma("foreign_keys = ON");
    // Prompts that were deleted are overwritten, not only unlinked.
    database.pragma("secure_delete = ON");
    const state = database.pragma("quick_check(1)");
    // Since it was read it is locked for as long as it is open, but a backup that ended before may have changed the mode.
    database.pragma("journal_mode = WAL");
    if (state !== "ok") {
      throw new EditError(
        "store-unreadable",
        `Expected a store that is whole at ${file}, got: ${state}. Restore a backup, or move the file away.`,
      );
    }
    migrate(database);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function storeOf(database: Database, isNew: boolean, close: () => void): Store {
  const signingKey = signingKeyOf(database);
  const orders = createOrders(database, signingKey);
  const logged = createLogged(database);
  const removals = createRemovals(database, orders, logged);
  const prune = createPrune(database, orders);
  const probe = createProbe(database);
  let isOpen = true;
  return {
    jobs: createJobs(database, orders, removals),
    logged: logged.port,
    removals: createLeavingMessages(database),
    workspaces: createWorkspaces(database, removals),
    orders: orders.port,
    posts: createPosts(database),
    settings: createSettings(database),
    audit: createAudit(database),
    drafts: createDrafts(database),
    events: createEvents(database),
    messages: createMessages(database),
    estimates: createEstimates(database),
    studies: createStudies(database, signingKey),
    isNew,
    signingKey,
    probe: async () => probe(),
    backup: async (file) => writeBackup(database, file),
    prune: async (now) => prune(now),
    async [Symbol.asyncDispose]() {
      if (isOpen) close();
      isOpen = false;
    },
  };
}

/** A row that comes and goes in one transaction: SQLite writes no page that stays the same. */
function createProbe(database: Database): () => void {
  const add = database.prepare("INSERT OR REPLACE INTO events (id, at) VALUES ('probe', 0)");
  const remove = database.prepare("DELETE FROM events WHERE id = 'probe'");
  return () =>
    database.transaction(() => {
      add.run();
      remove.run();
    });
}
