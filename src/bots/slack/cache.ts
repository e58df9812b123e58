/** A small memory: the latest entries, each for a while. */
export interface Cache<T> {
  /** Counts as use. */
  get(key: string): T | undefined;
  put(key: string, value: T): void;
  delete(key: string): void;
}

/** Keeps at most `size` entries, the latest used ones, none for longer than `milliseconds`. */
export function createCache<T>(size: number, milliseconds: number): Cache<T> {
  const entries = new Map<string, { readonly value: T; readonly until: number }>();
  return {
    get(key) {
      const entry = entries.get(key);
      if (!entry) return undefined;
      entries.delete(key);
      if (entry.until < Date.now()) return undefined;
      entries.set(key, entry);
      return entry.value;
    },
    put(key, value) {
      entries.delete(key);
      entries.set(key, { value, until: Date.now() + milliseconds });
      const [oldest] = entries.keys();
      if (entries.size > size && oldest !== undefined) entries.delete(oldest);
    },
    delete(key) {
      entries.delete(key);
    },
  };
}
