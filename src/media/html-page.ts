import type { IncomingMessage } from "node:http";
import { EditError } from "../errors.ts";

/** A page is known by then. */
const openingBytes = 512;

/**
 * The body's pieces, as they come, after a look at the first bytes: hosts answer a missing permission with a page to log
 * in at, and status 200.
 * @throws EditError `attachment-unavailable`
 */
export async function* bytesUnlessPage(response: IncomingMessage): AsyncGenerator<Buffer> {
  if (/^\s*(text\/html|application\/xhtml)/i.test(response.headers["content-type"] ?? "")) throw page();
  let opening: Buffer | null = Buffer.alloc(0);
  for await (const chunk of response as AsyncIterable<Buffer>) {
    if (opening === null) {
      yield chunk;
      continue;
    }
    opening = Buffer.concat([opening, chunk]);
    if (opening.length < openingBytes) continue;
    yield requireNoPage(opening);
    opening = null;
  }
  if (opening !== null) yield requireNoPage(opening);
}

function requireNoPage(opening: Buffer): Buffer {
  const text = opening.subarray(0, openingBytes).toString("utf8");
  if (/^\ufeff?\s*(<!--[\s\S]*?-->\s*)*<(!doctype\s+html|html|head|body)\b/i.test(text)) throw page();
  return opening;
}

function page(): EditError {
  return new EditError(
    "attachment-unavailable",
    "Expected the attachment's bytes, got a web page; a permission to read files may be missing.",
  );
}
