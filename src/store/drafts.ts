/** What a member is in the middle of: a modal that is open. JSON that its reader checks. */
export interface DraftStore {
  put(token: string, value: unknown, expiresAt: number): Promise<void>;
  /** Gives it once. `null` where it expired or never was. */
  take(token: string, now: number): Promise<unknown>;
}
