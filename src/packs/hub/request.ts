import { get as getByHttp, Agent as HttpAgent, type IncomingMessage } from "node:http";
import { get as getByHttps, Agent as HttpsAgent } from "node:https";
import { EditError } from "../../errors.ts";
import { PassingFailure } from "./retries.ts";

/** An answer whose body has not been read; disposing of it closes the connection. */
export interface Reply extends AsyncDisposable {
  readonly status: number;
  header(name: string): string | null;
  readonly body: IncomingMessage;
  /** The last of the redirects led to another server than the hub's own. */
  readonly isElsewhere: boolean;
  /** Headers of the hub's own answer, where a redirect followed it. */
  readonly first: (name: string) => string | null;
}

export interface Requester extends AsyncDisposable {
  /**
   * Asks, and follows redirects. Rejects with `PassingFailure` for what happens to connections.
   * @throws EditError `hub-unavailable` for a redirect that is not followed
   */
  get(location: URL, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Reply>;
}

export interface RequesterOptions {
  /** The only server that the token is sent to. */
  readonly endpoint: URL;
  readonly token: string | null;
  /** The longest silence of a connection. */
  readonly idleMilliseconds: number;
}

const redirectsFollowed = 5;

export function createRequester({ endpoint, token, idleMilliseconds }: RequesterOptions): Requester {
  const agents = { http: new HttpAgent({ keepAlive: true }), https: new HttpsAgent({ keepAlive: true }) };

  const ask = (location: URL, headers: Readonly<Record<string, string>>, signal: AbortSignal) =>
    new Promise<IncomingMessage>((resolve, reject) => {
      const isHttps = location.protocol === "https:";
      const isHub = location.origin === endpoint.origin;
      const options = {
        signal,
        headers: {
          accept: "*/*",
          "accept-encoding": "identity",
          "user-agent": "learnable-regions-bot",
          ...headers,
          ...(token !== null && isHub ? { authorization: `Bearer ${token}` } : {}),
        },
      };
      const asked = isHttps
        ? getByHttps(location, { ...options, agent: agents.https })
        : getByHttp(location, { ...options, agent: agents.http });
      let answer: IncomingMessage | null = null;
      const tooSlow = () => new PassingFailure(`nothing from ${location.host} for too long`);
      asked.setTimeout(idleMilliseconds, () => (answer ?? asked).destroy(tooSlow()));
      asked.once("error", (cause) => reject(passing(cause, location)));
      asked.once("response", (response) => {
        answer = response;
        // What befalls the connection later reaches whoever reads the answer; here it would end the process.
        asked.on("error", () => {});
        resolve(response);
      });
    });

  return {
    async get(start, headers, signal) {
      let location = start;
      let first: IncomingMessage | null = null;
      for (let redirects = 0; ; redirects++) {
        const body = await ask(location, headers, signal);
        first ??= body;
        const { statusCode: status = 0 } = body;
        const isRedirect = [301, 302, 303, 307, 308].includes(status) && body.headers.location !== undefined;
        if (!isRedirect) return replyOf(body, first, location.origin !== endpoint.origin);
        body.resume();
        if (redirects === redirectsFollowed) throw refused(`more than ${redirectsFollowed} redirects`);
        location = nextLocation(body.headers.location ?? "", location);
      }
    },
    async [Symbol.asyncDispose]() {
      agents.http.destroy();
      agents.https.destroy();
    },
  };
}

function replyOf(body: IncomingMessage, first: IncomingMessage, isElsewhere: boolean): Reply {
  const headerOf = (answer: IncomingMessage) => (name: string) => {
    const value = answer.headers[name];
    return (Array.isArray(value) ? value[0] : value) ?? null;
  };
  return {
    status: body.statusCode ?? 0,
    header: headerOf(body),
    body,
    isElsewhere,
    first: headerOf(first),
    async [Symbol.asyncDispose]() {
      body.on("error", () => {});
      body.destroy();
    },
  };
}

function nextLocation(target: string, from: URL): URL {
  const next = URL.canParse(target, from.href) ? new URL(target, from) : null;
  if (next === null || !["http:", "https:"].includes(next.protocol)) throw refused("a redirect to nowhere");
  if (from.protocol === "https:" && next.protocol !== "https:") throw refused("a redirect to plain http");
  return next;
}

function refused(got: string): EditError {
  return new EditError("hub-unavailable", `Expected the model hub to lead to the file, got ${got}.`);
}

/** What befell a connection, without the address: its query can hold a signature. */
export function passing(cause: unknown, { host }: { readonly host: string }): unknown {
  if (cause instanceof PassingFailure || cause instanceof EditError) return cause;
  if (!(cause instanceof Error)) return cause;
  const code = "code" in cause ? String(cause.code) : cause.message;
  return new PassingFailure(`a failed connection to ${host} (${code})`, { cause });
}
