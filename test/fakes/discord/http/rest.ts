import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { problemsOfLimits } from "../checks/limits.ts";
import { type BodyName, type Problem, problemsOfBody } from "../checks/schemas.ts";
import type { Context, RequestRecord } from "../payloads/context.ts";
import type { Id, Json, UploadedFile } from "../types.ts";
import { ApiError, refuse } from "./api-error.ts";
import { type RequestBody, readBody } from "./body.ts";
import type { Fault } from "./faults.ts";
import { type Bucket, createRateLimits } from "./rate-limits.ts";

/** One operation of the API. */
export interface Route {
  readonly method: string;
  /** Such as `/channels/:channel/messages`. */
  readonly path: string;
  /** `bot` needs the bot's token; `link` has its token in the path. */
  readonly auth: "bot" | "link";
  readonly bucket: Bucket | null;
  /** Absent where the operation takes none. */
  readonly body?: BodyName;
  /** Query parameters; none unless named. */
  readonly query?: Readonly<Record<string, z.ZodType>>;
  handle(call: RouteCall): Answer | Promise<Answer>;
}

export interface RouteCall {
  param(name: string): Id;
  readonly query: Readonly<Record<string, string>>;
  readonly body: Json;
  readonly files: readonly UploadedFile[];
}

export interface Answer {
  readonly status: number;
  /** Absent with 204. */
  readonly body?: unknown;
}

/** Answers requests below `/api/v10`: faults, authorization, rate limits, validation, then the route. */
export function createRest(context: Context, routes: readonly Route[]) {
  const rateLimits = createRateLimits(context.settings);
  const compiled = routes.map((route) => ({ route, segments: route.path.split("/") }));

  function find(method: string, path: string) {
    const parts = path.split("/").map(decodeURIComponent);
    for (const { route, segments } of compiled) {
      if (route.method !== method || segments.length !== parts.length) continue;
      const isMatch = segments.every((segment, i) => segment.startsWith(":") || segment === parts[i]);
      if (!isMatch) continue;
      const params = new Map(segments.map((segment, i) => [segment.slice(1), parts[i] ?? ""]));
      return { route, params };
    }
    return null;
  }

  function reject(record: RequestRecord, problems: readonly Problem[]): void {
    if (problems.length === 0) return;
    const { method, path } = record;
    context.violations.push(...problems.map((problem) => ({ method, path, ...problem })));
    throw refuse.invalidBody(errorTree(problems));
  }

  async function answer(request: IncomingMessage, url: URL, record: RequestRecord, body: RequestBody) {
    const found = find(record.method, record.path);
    if (!found) {
      context.violations.push({ method: record.method, path: record.path, at: "", problem: "no such route" });
      throw refuse.notFound();
    }
    const { route, params } = found;
    if (route.auth === "bot" && request.headers.authorization !== `Bot ${context.settings.token}`) {
      throw refuse.unauthorized();
    }
    const headers = limit(route, params);
    const query = Object.fromEntries(url.searchParams);
    reject(record, problemsOfQuery(route, query));
    reject(record, problemsOfRequest(route, body));
    const call: RouteCall = {
      param: (name) => params.get(name) ?? "",
      query,
      body: (body.json ?? {}) as Json,
      files: body.files,
    };
    try {
      return { headers, ...(await route.handle(call)) };
    } catch (error) {
      throw noted(record, error, headers);
    }
  }

  /** A refusal of the route tells the state of its bucket too; a wrong body counts, and so does the fake's own fault. */
  function noted(record: RequestRecord, error: unknown, headers: Readonly<Record<string, string>>): ApiError {
    const refusal = error instanceof ApiError ? error : unexpected(error);
    const { method, path } = record;
    const { code, errors, message } = refusal.body;
    if (code === 50035) context.violations.push({ method, path, at: "", problem: JSON.stringify(errors) });
    if (refusal.status >= 500) context.violations.push({ method, path, at: "", problem: String(message) });
    return new ApiError(refusal.status, Number(code), String(message), refusal.body, {
      ...headers,
      ...refusal.headers,
    });
  }

  function limit(route: Route, params: ReadonlyMap<string, string>): Readonly<Record<string, string>> {
    if (route.auth === "bot") refuseOver(rateLimits.countGlobal(), true);
    if (!route.bucket) return {};
    const major = params.get("channel") ?? params.get("guild") ?? params.get("token") ?? "";
    const verdict = rateLimits.count(route.bucket, major);
    refuseOver(verdict, false);
    return verdict.headers;
  }

  return async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "http://fake");
    const method = request.method ?? "GET";
    const path = url.pathname.replace(/^\/api\/v10(?=\/)/, "");
    const record: RequestRecord = { method, path, at: Date.now(), body: undefined, files: [], status: 0 };
    context.requests.push(record);
    const fault = context.faults.take(method, path);
    try {
      const body = await readBody(request);
      record.body = body.json;
      record.files = body.files.map(({ name, bytes }) => ({ name, bytes: bytes.length }));
      if (fault?.delay !== undefined) await sleep(fault.delay);
      if (fault?.drop === "before") return void request.socket.destroy();
      if (fault?.status !== undefined) throw faultError(fault);
      if (path === url.pathname) throw refuse.notFound();
      const result = await answer(request, url, record, body);
      if (fault?.drop === "after") return void request.socket.destroy();
      record.status = result.status;
      const told = result.body === undefined ? undefined : context.settings.answers(result.body, path);
      send(response, result.status, told, result.headers);
    } catch (error) {
      if (response.destroyed) return;
      const known = error instanceof ApiError ? error : unexpected(error);
      if (fault?.drop === "after") return void request.socket.destroy();
      record.status = known.status;
      send(response, known.status, known.body, known.headers);
    }
  };
}

