import { readFileSync } from "node:fs";
import { Redis, type RedisOptions } from "ioredis";
import type { Clocks } from "../../clocks.ts";
import { EditError, throwIfCancelled } from "../../errors.ts";
import type { QueueLog } from "../queue-log.ts";

/** Where Redis is, and how it is spoken to. */
export interface RedisPlace {
  /** `redis://` or, encrypted, `rediss://`, with user and password. A secret. */
  readonly address: string;
  /** A file with the certificate of the authority that signed the server's; `null` for those that Node.js knows. */
  readonly authority: string | null;
}

/** A connection to Redis that comes back whenever it is lost. Commands wait meanwhile. */
export interface RedisLink extends AsyncDisposable {
  readonly client: Redis;
  readonly isConnected: boolean;
  /** When it was connected last, on the monotonic clock. */
  readonly connectedAt: number;
  /** Hands on what comes over a channel, from now on and after every reconnection; what comes between is lost. */
  subscribe(channel: string, listener: (text: string) => void): void;
  /** Calls back at each connection and each loss of it. */
  onChange(listener: () => void): void;
}

export interface RedisLinkOptions {
  readonly place: RedisPlace;
  /** What Redis calls this connection. */
  readonly name: string;
  readonly clocks: Pick<Clocks, "monotonic">;
  readonly log: QueueLog;
}

/** Replies come in the form of before RESP3, which the types take for another option. */
type Options = Omit<RedisOptions, "replyMapping">;

/** How long a connection may take, and how long an answer, milliseconds. */
const [connectMilliseconds, silentMilliseconds] = [5000, 15_000];

/**
 * Tries an address once.
 * @returns how far Redis' clock is ahead of `wall`, milliseconds
 * @throws EditError `usage` of an address that is none; `fleet-unreachable`; `fleet-refused` for its password, user, rights or TLS
 */
export async function probeRedis(
  place: RedisPlace,
  wall: () => number,
  signal?: AbortSignal,
): Promise<number> {
  const errors: unknown[] = [];
  const client = new Redis(place.address, {
    ...optionsOf(place),
    lazyConnect: true,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
    commandTimeout: silentMilliseconds,
  });
  client.on("error", (error) => errors.push(error));
  try {
    await client.connect();
    const [seconds = 0, microseconds = 0] = (await client.time()).map(Number);
    await client.exists("lrbot:hosts");
    return seconds * 1000 + microseconds / 1000 - wall();
  } catch (error) {
    throwIfCancelled(signal);
    throw refusalOf(errors[0] ?? error, place);
  } finally {
    client.disconnect();
  }
}

/** Connects in the background. @throws EditError `usage` of an address that is none */
export function openRedis({ place, name, clocks, log }: RedisLinkOptions): RedisLink {
  const listeners = new Set<() => void>();
  const channels = new Map<string, (text: string) => void>();
  let connectedAt = clocks.monotonic();
  let toldOf: string | null = null;
  let isOver = false;
  const options: Options = {
    ...optionsOf(place),
    connectionName: name,
    // Commands wait for as long as it takes; a run that waits is watched by its bot.
    maxRetriesPerRequest: null,
    retryStrategy: (times) => Math.min(50 * 2 ** times, 2000),
    socketTimeout: silentMilliseconds,
    keepAlive: 10_000,
  };
  const client = new Redis(place.address, options);
  const subscriber = new Redis(place.address, { ...options, autoResubscribe: false });

  function tellOf({ code, message }: Pick<EditError, "code" | "message">): void {
    if (toldOf === code || isOver) return;
    toldOf = code;
    log("warn", `Redis is away, jobs of other hosts wait: ${message}`, { code });
  }
  const tell = () => {
    for (const listener of listeners) listener();
  };
  client.on("error", (error) => tellOf(refusalOf(error, place)));
  client.on("close", () => {
    if (toldOf === null) tellOf({ code: "fleet-unreachable", message: "the connection was lost" });
    tell();
  });
  client.on("ready", () => {
    connectedAt = clocks.monotonic();
    if (toldOf) log("info", "Redis is there again");
    toldOf = null;
    tell();
  });
  subscriber.on("error", () => {});
  subscriber.on("ready", () => {
    if (channels.size > 0) void subscriber.subscribe(...channels.keys()).catch(() => {});
  });
  subscriber.on("message", (channel: string, text: string) => channels.get(channel)?.(text));
  // Nobody else would notice a connection over which nothing comes any more.
  const pinging = setInterval(() => {
    if (subscriber.status === "ready") void subscriber.ping().catch(() => {});
  }, silentMilliseconds / 2);
  pinging.unref();

  return {
    client,
    get isConnected() {
      return client.status === "ready";
    },
    get connectedAt() {
      return connectedAt;
    },
    subscribe(channel, listener) {
      channels.set(channel, listener);
      if (subscriber.status === "ready") void subscriber.subscribe(channel).catch(() => {});
    },
    onChange: (listener) => void listeners.add(listener),
    async [Symbol.asyncDispose]() {
      isOver = true;
      clearInterval(pinging);
      listeners.clear();
      client.disconnect();
      subscriber.disconnect();
    },
  };
}

