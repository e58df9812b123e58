import { mkdir, open, readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";

/**
 * The losses of past edits on disk: files of lines, each a record, a month and some megabytes each. Lines are only ever
 * added at the end, so that a kill costs the one that was being written; whatever is too old or too much goes with its file.
 */
export interface LossBook {
  /** Adds a record's line, see `lineOf`. Throws what the system refuses, as it comes. */
  add(line: string): Promise<void>;
  /** All lines, oldest file first; none where there is no book. A line may be broken. */
  lines(): Promise<string[]>;
  /** How many bytes there are. */
  size(): Promise<number>;
  clear(): Promise<void>;
}

export interface LossBookOptions {
  /** Need not exist. */
  readonly folder: string;
  /** Of today, `2026-11`. */
  readonly month: () => string;
  readonly limits?: LossBookLimits;
}

export interface LossBookLimits {
  /** Months that a record is kept, its own included. */
  readonly months: number;
  /** Of all files. */
  readonly bytes: number;
  /** Of one file, after which another is begun. */
  readonly fileBytes: number;
}

/** About 10,000 edits. */
export const lossBookLimits: LossBookLimits = { months: 12, bytes: 64 * 2 ** 20, fileBytes: 4 * 2 ** 20 };

/** `2026-11-003.jsonl` */
const fileName = /^(\d{4}-\d{2})-(\d{3,})\.jsonl$/;

export function openLossBook({ folder, month, limits = lossBookLimits }: LossBookOptions): LossBook {
  const files = async () => {
    const names = await readdir(folder).catch(noneWhereAbsent);
    return names.filter((name) => fileName.test(name)).sort(byMonthAndNumber);
  };
  const sizeOf = async (name: string) => (await stat(join(folder, name)).catch(() => null))?.size ?? 0;

  /** The file to add to, once what is too old or too much is gone. */
  async function makeRoom(added: number): Promise<string> {
    const now = month();
    const names = await files();
    const sizes = await Promise.all(names.map(sizeOf));
    let total = sizes.reduce((sum, size) => sum + size, 0) + added;
    for (const [index, name] of names.entries()) {
      if (monthsBetween(name.slice(0, 7), now) < limits.months && total <= limits.bytes) continue;
      await rm(join(folder, name), { force: true });
      total -= sizes[index] ?? 0;
    }
    const last = names.findLast((name) => name.startsWith(now));
    const number = last === undefined ? 0 : Number(fileName.exec(last)?.[2]);
    const isFull = last !== undefined && (sizes[names.indexOf(last)] ?? 0) + added > limits.fileBytes;
    return `${now}-${String(number + (isFull ? 1 : 0)).padStart(3, "0")}.jsonl`;
  }

  return {
    async add(text) {
      const line = `${text}\n`;
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const name = await makeRoom(Buffer.byteLength(line));
      await using file = await open(join(folder, name), "a+", 0o600);
      const { size } = await file.stat();
      const end = Buffer.alloc(1);
      if (size > 0) await file.read(end, 0, 1, size - 1);
      // Whoever was killed in the middle of a line left it open. One write, so that two processes' lines do not mix.
      await file.appendFile(size > 0 && end[0] !== 0x0a ? `\n${line}` : line);
    },
    async lines() {
      const texts = await Promise.all(
        (await files()).map((name) => readFile(join(folder, name), "utf8").catch(() => "")),
      );
      return texts.flatMap((text) => text.split("\n").filter((line) => line.length > 0));
    },
    async size() {
      const sizes = await Promise.all((await files()).map(sizeOf));
      return sizes.reduce((sum, size) => sum + size, 0);
    },
    async clear() {
      for (const name of await files()) await rm(join(folder, name), { force: true });
    },
  };
}

function noneWhereAbsent(error: NodeJS.ErrnoException): string[] {
  if (error.code === "ENOENT") return [];
  throw error;
}

function byMonthAndNumber(a: string, b: string): number {
  const [, monthA = "", numberA = ""] = fileName.exec(a) ?? [];
  const [, monthB = "", numberB = ""] = fileName.exec(b) ?? [];
  return monthA === monthB ? Number(numberA) - Number(numberB) : monthA < monthB ? -1 : 1;
}

function monthsBetween(earlier: string, later: string): number {
  const months = (text: string) => 12 * Number(text.slice(0, 4)) + Number(text.slice(5, 7));
  return months(later) - months(earlier);
}
