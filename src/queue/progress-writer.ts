import type { Progress } from "../types.ts";

/** Writes a job's progress down now and then, and always the last of it. */
export interface ProgressWriter {
  note(progress: Progress): void;
  /** Writes what is not written yet, and nothing after that. */
  close(): Promise<void>;
}

/** `write` never rejects. Between two of its calls lie at least that many milliseconds of a clock that never jumps. */
export function createProgressWriter(
  write: (progress: Progress) => Promise<void>,
  { milliseconds, monotonic }: { readonly milliseconds: number; readonly monotonic: () => number },
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
    lastWrite = monotonic();
    writing = writing.then(() => write(progress));
  };

  return {
    note(progress) {
      if (isClosed) return;
      latest = progress;
      if (timer) return;
      const wait = lastWrite + milliseconds - monotonic();
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
