import { readFile } from "node:fs/promises";

/**
 * Reads a small text as whichever system wrote it: UTF-8 with or without a byte order mark, or UTF-16 with one. What the
 * system refuses is thrown as it comes.
 */
export async function readTextFile(file: string): Promise<string> {
  return decodeText(await readFile(file));
}

/** The lines of a text, whether they end in LF, CRLF or CR. The last one is empty where the text ends in a line end. */
export function linesOf(text: string): string[] {
  return text.split(/\r\n|\n|\r/);
}

/** JSON as Python writes it: infinities and what is no number, which JSON does not have, are `null`. */
export function parseLooseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return JSON.parse(text.replace(/([:[,]\s*)(?:-?Infinity|NaN)(?=\s*[,\]}])/g, "$1null"));
  }
}

/**
 * The same value without keys that are `null`, at any depth of objects: libraries write `null` for what was not said, and
 * its default counts.
 */
export function withoutNulls(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const entries = Object.entries(value).filter(([, entry]) => entry !== null);
  return Object.fromEntries(entries.map(([key, entry]) => [key, withoutNulls(entry)]));
}

function decodeText(bytes: Uint8Array): string {
  const [first, second] = bytes;
  // A decoder takes the byte order mark away.
  if (first === 0xff && second === 0xfe) return new TextDecoder("utf-16le").decode(bytes);
  if (first === 0xfe && second === 0xff) return new TextDecoder("utf-16be").decode(bytes);
  return new TextDecoder("utf-8").decode(bytes);
}
