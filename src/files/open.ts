import { fileURLToPath } from "node:url";
import { EditError } from "../errors.ts";
import type { FileStore } from "./file-store.ts";
import { createFolderStore } from "./folder/folder.ts";

/**
 * Opens the store of an address: `file:///folder` on this machine, the same on all. Nothing is asked of it yet: `check` does.
 * @throws EditError `usage` of an address that is none
 */
export async function openFileStore(address: string): Promise<FileStore> {
  const url = URL.canParse(address) ? new URL(address) : null;
  if (url && address.startsWith("file:///")) return createFolderStore(folderOf(url, address), address);
  throw notAnAddress(address);
}

function folderOf(url: URL, address: string): string {
  if (url.host !== "" || url.search !== "" || url.hash !== "" || url.pathname === "/")
    throw notAnAddress(address);
  try {
    return fileURLToPath(url).replace(/(?<=.)[/\\]+$/, "");
  } catch (cause) {
    throw notAnAddress(address, cause);
  }
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
