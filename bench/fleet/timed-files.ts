import type { FileStore } from "../../src/files/file-store.ts";

/** A file store that counts what travels, and the time in which anything did. */
export interface TimedFiles {
  readonly files: FileStore;
  /** Milliseconds in which at least one file was on its way. */
  busyMilliseconds(): number;
  readonly requests: () => number;
}

export function timedFiles(store: FileStore): TimedFiles {
  let [under, since, busy, requests] = [0, 0, 0, 0];
  async function timed<T>(work: () => Promise<T>): Promise<T> {
    requests += 1;
    if (under++ === 0) since = performance.now();
    try {
      return await work();
    } finally {
      if (--under === 0) busy += performance.now() - since;
    }
  }
  return {
    files: {
      ...store,
      put: (...words) => timed(() => store.put(...words)),
      get: (...words) => timed(() => store.get(...words)),
    },
    busyMilliseconds: () => busy,
    requests: () => requests,
  };
}
