import { type Logger, LogLevel, webApi } from "@slack/bolt";
import type { AdapterLog } from "../chat.ts";
import { tokenRefusals } from "./failures.ts";

export type SlackClient = webApi.WebClient;

const requestMilliseconds = 30_000;

export interface ClientOptions {
  readonly token: string;
  /** Another root of the Web API; Slack's own where `null`. */
  readonly apiUrl: string | null;
  readonly logger: Logger;
  /** Ends every request. */
  readonly signal: AbortSignal;
  /** Slack answered that it does not take the token. Default: nobody is told. */
  readonly onTokenRefused?: () => void;
}

/** A client that tries each call once and never waits: whoever calls knows what is worth another try. */
export function createClient({ token, apiUrl, logger, signal, onTokenRefused }: ClientOptions): SlackClient {
  return new webApi.WebClient(isTokenShaped(token) ? token : undefined, {
    ...webClientOptions(apiUrl),
    logger,
    fetch: async (url, { signal: deadline, ...init } = {}) => {
      const until = deadline ? AbortSignal.any([deadline, signal]) : signal;
      const response = await fetch(url, { ...init, signal: until });
      if (onTokenRefused && (await isRefusal(response.clone()))) onTokenRefused();
      return response;
    },
  });
}

/** An answer that is cut off is its reader's matter. */
async function isRefusal(answer: Response): Promise<boolean> {
  if (!answer.headers.get("content-type")?.startsWith("application/json")) return false;
  const { error } = ((await answer.json().catch(() => null)) ?? {}) as { readonly error?: unknown };
  return tokenRefusals.includes(String(error));
}

/** How requests to Slack are made, also those of the socket. */
export function webClientOptions(apiUrl: string | null): webApi.WebClientOptions {
  return {
    ...(apiUrl ? { slackApiUrl: apiUrl } : {}),
    timeout: requestMilliseconds,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    maxRequestConcurrency: 1000,
    allowAbsoluteUrls: false,
  };
}

/** Anything else would end up, with its value, in the complaint of whoever writes it into a header. */
export function isTokenShaped(token: string): boolean {
  return /^[\x21-\x7e]+$/.test(token);
}

export type Redact = (text: string) => string;

/** Takes tokens, and addresses that work like tokens, out of a text. */
export function createRedact(secrets: readonly (string | null)[]): Redact {
  const known = secrets.filter((secret): secret is string => secret !== null && secret.length > 3);
  return (text) =>
    known
      .reduce((rest, secret) => rest.replaceAll(secret, "[secret]"), text)
      .replace(/\bx(?:ox[a-z]|app)-[\w-]+/g, "[secret]")
      .replace(/\b(?:https?|wss?):\/\/[^\s"']+/g, (url) => url.replace(/[?#].*$/, "?[left out]"));
}

/**
 * Slack's libraries write warnings and errors to our log, without secrets; the rest of what they say is dropped. None of it
 * is an error there: what was refused is thrown as well, and whoever handles that knows how bad it is.
 */
export function createLogger(log: AdapterLog, redact: Redact): Logger {
  function write(...parts: unknown[]): void {
    const text = parts.map((part) => (part instanceof Error ? part.message : String(part))).join(" ");
    log("warn", "Slack's client says something", { text: redact(text) });
  }
  return {
    debug() {},
    info() {},
    warn: write,
    error: write,
    setLevel() {},
    getLevel: () => LogLevel.WARN,
    setName() {},
  };
}
