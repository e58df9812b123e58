import { fileURLToPath } from "node:url";
import { EditError } from "../errors.ts";
import type { S3Settings } from "../types.ts";
import type { FileStore } from "./file-store.ts";
import { createFolderStore } from "./folder/folder.ts";

/** Names of buckets as AWS takes them, and longer ones of other servers. */
const bucketPattern = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const prefixPattern = /^(?:[A-Za-z0-9][A-Za-z0-9._-]{0,99}\/){0,5}$/;

/**
 * Opens the store of an address: `file:///folder`, a folder on this machine that is the same on all, or `s3://bucket/prefix`.
 * Nothing is asked of it yet: `check` does.
 * @param s3 How S3 is reached; AWS's client is loaded for an address of it alone
 * @throws EditError `usage` of an address that is none, and of a server that is not reached by HTTPS
 */
export async function openFileStore(address: string, s3: S3Settings): Promise<FileStore> {
  if (address.startsWith("file:///")) return createFolderStore(folderOf(address), address);
  if (address.startsWith("s3://")) {
    const place = bucketOf(address);
    const { createS3Store } = await import("./s3/s3.ts");
    return createS3Store(s3, { ...place, address });
  }
  throw notAnAddress(address);
}

function folderOf(address: string): string {
  // A question mark or a hash would end the path of an address.
  if (!URL.canParse(address) || /[?#]|^file:\/+$/.test(address)) throw notAnAddress(address);
  try {
    return fileURLToPath(address).replace(/(?<=.)[/\\]+$/, "");
  } catch (cause) {
    throw notAnAddress(address, cause);
  }
}

function bucketOf(address: string): { readonly bucket: string; readonly prefix: string } {
  const [bucket = "", ...parts] = address.slice("s3://".length).split("/");
  const folders = parts.join("/").replace(/\/$/, "");
  const prefix = folders === "" ? "" : `${folders}/`;
  if (!bucketPattern.test(bucket) || !prefixPattern.test(prefix)) throw notAnAddress(address);
  return { bucket, prefix };
}

function notAnAddress(address: string, cause?: unknown): EditError {
  // An address may carry a password.
  const shown = address.includes("@") ? "something else" : JSON.stringify(address);
  return new EditError(
    "usage",
    `Expected the address of a file store, such as file:///srv/lrbot or s3://bucket/prefix, got ${shown}.`,
    { cause },
  );
}
