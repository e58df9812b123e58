import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { SocketMode } from "../delivery/socket-mode.ts";
import type { Json } from "../types.ts";
import type { World } from "../world/world.ts";
import { argsOf } from "./body.ts";
import type { Fault, Faults } from "./faults.ts";
import type { FileServer } from "./file-server.ts";
import type { ResponseUrls } from "./response-urls.ts";
import type { RequestRecord, WebApi } from "./web-api.ts";

export interface ServerParts {
  readonly world: World;
  readonly faults: Faults;
  readonly requests: RequestRecord[];
  readonly webApi: WebApi;
  readonly files: FileServer;
  readonly responseUrls: ResponseUrls;
  readonly sockets: SocketMode;
}

/** Listens on a free port of 127.0.0.1 and sets the world's origin. */
export async function listen(parts: ServerParts): Promise<Server> {
  const server = createServer((request, response) => {
    route(parts, request, response).catch((error: unknown) => {
      if (!response.headersSent) response.writeHead(500);
      response.end(String(error));
    });
  });
  server.on("upgrade", (request, socket, head) => parts.sockets.upgrade(request, socket, head));
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  parts.world.origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return server;
}

async function route(parts: ServerParts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? "/", parts.world.origin);
  if (url.pathname.startsWith("/files-pri/")) return parts.files.download(request, response, url.pathname);
  if (url.pathname.startsWith("/avatars/")) {
    const user = parts.world.users.get(/^\/avatars\/(\w+)\.png$/.exec(url.pathname)?.[1] ?? "");
    if (request.headers.authorization !== undefined)
      parts.world.violations.push({ method: "avatar", problems: ["Expected no token, got one"], args: {} });
    response.writeHead(user?.avatar ? 200 : 404, { "content-type": "image/png" });
    response.end(user?.avatar ?? "");
    return;
  }
  if (url.pathname.startsWith("/upload/")) {
    const fault = parts.faults.take("upload", {});
    if (await applyFault(fault, parts, response)) return;
    const answer = await parts.files.upload(request, url);
    if (fault?.drop === "after") {
      response.destroy();
      return;
    }
    response.writeHead(answer.status, { "content-type": "text/html" });
    response.end(answer.body);
    return;
  }
  const args = await argsOf(request, url);
  const isResponse = url.pathname.startsWith("/actions/");
  const method = isResponse ? "response_url" : url.pathname.replace(/^\/api\//, "");
  const token = tokenOf(request, args);
  const record: RequestRecord = {
    method,
    args: withoutToken(args),
    team: parts.world.teamOfToken(token)?.id ?? null,
    at: parts.world.clock.now(),
    status: 0,
    error: null,
  };
  parts.requests.push(record);
  const fault = parts.faults.take(method, args);
  if (await applyFault(fault, parts, response, record)) return;
  const answer = isResponse
    ? plain(parts.responseUrls.handle(url.pathname, args))
    : await parts.webApi(method, token, withoutToken(args));
  if (fault?.drop === "after") {
    response.destroy();
    return;
  }
  record.status = answer.status;
  record.error = typeof answer.body === "string" ? null : errorOf(answer.body);
  const body = typeof answer.body === "string" ? answer.body : JSON.stringify(answer.body);
  response.writeHead(answer.status, { "content-type": "application/json; charset=utf-8", ...answer.headers });
  response.end(body);
}

/** Lets a fault take its course; true where the request goes no further. */
async function applyFault(
  fault: Fault | null,
  { world }: ServerParts,
  response: ServerResponse,
  record?: RequestRecord,
): Promise<boolean> {
  if (fault === null) return false;
  if (fault.delay !== undefined) {
    await new Promise<void>((resolve) => world.timers.after(fault.delay ?? 0, resolve));
  }
  if (fault.drop === "before") {
    response.destroy();
    return true;
  }
  if (fault.status === undefined && fault.error === undefined) return false;
  const status = fault.status ?? 200;
  const error = fault.error ?? (status === 429 ? "ratelimited" : "internal_error");
  if (record !== undefined) {
    record.status = status;
    record.error = error;
  }
  const headers = status === 429 ? { "retry-after": String(fault.retryAfter ?? 1) } : {};
  response.writeHead(status, { "content-type": "application/json; charset=utf-8", ...headers });
  response.end(JSON.stringify({ ok: false, error }));
  return true;
}

function plain({ status, body }: { readonly status: number; readonly body: string }) {
  return { status, headers: {}, body };
}

function errorOf(body: Json): string | null {
  return typeof body.error === "string" ? body.error : null;
}

function tokenOf(request: IncomingMessage, args: Json): string {
  const bearer = /^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1];
  return bearer ?? (typeof args.token === "string" ? args.token : "");
}

function withoutToken(args: Json): Json {
  const { token: _, ...rest } = args;
  return rest;
}
