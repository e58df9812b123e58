/** A small memory: the latest entries, each for a while. */
export interface Cache<T> {
  /** Counts as use. */
  get(key: string): T | undefined;
  put(key: string, value: T): void;
  delete(key: string): void;
}

export interface CacheOptions {
  /** Entries that are kept, the latest used ones. */
  readonly size: number;
  /** How long each is kept. */
  readonly milliseconds: number;
  /** Monotonic. */
  readonly now: () => number;
}

/** An empty cache. What is too old is as good as not there. */
export function createCache<T>({ size, milliseconds, now }: CacheOptions): Cache<T> {
  const entries = new Map<string, { readonly value: T; readonly until: number }>();
  return {
    get(key) {
      const entry = entries.get(key);
      if (!entry) return undefined;
      entries.delete(key);
      if (entry.until < now()) return undefined;
      entries.set(key, entry);
      return entry.value;
    },
    put(key, value) {
      entries.delete(key);
      entries.set(key, { value, until: now() + milliseconds });
      const [oldest] = entries.keys();
      if (entries.size > size && oldest !== undefined) entries.delete(oldest);
    },
    delete(key) {
      entries.delete(key);
    },
  };
}