function optionsOf({ address, authority }: RedisPlace): Options {
  const url = URL.canParse(address) ? new URL(address) : null;
  if (!url || !["redis:", "rediss:"].includes(url.protocol) || url.hostname === "")
    throw new EditError(
      "usage",
      "Expected the address of a Redis server, such as rediss://user:password@redis.example.org:6379, got something else.",
    );
  const tls =
    url.protocol === "rediss:" ? { tls: authority === null ? {} : { ca: authorityOf(authority) } } : {};
  return { connectTimeout: connectMilliseconds, ...tls };
}

function authorityOf(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new EditError("usage", `Expected a certificate in ${file} (LRBOT_FLEET_REDIS_CA), got none.`, {
      cause,
    });
  }
}

/** Where an address leads, without its user and password. */
export function shownAddress(address: string): string {
  const { protocol, host } = new URL(address);
  return `${protocol}//${host}`;
}

/** What a failure to speak with Redis means, and what to do. */
function refusalOf(error: unknown, { address }: RedisPlace): EditError {
  if (error instanceof EditError) return error;
  const at = shownAddress(address);
  // A server without TLS waits for the rest of what it takes for a command.
  const isTls = address.startsWith("rediss:");
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const said = (code && !message.includes(code) ? `${code} ${message}` : message).replace(/\.$/, "");
  const refused = (expected: string, toDo: string) =>
    new EditError("fleet-refused", `Expected ${expected} at ${at}, got ${said}. ${toDo}`, { cause: error });
  if (/WRONGPASS|NOAUTH|invalid (username|password)|without any password configured/i.test(message))
    return refused("Redis to take the user and password", "Put the right ones into the address.");
  if (/NOPERM|ACL/.test(message))
    return refused("Redis to let this user work", "Give it the rights of docs/fleet.md.");
  if (/CERT|certificate|altname|self.signed/i.test(said))
    return refused(
      "a certificate that is known here",
      "Name its authority's in LRBOT_FLEET_REDIS_CA, or use the name that it is for.",
    );
  if (/EPROTO|SSL|TLS|wrong version/i.test(said))
    return refused("a server that speaks TLS", "Use redis:// where it does not, rediss:// where it does.");
  if (/Connection is closed|ECONNRESET|Protocol error|EPIPE/i.test(said))
    return refused(
      "Redis to answer",
      "Use rediss:// where the server speaks TLS, and the port that Redis listens on.",
    );
  return new EditError(
    "fleet-unreachable",
    `Expected Redis at ${at}, got ${said}. Start it, or mend the address${isTls ? ": redis:// where it does not speak TLS" : ""}.`,
    { cause: error },
  );
}
