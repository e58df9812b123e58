import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { EditError, throwIfCancelled } from "../../errors.ts";
import { privateMode } from "../../private-files.ts";
import { type Database, openDatabase } from "./database.ts";

/** A store that is this process's alone. */
export interface StoreLock {
  release(): void;
}

/** Of the file that is locked. */
export const lockName = "store.lock";

/** The kernel takes a moment to close the files of a process that was just killed. */
const longestWaitMilliseconds = 500;
const stepMilliseconds = 50;

/**
 * Takes a store for this process: an exclusive transaction on an empty database beside it, never committed. The lock is the
 * operating system's and ends with the process, however it ends; `store.holder` only says who has it.
 * @throws EditError `store-in-use` naming process and start of the holder, `store-unreadable`, `cancelled`
 */
export async function lockStore(folder: string, signal?: AbortSignal): Promise<StoreLock> {
  const holderFile = join(folder, "store.holder");
  for (let waited = 0; ; waited += stepMilliseconds) {
    throwIfCancelled(signal);
    const lock = tryLock(join(folder, lockName));
    if (lock) {
      held.add(lock);
      writeHolder(holderFile);
      return {
        release() {
          rmSync(holderFile, { force: true });
          lock.close();
          held.delete(lock);
        },
      };
    }
    if (waited >= longestWaitMilliseconds) throw inUse(folder, holderFile);
    await sleep(stepMilliseconds);
  }
}

/** Held from here: a connection that nothing refers to is closed with the garbage, and its lock would go with it. */
const held = new Set<Database>();

function tryLock(file: string) {
  const database = openDatabase(file);
  try {
    database.execute("BEGIN EXCLUSIVE");
    return database;
  } catch (error) {
    database.close();
    if (error instanceof EditError && error.code === "store-in-use") return null;
    throw error;
  }
}

const holderSchema = z.object({ pid: z.int(), startedAt: z.iso.datetime(), host: z.string() });

function writeHolder(file: string): void {
  const startedAt = new Date(performance.timeOrigin).toISOString();
  const partial = `${file}.${process.pid}`;
  writeFileSync(partial, `${JSON.stringify({ pid: process.pid, startedAt, host: hostname() })}\n`, {
    mode: privateMode.file,
  });
  renameSync(partial, file);
}

function inUse(folder: string, holderFile: string): EditError {
  return new EditError(
    "store-in-use",
    `Expected the store in ${folder} to be free, got it held by ${describeHolder(holderFile)}. Stop that process, or set another LRBOT_DATA.`,
  );
}

function describeHolder(file: string): string {
  try {
    const { pid, startedAt, host } = holderSchema.parse(JSON.parse(readFileSync(file, "utf8")));
    const where = host === hostname() ? "" : ` on ${host}`;
    return `process ${pid}${where}, started at ${startedAt}`;
  } catch {
    // It has the lock, and has not written its name yet.
    return "a process that is just starting";
  }
}
