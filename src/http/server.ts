import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { EditError, type ErrorCode } from "../errors.ts";
import type { Metrics } from "./metrics.ts";

export interface HttpServerOptions {
  /** The address to listen on. */
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  /** `null` where there are none. */
  readonly metrics: Pick<Metrics, "contentType" | "text"> | null;
  /** Resolves where what is promised now can be kept. @throws EditError, whose code is told as the reason */
  readonly checkStore: () => Promise<void> | void;
  /** By platform: whether its events arrive, and the reason where it refused the bot for good. */
  readonly platforms: () => Readonly<
    Record<string, { readonly isConnected: boolean; readonly refusal: string | null }>
  >;
  /** No new work is taken. */
  readonly isDraining: () => boolean;
  /** How long the store may take to answer. Default 2 s. */
  readonly storeMilliseconds?: number;
}

/** Health, readiness and metrics over HTTP; disposing of it stops listening and closes what is open. */
export interface HttpServer extends AsyncDisposable {
  /** Where it listens: the port that was picked, if one was to be. */
  readonly port: number;
  /** `http://127.0.0.1:8080` */
  readonly url: string;
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/**
 * Listens and answers GET and HEAD: `/healthz` 200 while the event loop turns and the store takes writes, `/readyz` 200 while
 * every platform is connected and work is taken, both 503 with their reasons as JSON otherwise; `/metrics`; 404 for the
 * rest. It tells nothing about members or jobs, and knows no secret.
 * @throws EditError `usage` where it cannot listen.
 */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const server = createServer({ headersTimeout: 5000, requestTimeout: 10_000 }, (request, response) => {
    answerTo(request, options).then(
      (answer) => send(request, response, answer),
      () => send(request, response, json(500, { status: "failing" })),
    );
  });
  await listen(server, options);
  const { port } = server.address() as AddressInfo;
  const host = options.host.includes(":") ? `[${options.host}]` : options.host;
  return {
    port,
    url: `http://${host}:${port}`,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

function listen(server: Server, { host, port }: HttpServerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => {
      const expected = `Expected to listen on ${host} (LRBOT_HOST) at port ${port} (LRBOT_PORT)`;
      reject(new EditError("usage", `${expected}, got ${cause.code}.`, { cause }));
    });
    server.listen(port, host, resolve);
  });
}

async function answerTo({ method, url = "/" }: IncomingMessage, options: HttpServerOptions): Promise<Answer> {
  if (method !== "GET" && method !== "HEAD") return json(405, { status: "only GET and HEAD are answered" });
  const path = url.split("?")[0];
  if (path === "/healthz") return health(options);
  if (path === "/readyz") return readiness(options);
  const { metrics } = options;
  if (path === "/metrics" && metrics) {
    return { status: 200, type: metrics.contentType, body: await metrics.text() };
  }
  const pages = ["/healthz", "/readyz", ...(metrics ? ["/metrics"] : [])];
  return json(404, { status: "no such page", pages });
}

async function health({ checkStore, storeMilliseconds = 2000 }: HttpServerOptions): Promise<Answer> {
  let overdue: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    overdue = setTimeout(() => reject(new Error("late")), storeMilliseconds);
  });
  try {
    await Promise.race([(async () => checkStore())(), late]);
    return json(200, { status: "healthy" });
  } catch (error) {
    const code = error instanceof EditError ? error.code : null;
    const reason = (code && storeReasons[code]) ?? "the store does not answer";
    return json(503, { status: "failing", reasons: [reason] });
  } finally {
    clearTimeout(overdue);
  }
}

/** What can be said to anybody of why nothing is kept. */
const storeReasons: Partial<Record<ErrorCode, string>> = {
  "disk-full": "the disk is full",
  "store-unwritable": "the store takes no writes",
  "store-replaced": "another store lies in the place of this one",
};

function readiness({ platforms, isDraining }: HttpServerOptions): Answer {
  const all = Object.entries(platforms());
  const reasons = all.flatMap(([name, { isConnected, refusal }]) => {
    if (refusal !== null) return [`${name} refused the bot for good: ${refusal}`];
    return isConnected ? [] : [`${name} is not connected`];
  });
  if (isDraining()) reasons.push("draining: no new work is taken");
  const connected = all.flatMap(([name, { isConnected }]) => (isConnected ? [name] : []));
  return reasons.length === 0
    ? json(200, { status: "ready", connected })
    : json(503, { status: "not ready", connected, reasons });
}

function json(status: number, body: object): Answer {
  return { status, type: "application/json", body: `${JSON.stringify(body)}\n` };
}

function send({ method }: IncomingMessage, response: ServerResponse, { status, type, body }: Answer): void {
  response.writeHead(status, {
    "content-type": type,
    "content-length": Buffer.byteLength(body),
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    ...(status === 405 ? { allow: "GET, HEAD" } : {}),
  });
  response.end(method === "HEAD" ? undefined : body);
}
