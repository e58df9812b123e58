import type { Json } from "../types.ts";

/** What happens instead of (or before) an answer. Exactly one of `status`, `error`, `drop`, or `delay` with any. */
export interface Fault {
  /** A Web API method such as `chat.update`, or `upload`, `response_url`, `*`. */
  readonly method: string;
  /** How many requests it applies to. Default 1. */
  readonly times?: number;
  /** HTTP status: 429 (with Retry-After) or 5xx. */
  readonly status?: number;
  /** Seconds of the Retry-After header at status 429. Default 1. */
  readonly retryAfter?: number;
  /** Slack's error code, answered with status 200. */
  readonly error?: string;
  /** Cuts the connection: before the request takes effect, or after it, so that only the answer is lost. */
  readonly drop?: "before" | "after";
  /** Milliseconds to wait before anything else. */
  readonly delay?: number;
  /** Applies only to requests with such arguments. */
  readonly when?: (args: Json) => boolean;
}

export interface Faults {
  inject(fault: Fault): void;
  take(method: string, args: Json): Fault | null;
}

export function createFaults(): Faults {
  const waiting: { left: number; readonly fault: Fault }[] = [];
  return {
    inject(fault) {
      waiting.push({ left: fault.times ?? 1, fault });
    },
    take(method, args) {
      const next = waiting.find(
        ({ fault }) => ["*", method].includes(fault.method) && (fault.when?.(args) ?? true),
      );
      if (next === undefined) return null;
      next.left -= 1;
      if (next.left <= 0) waiting.splice(waiting.indexOf(next), 1);
      return next.fault;
    },
  };
}
