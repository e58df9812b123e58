import type { Progress } from "../types.ts";

/** Writes a job's progress down now and then, and always the last of it. */
export interface ProgressWriter {
  note(progress: Progress): void;
  /** Writes what is not written yet, and nothing after that. */
  close(): Promise<void>;
}

/** `write` never rejects. Between two of its calls lie at least that many milliseconds. */
export function createProgressWriter(
  write: (progress: Progress) => Promise<void>,
  milliseconds: number,
): ProgressWriter {
  let latest: Progress | null = null;
  let writing = Promise.resolve();
  let lastWrite = Number.NEGATIVE_INFINITY;
  let timer: NodeJS.Timeout | null = null;
  let isClosed = false;

  const flush = () => {
    if (timer) clearTimeout(timer);
    timer = null;
    const progress = latest;
    if (!progress) return;
    latest = null;
    lastWrite = performance.now();
    writing = writing.then(() => write(progress));
  };

  return {
    note(progress) {
      if (isClosed) return;
      latest = progress;
      if (timer) return;
      const wait = lastWrite + milliseconds - performance.now();
      if (wait <= 0) flush();
      else timer = setTimeout(flush, wait);
    },
    async close() {
      isClosed = true;
      flush();
      await writing;
    },
  };
}
