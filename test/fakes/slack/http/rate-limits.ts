import type { Clock } from "../clock.ts";
import type { RateLimit, Settings } from "../settings.ts";

/** Whole seconds that a request has to wait, 0 where it may go on and counts. */
export function createRateLimiter(
  settings: Settings,
  clock: Clock,
): (method: string, team: string, channel: string) => number {
  const buckets = new Map<string, { tokens: number; at: number }>();
  return (method, team, channel) => {
    const isHeldBack = settings.isOutsideMarketplace && heldBack.has(method);
    const limit = isHeldBack ? onceAMinute : settings.rateLimits.get(method);
    if (limit === undefined) return 0;
    const key = `${method} ${team} ${limit.per === "channel" ? channel : ""}`;
    const now = clock.now();
    const bucket = buckets.get(key) ?? { tokens: limit.burst, at: now };
    buckets.set(key, bucket);
    bucket.tokens = Math.min(limit.burst, bucket.tokens + (now - bucket.at) * perMillisecond(limit));
    bucket.at = now;
    if (bucket.tokens < 1) return Math.max(1, Math.ceil((1 - bucket.tokens) / perMillisecond(limit) / 1000));
    bucket.tokens -= 1;
    return 0;
  };
}

const heldBack = new Set(["conversations.history", "conversations.replies"]);
const onceAMinute: RateLimit = { perMinute: 1, burst: 1, per: "team" };

function perMillisecond({ perMinute }: RateLimit): number {
  return perMinute / 60_000;
}
