import type { Json } from "./types.ts";

/** What a test may choose at the start, and change at any time through `fake.settings`. */
export interface Settings {
  /** The bot's token. Default: a made-up one. */
  token: string;
  /** Privileged intents that are switched on for the application. Default: none, as for a new application. */
  privilegedIntents: readonly PrivilegedIntent[];
  /** Stretches the windows of all rate limits; 0 switches them off. Default 1: five messages in 5 s. */
  rateLimitScale: number;
  /** Milliseconds between heartbeats. Default 41250. */
  heartbeatInterval: number;
  /** Milliseconds in which an interaction must be acknowledged. Default 3000. */
  ackDeadline: number;
  /** Milliseconds in which an interaction's token works. Default 15 minutes. */
  tokenLifetime: number;
  /** How an expired token is answered. Default `invalid-token`: 401, 50027; `unknown-webhook`: 404, 10015. */
  expiredTokenAnswer: "invalid-token" | "unknown-webhook";
  /** Milliseconds in which `enforce_nonce` finds the earlier message. Default 5 minutes ("a few minutes"). */
  nonceWindow: number;
  /** Milliseconds until an attachment's link expires. Default 24 hours. */
  linkLifetime: number;
  /**
   * Edits of messages older than `age` milliseconds (default one hour): so many are allowed, then 429 with code 30046
   * and `retryAfter` seconds. Discord publishes neither number; defaults 3 and 60.
   */
  oldEdits: { age: number; limit: number; retryAfter: number };
  /** Shards that Discord says the bot should have, and fewer than which it refuses where `requiresShards`. Default 1. */
  shards: number;
  /** Default false. */
  requiresShards: boolean;
  /** So many shards may identify at once; those whose numbers leave the same rest share a place. Default 1. */
  maxConcurrency: number;
  /** Milliseconds between two identifications in one place; who comes earlier is told that its session is invalid. Default 0. */
  identifyWindow: number;
  /** The app's settings let people add it to their account. Default false. */
  userInstall: boolean;
  /** Changes what the gateway tells; an event that becomes `null` is not told. Default: as it is. */
  tells: (name: string, data: Json) => Json | null;
  /** Changes the body of a successful answer. Default: as it is. */
  answers: (body: unknown, path: string) => unknown;
}

export type PrivilegedIntent = "GuildMembers" | "GuildPresences" | "MessageContent";

export type Options = Partial<Settings>;

export function createSettings(options: Options): Settings {
  return {
    token: "MTAwMDAwMDAwMDAwMDAwMDAw.fakeXX.loopback-only-token-of-the-fake-discord",
    privilegedIntents: [],
    rateLimitScale: 1,
    heartbeatInterval: 41_250,
    ackDeadline: 3_000,
    tokenLifetime: 15 * 60_000,
    expiredTokenAnswer: "invalid-token",
    nonceWindow: 5 * 60_000,
    linkLifetime: 24 * 3_600_000,
    oldEdits: { age: 3_600_000, limit: 3, retryAfter: 60 },
    shards: 1,
    requiresShards: false,
    maxConcurrency: 1,
    userInstall: false,
    identifyWindow: 0,
    tells: (_, data) => data,
    answers: (body) => body,
    ...options,
  };
}
