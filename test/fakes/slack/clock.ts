/** The fake's time in milliseconds since 1970: real time plus whatever a test has let pass. */
export interface Clock {
  now(): number;
  /** Lets time pass at once: response URLs expire, messages grow old, rate limits pass. Acks keep to real time. */
  advance(milliseconds: number): void;
}

export function createClock(): Clock {
  let offset = 0;
  return {
    now: () => Date.now() + offset,
    advance(milliseconds) {
      offset += milliseconds;
    },
  };
}

/** Message timestamps: seconds, a point, microseconds; each one later than the one before. */
export function createTimestamps(clock: Clock): () => string {
  let last = 0n;
  return () => {
    const now = BigInt(Math.floor(clock.now())) * 1000n;
    last = now > last ? now : last + 1n;
    return `${last / 1_000_000n}.${(last % 1_000_000n).toString().padStart(6, "0")}`;
  };
}

/** Timers that end with the fake and never keep the process alive. */
export interface Timers extends Disposable {
  after(milliseconds: number, run: () => void): void;
  every(milliseconds: number, run: () => void): void;
}

export function createTimers(): Timers {
  const handles = new Set<NodeJS.Timeout>();
  return {
    after(milliseconds, run) {
      const handle = setTimeout(() => {
        handles.delete(handle);
        run();
      }, milliseconds);
      handle.unref();
      handles.add(handle);
    },
    every(milliseconds, run) {
      const handle = setInterval(run, milliseconds);
      handle.unref();
      handles.add(handle);
    },
    [Symbol.dispose]() {
      for (const handle of handles) clearTimeout(handle);
      handles.clear();
    },
  };
}
