/** Slows down whoever guesses, by what they guess from. */
export interface Backoff {
  /** Seconds until the next try is looked at; 0 where it is now. */
  secondsLeft(from: string): number;
  /** A try failed. */
  fail(from: string): void;
  /** A try was right: what failed before counts no more. */
  succeed(from: string): void;
}

/** Wrong tries that cost nothing: people mistype. */
const free = 4;
/** After that a second, doubled with each further one. */
const longestSeconds = 15 * 60;
/** Addresses that are remembered; the one that failed longest ago goes. */
const kept = 10_000;

/** @param monotonic Milliseconds that never jump. */
export function createBackoff(monotonic: () => number): Backoff {
  const failures = new Map<string, { readonly count: number; readonly until: number }>();
  return {
    secondsLeft(from) {
      const until = failures.get(from)?.until ?? 0;
      return Math.max(0, Math.ceil((until - monotonic()) / 1000));
    },
    fail(from) {
      const count = (failures.get(from)?.count ?? 0) + 1;
      const seconds = count <= free ? 0 : Math.min(longestSeconds, 2 ** (count - free - 1));
      failures.delete(from);
      failures.set(from, { count, until: monotonic() + seconds * 1000 });
      const [oldest] = failures.keys();
      if (failures.size > kept && oldest !== undefined) failures.delete(oldest);
    },
    succeed: (from) => void failures.delete(from),
  };
}
