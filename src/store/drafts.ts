import type { Owner } from "./jobs.ts";

/** What a member is in the middle of: a modal that is open, a question that is not answered. JSON that its reader checks. */
export interface DraftStore {
  put(
    token: string,
    draft: { readonly owner: Omit<Owner, "workspace">; readonly value: unknown; readonly expiresAt: number },
  ): Promise<void>;
  /** Leaves it there. `null` where it expired or never was. */
  find(token: string, now: number): Promise<unknown>;
  /** Gives it once. `null` where it expired or never was. */
  take(token: string, now: number): Promise<unknown>;
  /** All of a person. */
  forget(owner: Omit<Owner, "workspace">): Promise<void>;
}