function refuseOver(
  verdict: { headers: Readonly<Record<string, string>>; retryAfter: number | null },
  global: boolean,
) {
  if (verdict.retryAfter === null) return;
  throw rateLimited(verdict.retryAfter, global, verdict.headers);
}

function rateLimited(seconds: number, global: boolean, headers: Readonly<Record<string, string>>): ApiError {
  const error = new ApiError(
    429,
    0,
    "You are being rate limited.",
    { retry_after: seconds, global },
    {
      ...headers,
      "retry-after": seconds.toFixed(3),
    },
  );
  delete error.body.code;
  return error;
}

function faultError(fault: Fault): ApiError {
  const status = fault.status ?? 500;
  if (status === 429 && fault.body === undefined) {
    const isGlobal = fault.global ?? false;
    const headers: Record<string, string> = isGlobal
      ? { "x-ratelimit-global": "true", "x-ratelimit-scope": "global" }
      : { "x-ratelimit-scope": "user" };
    return rateLimited(fault.retryAfter ?? 1, isGlobal, headers);
  }
  const headers = fault.retryAfter === undefined ? {} : { "retry-after": String(fault.retryAfter) };
  const message = String(fault.body?.message ?? `${status}: injected`);
  return new ApiError(status, Number(fault.body?.code ?? 0), message, fault.body ?? {}, headers);
}

function unexpected(error: unknown): ApiError {
  if (error instanceof SyntaxError)
    return new ApiError(400, 50109, "The request body contains invalid JSON.");
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return new ApiError(500, 0, `Fault of the fake itself: ${message}`);
}

function problemsOfQuery(route: Route, query: Readonly<Record<string, string>>): Problem[] {
  const result = z.strictObject({ ...route.query }).safeParse(query);
  if (result.success) return [];
  return result.error.issues.map(({ path, message }) => ({
    at: `query.${path.join(".")}`,
    problem: message,
  }));
}

function problemsOfRequest(route: Route, body: RequestBody): Problem[] {
  const stray = body.strayParts.map((at) => ({ at, problem: "no such part of the form" }));
  if (route.body === undefined) {
    const isEmpty = body.json === undefined && body.files.length === 0;
    return isEmpty ? stray : [{ at: "", problem: "a body where none belongs" }];
  }
  const problems = problemsOfBody(route.body, body.json ?? {});
  return [...stray, ...(problems.length > 0 ? problems : problemsOfLimits(route.body, body.json ?? {}))];
}

/** Discord nests errors along the path, with `_errors` at the leaf. */
function errorTree(problems: readonly Problem[]): Json {
  const root: Json = {};
  for (const { at, problem } of problems) {
    let node = root;
    for (const part of at.split(".").filter((name) => name !== "")) {
      node[part] ??= {};
      node = node[part] as Json;
    }
    node._errors = [...((node._errors as Json[] | undefined) ?? []), { code: "INVALID", message: problem }];
  }
  return root;
}

function send(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>>,
) {
  if (body === undefined) return void response.writeHead(status, headers).end();
  response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
}
