import { createHash } from "node:crypto";
import type { Settings } from "../settings.ts";

/** Requests that share a budget. Discord's are unpublished; these are what its headers commonly show. */
export interface Bucket {
  readonly name: string;
  readonly limit: number;
  readonly seconds: number;
}

export const buckets = {
  messageCreate: { name: "message-create", limit: 5, seconds: 5 },
  messageEdit: { name: "message-edit", limit: 5, seconds: 5 },
  messageDelete: { name: "message-delete", limit: 5, seconds: 1 },
  reaction: { name: "reaction", limit: 1, seconds: 0.25 },
  webhook: { name: "webhook", limit: 5, seconds: 2 },
  read: { name: "read", limit: 50, seconds: 1 },
} as const satisfies Record<string, Bucket>;

export interface RateLimits {
  /** Counts a request. `headers` belong on any answer; `retryAfter` (seconds) is set where it must be a 429. */
  count(bucket: Bucket, major: string): Verdict;
  /** 50 requests a second over all routes but those of interactions. */
  countGlobal(): Verdict;
}

export interface Verdict {
  readonly headers: Readonly<Record<string, string>>;
  readonly retryAfter: number | null;
}

interface Window {
  used: number;
  /** Real time, in milliseconds. */
  endsAt: number;
}

export function createRateLimits(settings: Settings): RateLimits {
  const windows = new Map<string, Window>();

  function use(key: string, seconds: number, limit: number) {
    const now = Date.now();
    const known = windows.get(key);
    const window =
      known && known.endsAt > now
        ? known
        : { used: 0, endsAt: now + seconds * settings.rateLimitScale * 1000 };
    windows.set(key, window);
    const isOver = window.used >= limit;
    if (!isOver) window.used++;
    return { isOver, remaining: limit - window.used, resetAfter: (window.endsAt - now) / 1000 };
  }

  return {
    count(bucket, major) {
      if (settings.rateLimitScale === 0) return { headers: {}, retryAfter: null };
      const { isOver, remaining, resetAfter } = use(`${bucket.name}:${major}`, bucket.seconds, bucket.limit);
      const headers = {
        "x-ratelimit-limit": String(bucket.limit),
        "x-ratelimit-remaining": String(remaining),
        "x-ratelimit-reset": (Date.now() / 1000 + resetAfter).toFixed(3),
        "x-ratelimit-reset-after": resetAfter.toFixed(3),
        "x-ratelimit-bucket": createHash("md5").update(bucket.name).digest("hex"),
      };
      return isOver
        ? { headers: { ...headers, "x-ratelimit-scope": "user" }, retryAfter: resetAfter }
        : { headers, retryAfter: null };
    },
    countGlobal() {
      if (settings.rateLimitScale === 0) return { headers: {}, retryAfter: null };
      const { isOver, resetAfter } = use("global", 1, 50);
      const headers = { "x-ratelimit-global": "true", "x-ratelimit-scope": "global" };
      return isOver ? { headers, retryAfter: resetAfter } : { headers: {}, retryAfter: null };
    },
  };
}
