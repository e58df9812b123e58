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

/** The streams of this process. A reader that has gone away (`lrbot ... | head`) is no failure. */
export function openTerminal(): Terminal {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error;
    });
  }
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
