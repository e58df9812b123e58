import { EditError } from "../../errors.ts";
import type { Reply } from "./request.ts";
import { PassingFailure } from "./retries.ts";

/**
 * What an answer without the file means, and what to do about it: a `PassingFailure` where another try may help.
 * Codes: `hub-access`, `hub-not-found`, `hub-unavailable`.
 * @param asked Whether a token was sent, and when the answer came, in milliseconds since 1970.
 */
export function refusal(
  reply: Reply,
  location: URL,
  { isSigned, now }: { readonly isSigned: boolean; readonly now: number },
): Error {
  const { status } = reply;
  const server = location.host;
  if (status === 429) {
    return new PassingFailure(`status 429, too many requests, from ${server}`, {
      waitMilliseconds: waitAskedBy(reply, now),
    });
  }
  // A server of files refuses when its signed address is too old: the hub gives a fresh one.
  if (status === 408 || status >= 500 || (reply.isElsewhere && status === 403))
    return new PassingFailure(`status ${status} from ${server}`);
  const what = subjectOf(location);
  const reason = reply.header("x-error-code");
  if (status === 401 || status === 403) return accessRefused(what, status, reason, isSigned, location);
  if (status === 404 || status === 410) {
    const missing = { RepoNotFound: "no such repository", RevisionNotFound: "no such revision" }[
      reason ?? ""
    ];
    return new EditError(
      "hub-not-found",
      `Expected ${what} on ${server}, got ${missing ?? "no such file"} (status ${status}).`,
    );
  }
  return new EditError("hub-unavailable", `Expected ${what} from ${server}, got status ${status}.`);
}

function accessRefused(
  what: string,
  status: number,
  reason: string | null,
  isSigned: boolean,
  { origin, host, pathname }: URL,
): EditError {
  const [, repository = ""] = pathname.match(/^(?:\/api\/models)?\/([^/]+\/[^/]+)/) ?? [];
  const kind = reason === "GatedRepo" ? "gated" : "private, gated, or not there";
  const page = `${origin}/${repository}`;
  const mend = isSigned
    ? `Accept its licence at ${page} with the account that HF_TOKEN belongs to, and check that the token may read it.`
    : `Accept its licence at ${page} and set HF_TOKEN to a token of that account.`;
  return new EditError(
    "hub-access",
    `Expected access to ${what} on ${host}, got status ${status}: it is ${kind}. ${mend}`,
  );
}

/** `owner/name` and the file, without query. */
function subjectOf({ pathname }: URL): string {
  const path = decodeURIComponent(pathname);
  const file = path.match(/^\/([^/]+\/[^/]+)\/resolve\/[^/]+\/(.+)$/);
  if (file) return `${file[2]} of ${file[1]}`;
  return path.match(/^\/api\/models\/([^/]+\/[^/]+)/)?.[1] ?? path;
}

/** `Retry-After` in seconds or as a date; or the hub's `RateLimit: "api";r=0;t=55`. */
function waitAskedBy(reply: Reply, now: number): number | null {
  const after = reply.header("retry-after");
  if (after !== null) {
    const seconds = /^\d+$/.test(after) ? Number(after) : (Date.parse(after) - now) / 1000;
    if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
  }
  const [, seconds] = reply.header("ratelimit")?.match(/\bt\s*=\s*(\d+)/) ?? [];
  return seconds === undefined ? null : Number(seconds) * 1000;
}
