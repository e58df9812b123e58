import { createHash } from "node:crypto";
import { copyFileSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const mini = join(import.meta.dirname, "..", "..", "models", "mini");

interface Manifest {
  name: string;
  files: { path: string; size: number | null; sha256: string | null }[];
}

/**
 * A copy of the embedded pack (hard links where the disk allows it) under another name, with one file changed.
 * The manifest records the changed file as it is, so that what is wrong with it is found where it is used;
 * `hidden` leaves the manifest as it was.
 */
export function breakPack(
  roots: string,
  name: string,
  file: string,
  change: (bytes: Buffer) => Buffer,
  options: { hidden?: boolean } = {},
): void {
  const folder = join(roots, name);
  const manifest: Manifest = JSON.parse(readFileSync(join(mini, "pack.json"), "utf8"));
  manifest.name = name;
  for (const { path } of manifest.files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    try {
      linkSync(join(mini, path), join(folder, path));
    } catch {
      copyFileSync(join(mini, path), join(folder, path));
    }
  }
  const bytes = change(readFileSync(join(mini, file)));
  rmSync(join(folder, file));
  writeFileSync(join(folder, file), bytes);
  const entry = manifest.files.find(({ path }) => path === file);
  if (entry && !options.hidden) {
    entry.size = bytes.length;
    entry.sha256 = createHash("sha256").update(bytes).digest("hex");
  }
  writeFileSync(join(folder, "pack.json"), JSON.stringify(manifest));
}

type Header = Record<string, { shape: number[] } | undefined>;

/** A safetensors file with a changed header; the tensors stay where they are. */
export function withHeader(bytes: Buffer, change: (header: Header) => void): Buffer {
  const length = Number(bytes.readBigUInt64LE(0));
  const header: Header = JSON.parse(bytes.subarray(8, 8 + length).toString("utf8"));
  change(header);
  const text = Buffer.from(JSON.stringify(header).padEnd(length));
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([size, text, bytes.subarray(8 + length)]);
}
