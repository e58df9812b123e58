import type { RetryPolicy } from "../retry.ts";
import { ChatError } from "./chat.ts";

/** Which failures of a platform may pass, and how long the platform asks to be left alone: the same wherever it is tried again. */
export const passingChatFailures = {
  isPassing: (error: unknown) => error instanceof ChatError && error.isPassing,
  askedPause: (error: unknown) =>
    error instanceof ChatError && error.retryAfterSeconds !== null ? error.retryAfterSeconds * 1000 : null,
} satisfies Partial<RetryPolicy>;
