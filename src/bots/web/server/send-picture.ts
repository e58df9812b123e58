import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import { EditError } from "../../../errors.ts";

const signatures = [
  ["image/png", Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])],
  ["image/jpeg", Buffer.from([0xff, 0xd8, 0xff])],
] as const;

export interface SentPicture {
  readonly path: string;
  /** Under which name it is saved; `null` where it is shown. */
  readonly download: string | null;
  /** The address changes with the picture. */
  readonly isForEver: boolean;
  readonly isHead: boolean;
}

/**
 * Sends a PNG or a JPEG, by its content: whatever else lies there is not sent. A browser is told to take it for nothing else, and
 * to run nothing in it.
 * @throws EditError `reference-expired` where there is none
 */
export async function sendPicture(
  response: ServerResponse,
  { path, download, isForEver, isHead }: SentPicture,
): Promise<void> {
  const { type, bytes } = await look(path);
  response.writeHead(200, {
    "content-type": type,
    "content-length": bytes,
    "cache-control": isForEver ? "private, max-age=31536000, immutable" : "private, no-cache",
    "content-disposition": download === null ? "inline" : `attachment; filename="${download}"`,
    "content-security-policy": "default-src 'none'; sandbox",
    "cross-origin-resource-policy": "same-origin",
    "x-content-type-options": "nosniff",
  });
  if (isHead) response.end();
  // Whoever leaves in the middle is no failure.
  else await pipeline(createReadStream(path), response).catch(() => {});
}

async function look(path: string): Promise<{ readonly type: string; readonly bytes: number }> {
  try {
    await using file = await open(path);
    const { buffer } = await file.read(Buffer.alloc(8), 0, 8, 0);
    const [type] =
      signatures.find(([, signature]) => buffer.subarray(0, signature.length).equals(signature)) ?? [];
    if (type) return { type, bytes: (await file.stat()).size };
  } catch (cause) {
    throw new EditError("reference-expired", "Expected a picture that is kept, got none.", { cause });
  }
  throw new EditError("reference-expired", "Expected a PNG or a JPEG, got something else.");
}
