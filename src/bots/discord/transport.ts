import {
  DefaultRestOptions,
  type RateLimitData,
  type REST,
  RESTJSONErrorCodes,
  type RESTOptions,
} from "discord.js";
import type { Clocks } from "../../clocks.ts";
import { ChatError } from "../chat.ts";
import { isOfTheNetwork } from "./failures.ts";
import { createSetBacks } from "./set-backs.ts";

/** Waits for a rate limit that are longer are handed to the caller, who can do something else meanwhile. */
const longestWait = 10_000;

export interface Transport {
  /** For a client's or a REST manager's options; 5xx and dropped connections are tried again at once, twice. */
  readonly options: Partial<RESTOptions>;
  /**
   * From now on this client, made with the options, forgets its rate limits where the clock is set back: discord.js counts
   * them by the time of day, and would wait until that has come again. Discord tells them anew with its next answers.
   */
  serve(rest: REST): void;
  /** True where a try to acknowledge this interaction failed on the way, and may have arrived all the same. */
  mayHaveAcknowledged(interaction: string): boolean;
}

/**
 * How requests to Discord are made. `apiUrl` is a root without version; Discord's own where `null`. `isLoggedIn` is true while
 * the gateway knows the token.
 */
export function createTransport(
  apiUrl: string | null,
  clock: Clocks,
  isLoggedIn: () => boolean = () => false,
): Transport {
  const doubtful = new Set<string>();
  /** Addresses that a message was posted to without an answer since the last answer. */
  const doubtfulPosts = new Set<string>();
  const setBacks = createSetBacks(clock);
  let client: REST | null = null;

  function forgetLimitsOfAnotherTime(): void {
    if (!setBacks.isNew() || !client) return;
    client.handlers.clear();
    client.globalReset = -1;
    client.globalRemaining = client.options.globalRequestsPerSecond;
  }

  function isTooLong({ retryAfter, timeToReset, limit, method, url }: RateLimitData): boolean {
    forgetLimitsOfAnotherTime();
    const isTooLong = (retryAfter || timeToReset) > longestWait;
    // Where discord.js counts by itself both are the same; what Discord's answer asks for is never another time's.
    const isCounted = retryAfter === timeToReset && Number.isFinite(limit);
    if (isTooLong && isCounted && setBacks.isRecent) throw ofAnotherTime();
    // The refusal is of this try alone.
    if (isTooLong && isPost(method, url) && doubtfulPosts.has(url))
      throw afterNoAnswer(retryAfter || timeToReset);
    return isTooLong;
  }

  const doubt = (url: string, method: string | undefined): void => {
    if (isPost(method, url)) doubtfulPosts.add(url);
    const interaction = /\/interactions\/(\d+)\//.exec(url)?.[1];
    if (interaction === undefined) return;
    doubtful.add(interaction);
    const [oldest] = doubtful;
    if (doubtful.size > 100 && oldest !== undefined) doubtful.delete(oldest);
  };

  const makeRequest: RESTOptions["makeRequest"] = async (url, init) => {
    try {
      const response = await DefaultRestOptions.makeRequest(url, await encoded(init));
      forgetLimitsOfAnotherTime();
      if (response.status >= 500) doubt(url, init.method);
      else if (response.ok && isPost(init.method, url)) doubtfulPosts.delete(url);
      if (response.status === 401 && isLoggedIn()) return withStatus(response, tooEarly);
      return response.status === 429 ? withoutOldEdits(response) : response;
    } catch (error) {
      doubt(url, init.method);
      throw isDropped(error) ? worthAnotherTry(error) : error;
    }
  };

  return {
    options: {
      ...(apiUrl ? { api: apiUrl.replace(/\/$/, "") } : {}),
      // A picture of 10 MB takes a while from a home.
      timeout: 60_000,
      retries: 2,
      rejectOnRateLimit: isTooLong,
      makeRequest,
    },
    serve(rest) {
      client = rest;
    },
    mayHaveAcknowledged: (interaction) => doubtful.has(interaction),
  };
}

function ofAnotherTime(): ChatError {
  return new ChatError(
    "unavailable",
    "Expected a rate limit that ends soon, got one from before the clock was set back.",
    { retryAfterSeconds: 1 },
  );
}

function afterNoAnswer(wait: number): ChatError {
  return new ChatError("unavailable", "Expected an answer to a post, got none, and then a rate limit.", {
    retryAfterSeconds: Math.ceil(wait / 1000),
  });
}

function isPost(method: string | undefined, url: string): boolean {
  return method?.toUpperCase() === "POST" && /\/channels\/\d+\/messages$/.test(url);
}

/** True for a connection that was lost; a request that was aborted or took too long is another matter. */
function isDropped(error: unknown): error is Error {
  return error instanceof Error && error.name !== "AbortError" && isOfTheNetwork(error);
}

/**
 * discord.js tries again after ECONNRESET alone, and undici has other names for the same. Twice is harmless: posts carry
 * a nonce, and all else leads to the same state.
 */
function worthAnotherTry(error: Error): Error {
  return Object.assign(new Error(error.message, { cause: error }), { code: "ECONNRESET" });
}

type ResponseLike = Awaited<ReturnType<RESTOptions["makeRequest"]>>;

const tooManyOldEdits: number = RESTJSONErrorCodes.MaximumNumberOfEditsToMessagesOlderThanOneHourReached;

/**
 * Discord refuses edits of messages older than an hour with status 429 and a code of its own. Waiting would hold up
 * everything else of that channel, so it is handed on as the refusal that it is.
 */
async function withoutOldEdits(response: ResponseLike): Promise<ResponseLike> {
  const text = await response.text();
  return withStatus(response, codeIn(text) === tooManyOldEdits ? 400 : 429, text);
}

/**
 * discord.js forgets its token at a 401 and sends nothing more for good. While the gateway knows the token such an answer may
 * pass; whether it does not is said by how the gateway is closed.
 */
const tooEarly = 425;

async function withStatus(response: ResponseLike, status: number, text?: string): Promise<ResponseLike> {
  const { headers, statusText } = response;
  return new Response(text ?? (await response.text()), { status, statusText, headers: new Headers(headers) });
}

function codeIn(text: string): unknown {
  try {
    return (JSON.parse(text) as { code?: unknown } | null)?.code;
  } catch {
    return undefined;
  }
}

/**
 * A form as bytes. undici's copies in a process share one pool of connections, that of whichever was loaded first: one of
 * another version, as Slack's library brings it, cannot send the form that discord.js makes.
 */
async function encoded(init: RequestInit): Promise<RequestInit> {
  const { body }: { readonly body?: unknown } = init;
  if (!(body instanceof FormData)) return init;
  const whole = new Response(body);
  const type = whole.headers.get("content-type") ?? "multipart/form-data";
  return {
    ...init,
    headers: { ...(init.headers as Record<string, string>), "content-type": type },
    body: new Uint8Array(await whole.arrayBuffer()),
  };
}

type RequestInit = Parameters<RESTOptions["makeRequest"]>[1];
