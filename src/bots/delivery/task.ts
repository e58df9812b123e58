import type { Budget } from "./budgets.ts";

/** Results first, then what runs, then positions in the queue. */
export type Urgency = "result" | "progress" | "position";

/** All of them, the most urgent first. */
export const urgencies: readonly Urgency[] = ["result", "progress", "position"];

/** Something that is due on a platform: an edit, a post, reactions. It reads the latest state when its turn comes. */
export interface Task {
  /** Of tasks with the same key only the latest is run. */
  readonly key: string;
  readonly channel: Budget;
  readonly workspace: Budget;
  readonly urgency: Urgency;
  /** Milliseconds between two runs of the same key. */
  readonly interval: number;
  readonly run: (signal: AbortSignal) => Promise<void>;
  /** Called when it failed for good, or passing failures went on for longer than the outbox waits. */
  readonly giveUp: (error: unknown) => Promise<void> | void;
}
