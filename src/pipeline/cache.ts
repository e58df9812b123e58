/** A map that forgets what was used longest ago once it holds `limit` entries. */
export interface Cache<Value> {
  get(key: string): Value | undefined;
  set(key: string, value: Value): void;
  /** The kept value, or a new one that is kept from now on. A failure is not kept. */
  getOrMake(key: string, make: () => Promise<Value>): Promise<Value>;
}

/** @param limit Entries kept, at least 1. */
export function createCache<Value>(limit: number): Cache<Value> {
  const entries = new Map<string, Value>();
  const cache: Cache<Value> = {
    get(key) {
      const value = entries.get(key);
      if (value !== undefined) {
        entries.delete(key);
        entries.set(key, value);
      }
      return value;
    },
    set(key, value) {
      entries.delete(key);
      entries.set(key, value);
      for (const oldest of entries.keys()) {
        if (entries.size <= limit) break;
        entries.delete(oldest);
      }
    },
    async getOrMake(key, make) {
      const kept = cache.get(key);
      if (kept !== undefined) return kept;
      const made = await make();
      cache.set(key, made);
      return made;
    },
  };
  return cache;
}
