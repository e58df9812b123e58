/** Settings by owner, as JSON that its reader checks: a guild's or workspace's, or the whole bot's (`""`). */
export interface SettingsStore {
  get(scope: string, name: string): Promise<unknown>;
  /** All of a scope by name, but for what cannot be read. */
  all(scope: string): Promise<ReadonlyMap<string, unknown>>;
  /** `undefined` removes it. */
  set(scope: string, name: string, value: unknown): Promise<void>;
}
