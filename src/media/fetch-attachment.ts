import { randomUUID } from "node:crypto";
import { open, rename, rm } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { EditError, isDiskFull } from "../errors.ts";
import { privateMode } from "../private-files.ts";
import { bytesUnlessPage } from "./html-page.ts";
import { isListed, locationOf, requireAllowed } from "./locations.ts";
import { type Resolve, resolveBySystem } from "./public-addresses.ts";
import { type Reply, request } from "./request.ts";

/** One file to fetch: `FetchAttachment` of the chats' port takes the same. */
export interface AttachmentOrder {
  readonly url: string;
  /** Host names, or `name:port`; everything else is refused, after a redirect too. */
  readonly hosts: readonly string[];
  /** Sent to `hosts` alone. */
  readonly bearer: string | null;
  readonly maxBytes: number;
  /** Takes the bytes; must not exist. It is there whole or not at all. */
  readonly file: string;
  readonly signal: AbortSignal;
}

export interface FetchOptions {
  /** Lets attachments come from this machine, by http too: for tests. Default false. */
  readonly allowLoopback?: boolean;
  /** For the whole file, redirects included. Default 30 s. */
  readonly deadlineMilliseconds?: number;
  /** Between two pieces of it. Default 10 s. */
  readonly idleMilliseconds?: number;
  /** Default: the operating system's. */
  readonly resolve?: Resolve;
}

const redirectsFollowed = 3;

/**
 * Makes the function that fetches attachments, and that alone reaches out to addresses which members can choose:
 * https, the given hosts, public addresses (checked as the connection is made), at most three redirects, a size limit
 * that holds for the header and the stream, two deadlines. No message of it names the bearer or a URL's query.
 *
 * The function rejects with EditError `attachment-refused` (scheme, host, redirect, address), `attachment-too-large`,
 * `attachment-unavailable` (network, status, deadline, a web page instead of the file), `disk-full`,
 * `output-unwritable`, `cancelled`.
 */
export function createFetchAttachment(options: FetchOptions = {}): (order: AttachmentOrder) => Promise<void> {
  const { allowLoopback = false, resolve = resolveBySystem } = options;
  const { deadlineMilliseconds = 30_000, idleMilliseconds = 10_000 } = options;
  return async (order) => {
    const deadline = AbortSignal.timeout(deadlineMilliseconds);
    const signal = AbortSignal.any([order.signal, deadline]);
    try {
      signal.throwIfAborted();
      await using reply = await follow(order, { allowLoopback, resolve, idleMilliseconds, signal });
      await save(reply.response, order);
    } catch (cause) {
      throw failureOf(cause, { isCancelled: order.signal.aborted, isLate: deadline.aborted });
    }
  };
}

interface Reach {
  readonly allowLoopback: boolean;
  readonly resolve: Resolve;
  readonly idleMilliseconds: number;
  readonly signal: AbortSignal;
}

/** Asks, and asks again where the answer is a redirect to one of the hosts. */
async function follow({ url, hosts, bearer }: AttachmentOrder, reach: Reach): Promise<Reply> {
  let location = requireAllowed(locationOf(url), hosts, reach.allowLoopback);
  for (let redirects = 0; ; redirects++) {
    const reply = await request(location, { ...reach, bearer: isListed(location, hosts) ? bearer : null });
    const { statusCode = 0, headers } = reply.response;
    if (![301, 302, 303, 307, 308].includes(statusCode)) return reply;
    await reply[Symbol.asyncDispose]();
    if (redirects === redirectsFollowed) throw refused(`more than ${redirectsFollowed} redirects`);
    const next = locationOf(headers.location ?? "", location);
    if (location.protocol === "https:" && next.protocol !== "https:") throw refused("a redirect to http");
    location = requireAllowed(next, hosts, reach.allowLoopback);
  }
}

function refused(what: string): EditError {
  return new EditError("attachment-refused", `Expected an attachment that is simply there, got ${what}.`);
}

async function save(response: IncomingMessage, { maxBytes, file }: AttachmentOrder): Promise<void> {
  requireFile(response);
  requireFits(Number(response.headers["content-length"] ?? 0), maxBytes);
  const partial = `${file}.${randomUUID().slice(0, 8)}.partial`;
  try {
    await using handle = await open(partial, "wx", privateMode.file);
    let bytes = 0;
    for await (const chunk of bytesUnlessPage(response)) {
      bytes += chunk.length;
      requireFits(bytes, maxBytes);
      await handle.writeFile(chunk);
    }
    await rename(partial, file);
  } catch (cause) {
    await rm(partial, { force: true });
    throw cause;
  }
}

function requireFile({ statusCode = 0, headers }: IncomingMessage): void {
  if (statusCode !== 200) throw unavailable(`status ${statusCode}`);
  if ((headers["content-encoding"] ?? "identity") !== "identity") throw unavailable("a compressed answer");
}

function requireFits(bytes: number, maxBytes: number): void {
  if (bytes <= maxBytes) return;
  const limit = `${Math.floor(maxBytes / 1e5) / 10} MB`;
  throw new EditError(
    "attachment-too-large",
    `Expected an attachment of at most ${limit}, got a larger one.`,
  );
}

function unavailable(what: string, cause?: unknown): EditError {
  return new EditError("attachment-unavailable", `Expected the attachment's bytes, got ${what}.`, { cause });
}

/** Causes stay out where they could hold a URL: what Node says of a connection names host and code alone. */
function failureOf(cause: unknown, { isCancelled, isLate }: { isCancelled: boolean; isLate: boolean }) {
  if (isCancelled)
    return new EditError("cancelled", "Expected the attachment to arrive, got a request to cancel it.");
  if (cause instanceof EditError) return cause;
  if (isLate) return unavailable("nothing within the deadline");
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "an unknown failure";
  if (isDiskFull(code))
    return new EditError("disk-full", `Expected room on the disk for an attachment, got ${code}.`, { cause });
  if (cause instanceof Error && "path" in cause)
    return new EditError("output-unwritable", `Expected to write an attachment, got ${code}.`, { cause });
  return unavailable(`a failed connection (${code})`, cause);
}
