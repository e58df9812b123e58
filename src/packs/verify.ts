import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { EditError, throwIfCancelled } from "../errors.ts";
import type { Pack, PackFile } from "./pack.ts";

/** `unknown` is a file whose hash the manifest does not know: it was read, and nothing was proven. */
export interface VerifiedFile {
  readonly path: string;
  readonly sha256: string;
  readonly state: "matches" | "unknown";
}

/**
 * Reads every file of a pack and compares its sha256 with the manifest.
 * @throws EditError `pack-hash-mismatch`, `pack-file-missing`, `cancelled`
 */
export async function verifyPack(
  pack: Pack,
  options: { signal?: AbortSignal; onFile?: (file: VerifiedFile) => void } = {},
): Promise<VerifiedFile[]> {
  const verified: VerifiedFile[] = [];
  for (const file of pack.manifest.files) {
    throwIfCancelled(options.signal);
    const result = await verifyFile(pack, file, options.signal);
    verified.push(result);
    options.onFile?.(result);
  }
  return verified;
}

async function verifyFile(
  pack: Pack,
  file: PackFile,
  signal: AbortSignal | undefined,
): Promise<VerifiedFile> {
  const name = `${pack.manifest.name}/${file.path}`;
  const sha256 = await sha256OfFile(join(pack.folder, file.path), signal).catch((cause: unknown) => {
    throwIfCancelled(signal);
    throw new EditError("pack-file-missing", `Expected to read the pack's file ${name}, got ${cause}.`, {
      cause,
    });
  });
  if (file.sha256 !== null && file.sha256 !== sha256) {
    throw new EditError(
      "pack-hash-mismatch",
      `Expected ${name} to have sha256 ${file.sha256}, got ${sha256}. Fetch the pack again.`,
    );
  }
  return { path: file.path, sha256, state: file.sha256 === null ? "unknown" : "matches" };
}

/**
 * Lower-case hex sha256 of a file, read as a stream.
 * @throws EditError `cancelled`
 */
export async function sha256OfFile(path: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash("sha256");
  const reading = pipeline(
    createReadStream(path, { highWaterMark: 1 << 20 }),
    hash,
    signal ? { signal } : {},
  );
  await reading.catch((error: unknown) => {
    throwIfCancelled(signal);
    throw error;
  });
  return hash.digest("hex");
}
