import { EditError, type ErrorCode } from "../../../errors.ts";
import type { RemoteServer } from "../../../types.ts";
import type { RemoteHints } from "./kind.ts";

/** Statuses of a server, or of a proxy before one, that comes up again or has too much to do. */
const passing = [408, 425, 429, 502, 503, 504];

/** What a status that is no success means. */
export function failureOf(
  server: RemoteServer,
  hints: RemoteHints,
  { path, status, body }: { readonly path: string; readonly status: number; readonly body: Uint8Array },
): EditError {
  const said = saidIn(Buffer.from(body).toString());
  const answer = `${status}${said ? `: ${said}` : ""}`;
  const at = `${server.name} at ${server.url}`;
  if (passing.includes(status)) return unreachable(server, answer);
  if (status === 401 || status === 403)
    return refused(`Expected ${at} to let the bot in, got ${answer}. ${hints.access}`);
  if (status === 404)
    return refused(`Expected ${at} to know ${path.split("?")[0]}, got ${answer}. ${hints.absent}`);
  return paintingFailure(server, answer);
}

/** What a server's own words for a failed painting mean. */
export function paintingFailure({ name, url }: RemoteServer, said: string): EditError {
  const code: ErrorCode = /out ?of ?memory/i.test(said) ? "out-of-memory" : "inpainter-refused";
  return new EditError(code, `Expected ${name} at ${url} to paint, got ${said}. Its own log says more.`);
}

/** A server that does not answer now: it is asked again a few times. */
export function unreachable({ name, url }: RemoteServer, cause: unknown): EditError {
  const reason = cause instanceof Error ? reasonOf(cause) : String(cause);
  return new EditError(
    "inpainter-unreachable",
    `Expected ${name} at ${url} to answer, got ${reason}. Is it running, and reachable from here?`,
    { cause: reason },
  );
}

export function refused(message: string): EditError {
  return new EditError("inpainter-refused", message);
}

/** An attempt to reach a name with several addresses fails once for each, and says nothing itself. */
function reasonOf(error: Error): string {
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  return [code, error.message].filter((part, index) => part && (index === 0 || part !== code)).join(", ");
}

/**
 * What a server says of itself in an error's body: FastAPI's `detail`, a text or a list of what was wrong where;
 * AUTOMATIC1111's `errors`; ComfyUI's `error` and `node_errors`. What was sent is not repeated.
 */
function saidIn(body: string): string {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    return shortened(body.replace(/<[^>]*>/g, " "));
  }
  const at = (value: unknown, key: string): unknown =>
    value instanceof Object ? Reflect.get(value, key) : undefined;
  const texts = [at(json, "error"), at(at(json, "error"), "message"), at(at(json, "error"), "details")];
  texts.push(at(json, "errors"), at(json, "detail"));
  const details = at(json, "detail");
  for (const detail of Array.isArray(details) ? details : []) {
    const place = at(detail, "loc");
    texts.push(`${Array.isArray(place) ? place.join(".") : "body"}: ${String(at(detail, "msg"))}`);
  }
  const nodes = at(json, "node_errors");
  for (const [node, error] of Object.entries(nodes instanceof Object ? nodes : {})) {
    const errors = at(error, "errors");
    for (const one of Array.isArray(errors) ? errors : [])
      texts.push(`node ${node} (${String(at(error, "class_type"))}): ${String(at(one, "details"))}`);
  }
  const said = texts.filter((text) => typeof text === "string" && text.trim());
  return shortened([...new Set(said)].join("; "));
}

function shortened(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > 400 ? `${line.slice(0, 400)}...` : line;
}
