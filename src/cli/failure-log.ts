import { appendFileSync, mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import type { LogLevel } from "../config.ts";

/** Where the operator reads what the one line on the terminal leaves out: stacks, and what native code prints. */
export interface FailureLog {
  /** Where it is written. */
  readonly file: string;
  write(level: "debug" | "error", text: unknown): void;
}

/**
 * Appends to `lrbot.log` in the data folder, or in the temporary folder where that cannot be written. Nothing is
 * written below the level, so that an edit without a failure leaves no file.
 * @param now Milliseconds since 1970.
 */
export function openFailureLog(dataFolder: string, level: LogLevel, now: () => number): FailureLog {
  let file = join(dataFolder, "lrbot.log");
  return {
    get file() {
      return file;
    },
    write(kind, text) {
      if (level === "silent" || (kind === "debug" && level !== "debug")) return;
      const lines = typeof text === "string" ? text : inspect(text, { depth: 4 });
      const entry = `${new Date(now()).toISOString()} ${kind} ${lines}\n`;
      try {
        mkdirSync(dataFolder, { recursive: true });
        appendFileSync(file, entry);
      } catch {
        file = join(tmpdir(), "lrbot.log");
        appendFileSync(file, entry);
      }
    },
  };
}
