/** Runs what concerns the same thing one after another, in the order it came; different things do not wait for each other. */
export type InTurn = <T>(key: string, run: () => Promise<T>) => Promise<T>;

/** Turns by key; a key is forgotten when nothing waits for it. */
export function createTurns(): InTurn {
  const last = new Map<string, Promise<unknown>>();
  return async (key, run) => {
    const before = last.get(key) ?? Promise.resolve();
    const mine = before.then(run, run);
    const settled = mine.catch(() => {});
    last.set(key, settled);
    void settled.then(() => {
      if (last.get(key) === settled) last.delete(key);
    });
    return mine;
  };
}
