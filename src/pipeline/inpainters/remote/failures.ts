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
  const reason = reasonIn(Buffer.from(body).toString());
  const answer = `${status}${reason ? `: ${reason}` : ""}`;
  const at = `${server.name} at ${server.url}`;
  if (passing.includes(status)) return unreachable(server, answer);
  if (status === 401 || status === 403)
    return refused(`Expected ${at} to let the bot in, got ${answer}. ${hints.access}`);
  if (isAbsentStatus(status))
    return refused(`Expected ${at} to know ${path.split("?")[0]}, got ${answer}. ${hints.absent}`, status);
  return paintingFailure(server, answer);
}

/** What a server's own words for a failed painting mean. */
export function paintingFailure({ name, url }: RemoteServer, reason: string): EditError {
  const code: ErrorCode = /out ?of ?memory/i.test(reason) ? "out-of-memory" : "inpainter-refused";
  return new EditError(code, `Expected ${name} at ${url} to paint, got ${reason}. Its own log says more.`);
}

/** What a connection that came to nothing means. A certificate is refused at once: no further try makes it another. */
export function connectionFailure(server: RemoteServer, cause: unknown): EditError {
  const reason = cause instanceof Error ? reasonOf(cause) : String(cause);
  const at = `${server.name} at ${server.url}`;
  const code = reason.split(",")[0] ?? "";
  const mend = certificateCodes.test(code) ? mendOfCertificate(code) : null;
  if (mend) return refused(`Expected a certificate from ${at} that is trusted here, got ${reason}. ${mend}`);
  if (noTlsCodes.test(reason))
    return refused(`Expected ${at} to speak TLS, got ${reason}. Is its address http:// in truth?`);
  return unreachable(server, cause);
}

/** The codes that OpenSSL and Node.js give for a certificate (https://nodejs.org/api/tls.html#x509-certificate-error-codes). */
const certificateCodes =
  /CERT|_CRL|^CRL_|SELF_SIGNED|LEAF_SIGNATURE|HOSTNAME_MISMATCH|^INVALID_(CA|PURPOSE)$|PATH_LENGTH_EXCEEDED/;
const noTlsCodes = /wrong version number|packet length too long|ERR_SSL_WRONG_VERSION_NUMBER/i;

function mendOfCertificate(code: string): string {
  if (/ALTNAME|HOSTNAME/.test(code)) return "Use the name that the certificate is for.";
  if (/EXPIRED|NOT_YET_VALID/.test(code)) return "Renew it there, and look at both clocks.";
  return "Set NODE_EXTRA_CA_CERTS to a file with the certificate of the authority that signed it.";
}

/** No picture came within the time that one may take; its own code's retry finds the budget used up. */
export function overdue({ name, url, timeoutSeconds }: RemoteServer): EditError {
  return new EditError(
    "inpainter-unreachable",
    `Expected a picture from ${name} at ${url}, got no picture within ${timeoutSeconds} s. Set LRBOT_INPAINTER_TIMEOUT to more seconds if it needs them.`,
    { cause: "overdue" },
  );
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

export function refused(message: string, cause?: unknown): EditError {
  return new EditError("inpainter-refused", message, { cause });
}

/** True of the failure of a route, or of what it names, that the server does not have. */
export function isAbsent(error: unknown): boolean {
  return error instanceof EditError && isAbsentStatus(error.cause);
}

function isAbsentStatus(status: unknown): boolean {
  return status === 404 || status === 405;
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
function reasonIn(body: string): string {
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
  const reasons = texts.filter((text) => typeof text === "string" && text.trim());
  return shortened([...new Set(reasons)].join("; "));
}

function shortened(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > 400 ? `${line.slice(0, 400)}...` : line;
}
