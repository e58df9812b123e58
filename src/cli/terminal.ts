import { EditError, isDiskFull } from "../errors.ts";
import { errorLineOf, exitStatusOf } from "./exit-status.ts";

/** What the command line writes to. Results go to `out`, everything that is said about them to `say`. */
export interface Terminal {
  /** Writes to standard output, with a line break. */
  out(text: string): void;
  /** Writes to standard error, with a line break. */
  say(text: string): void;
  /** Writes to standard error as it is: for a line that is drawn again. */
  draw(text: string): void;
  /** Standard error is a screen. */
  readonly isScreen: boolean;
  /** Columns of that screen. */
  readonly columns: number;
}

/**
 * The streams of this process. A reader that has gone away (`lrbot ... | head`) is no failure; a full disk that a
 * stream leads to is told once, and decides the exit status.
 */
export function openTerminal(): Terminal {
  let hasFailed = false;
  const tell = (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE" || hasFailed) return;
    hasFailed = true;
    const coded = streamError(error);
    process.exitCode ??= exitStatusOf(coded);
    process.stderr.write(`${errorLineOf(coded)}\n`);
  };
  for (const stream of [process.stdout, process.stderr]) stream.on("error", tell);
  return {
    out: (text) => void process.stdout.write(`${text}\n`),
    say: (text) => void process.stderr.write(`${text}\n`),
    draw: (text) => void process.stderr.write(text),
    isScreen: process.stderr.isTTY === true,
    get columns() {
      return process.stderr.columns || 80;
    },
  };
}

function streamError(cause: NodeJS.ErrnoException): EditError {
  const reason = cause.code ?? String(cause);
  return isDiskFull(reason)
    ? new EditError("disk-full", `Expected room for what lrbot prints, got ${reason}. Free some space.`, {
        cause,
      })
    : new EditError("output-unwritable", `Expected to print, got ${reason}.`, { cause });
}
