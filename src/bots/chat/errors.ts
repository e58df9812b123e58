import type { Permission } from "./places.ts";

/** Why a platform did not do something. */
export type ChatFailure =
  | "missing-permission"
  | "unknown-place"
  | "unknown-message"
  | "edit-refused"
  | "direct-refused"
  | "too-large"
  | "expired"
  | "rate-limited"
  | "unavailable"
  | "rejected";

/**
 * A platform's refusal, in the port's words. `rate-limited` and `unavailable` pass and are worth another try after
 * `retryAfterSeconds`; `rejected` means that the platform took offence at what was sent, a fault of ours.
 */
export class ChatError extends Error {
  override readonly name = "ChatError";
  readonly failure: ChatFailure;
  readonly missing: readonly Permission[];
  readonly retryAfterSeconds: number | null;
  /** No answer came: what was asked for may still take effect, also where nothing is seen of it yet. */
  readonly mayStillArrive: boolean;

  constructor(
    failure: ChatFailure,
    message: string,
    options: {
      readonly cause?: unknown;
      readonly missing?: readonly Permission[];
      readonly retryAfterSeconds?: number;
      readonly mayStillArrive?: boolean;
    } = {},
  ) {
    super(message, { cause: options.cause });
    this.failure = failure;
    this.missing = options.missing ?? [];
    this.retryAfterSeconds = options.retryAfterSeconds ?? null;
    this.mayStillArrive = options.mayStillArrive ?? false;
  }

  /** True where the same call may go through later. */
  get isPassing(): boolean {
    return this.failure === "rate-limited" || this.failure === "unavailable";
  }
}
