import { randomUUID } from "node:crypto";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, resolve } from "node:path";
import { EditError, isDiskFull } from "../errors.ts";
import type { EditResult } from "../types.ts";

/** Where an edit's files will lie. Until `publish` they lie in `scratch`, and nothing of them is to be seen. */
export interface OutputFolder extends Disposable {
  /** Absolute. */
  readonly path: string;
  /** An empty folder on the same disk, for the pictures in the making. */
  readonly scratch: string;
  /**
   * Puts the pictures and, last of all, `edit.json` in their place: all of them or, on a failure, none. Takes
   * the place of an earlier edit's files. Runs without a pause, so that no interrupt comes between.
   * @throws EditError `disk-full`, `output-unwritable`
   */
  publish(result: EditResult): void;
  /** Removes what was made and not published. */
  [Symbol.dispose](): void;
}

/**
 * Makes sure, before anything is spent, that results can be written into the folder.
 * @throws EditError `output-not-empty` where results lie in it already and `force` is false; `output-unwritable`,
 *   `disk-full`; `usage` where the name is blank
 */
export function reserveOutputFolder(folder: string, options: { force: boolean }): OutputFolder {
  if (folder.trim() === "") {
    throw new EditError("usage", `Expected a folder for the results, got ${JSON.stringify(folder)}.`);
  }
  const path = resolve(folder);
  return answering(path, () => {
    const isThere = existsSync(path);
    if (isThere) requireUsable(path, options.force);
    else requireNoLink(path);
    const madeParent = isThere ? undefined : mkdirSync(dirname(path), { recursive: true });
    const home = isThere ? scratchHomeOf(realpathSync(path)) : dirname(path);
    const scratch = join(home, `.lrbot-${randomUUID()}`);
    const remove = () => {
      process.off("exit", remove);
      rmSync(scratch, { recursive: true, force: true, maxRetries: 5 });
      removeEmpty(dirname(path), madeParent);
    };
    process.on("exit", remove);
    try {
      mkdirSync(scratch);
      probe(scratch);
      if (isThere) probe(path);
    } catch (error) {
      remove();
      throw error;
    }
    return {
      path,
      scratch,
      publish(result) {
        answering(path, () => {
          writeFileSync(join(scratch, resultFile), jsonOf(result), { flush: true });
          if (existsSync(path)) moveInto(path, scratch);
          else renameSync(scratch, path);
        });
      },
      [Symbol.dispose]: remove,
    };
  });
}

/** `edit.json` as it is written and printed. */
export function jsonOf(result: EditResult): string {
  return `${JSON.stringify(result, null, 2)}\n`;
}

const resultFile = "edit.json";
const ours = /^((result|overlay|mask)-\d+\.png|edit\.json)$/;

function requireUsable(path: string, force: boolean): void {
  if (!statSync(path).isDirectory()) {
    throw new EditError("output-unwritable", `Expected a folder for the results, got the file ${path}.`);
  }
  if (!force && readdirSync(path).some((name) => ours.test(name))) {
    throw new EditError(
      "output-not-empty",
      `Expected a folder without results, got ${path}, which has some. Give another --out, or --force to replace them.`,
    );
  }
}

/** A link that leads nowhere would stand in the way only once all is painted. */
function requireNoLink(path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) {
    throw new EditError("output-unwritable", `Expected a folder at ${path}, got a link that leads nowhere.`);
  }
}

/** Beside the folder; inside it where that is another disk (a mounted folder) or not ours to write. */
function scratchHomeOf(path: string): string {
  const name = `.lrbot-${randomUUID()}`;
  const beside = join(dirname(path), name);
  try {
    writeFileSync(beside, "");
    renameSync(beside, join(path, name));
    return dirname(path);
  } catch {
    return path;
  } finally {
    rmSync(beside, { force: true });
    rmSync(join(path, name), { force: true });
  }
}

/** Permissions alone do not say it: a disk may be read-only or full. */
function probe(folder: string): void {
  const file = join(folder, `.lrbot-${randomUUID()}`);
  try {
    writeFileSync(file, new Uint8Array(4096), { flush: true });
  } finally {
    rmSync(file, { force: true });
  }
}

/** Replaces our files of the folder by those of `scratch`; puts everything back where that fails half-way. */
function moveInto(path: string, scratch: string): void {
  const replaced = join(scratch, "replaced");
  const news = readdirSync(scratch).sort(resultFileLast);
  const olds = readdirSync(path)
    .filter((name) => ours.test(name))
    .sort(resultFileLast)
    .reverse();
  const undo: (() => void)[] = [];
  const move = (name: string, from: string, to: string) => {
    renameSync(join(from, name), join(to, name));
    undo.unshift(() => renameSync(join(to, name), join(from, name)));
  };
  try {
    mkdirSync(replaced);
    for (const name of olds) move(name, path, replaced);
    for (const name of news) move(name, scratch, path);
  } catch (error) {
    for (const step of undo) step();
    throw error;
  }
  rmSync(scratch, { recursive: true, force: true });
}

function resultFileLast(a: string, b: string): number {
  return Number(a === resultFile) - Number(b === resultFile);
}

/** Removes the folder and its parents up to the one that was made first, as far as they are empty. */
function removeEmpty(folder: string, first: string | undefined): void {
  if (first === undefined) return;
  for (let at = folder; at.startsWith(first); at = dirname(at)) {
    try {
      rmdirSync(at);
    } catch {
      return;
    }
  }
}

function answering<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (cause instanceof EditError) throw cause;
    const reason = cause instanceof Error && "code" in cause ? String(cause.code) : String(cause);
    throw isDiskFull(reason)
      ? new EditError("disk-full", `Expected room on the disk for ${path}, got ${reason}. Free some space.`, {
          cause,
        })
      : new EditError("output-unwritable", `Expected to write results into ${path}, got ${reason}.`, {
          cause,
        });
  }
}
