import { appendFile, mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { EditError } from "../../errors.ts";
import { diskFailure } from "../../packs/write-file.ts";
import { encodeRgbPng, readPicture } from "../../pipeline/image/image.ts";
import type { Rgb } from "../../pipeline/image/picture.ts";
import { writeOutput } from "../../pipeline/image/write-file.ts";

/** What was computed of one picture and prompt, kept from one run to the next: values by key, and painted frames. */
export interface PictureCache {
  get(key: string): unknown;
  /** In one write, so that a run that is ended keeps all of a batch or, where the write was cut, all but its last lines. */
  add(entries: readonly (readonly [key: string, value: unknown])[]): Promise<void>;
  /** `null` where it was not kept, or its file is damaged. */
  readFrame(name: string): Promise<Rgb | null>;
  writeFrame(name: string, frame: Rgb): Promise<void>;
}

const knownFile = "known.jsonl";

/**
 * Opens the cache in a folder, which is made. Lines that a kill cut short are passed over.
 * @param published A file of `publishCache` whose values are known from the start; it need not be there. Nothing is written to it.
 * @throws EditError `disk-full`, `output-unwritable`; `set-invalid` where the published file cannot be read
 */
export async function openPictureCache(
  folder: string,
  published: string | null = null,
): Promise<PictureCache> {
  const file = join(folder, knownFile);
  const frames = join(folder, "frames");
  await mkdir(frames, { recursive: true }).catch((cause: unknown) => {
    throw diskFailure(frames, cause);
  });
  const text = await readFile(file, "utf8").catch(() => "");
  const known = new Map([...(published ? await readPublished(published) : []), ...entriesOf(text)]);
  let isCut = text !== "" && !text.endsWith("\n");
  const frameFile = (name: string) => join(frames, `${name}.png`);
  return {
    get: (key) => known.get(key),
    async add(entries) {
      const lines = entries.map((entry) => `${JSON.stringify(entry)}\n`).join("");
      await appendFile(file, `${isCut ? "\n" : ""}${lines}`).catch((cause: unknown) => {
        throw diskFailure(file, cause);
      });
      isCut = false;
      for (const [key, value] of entries) known.set(key, value);
    },
    readFrame: (name) => readPicture(frameFile(name)).catch(() => null),
    async writeFrame(name, frame) {
      await writeOutput(frameFile(name), await encodeRgbPng(frame));
    },
  };
}

/**
 * What a cache knows and what was published of it before, as one file: lines of `["key", value]`, compressed by gzip. The same values
 * give the same bytes.
 */
export async function publishCache(folder: string, published: string): Promise<Uint8Array> {
  const text = await readFile(join(folder, knownFile), "utf8");
  const known = new Map([...(await readPublished(published)), ...entriesOf(text)]);
  const lines = [...known].map((entry) => `${JSON.stringify(entry)}\n`).sort();
  return gzipSync(lines.join(""), { level: 9 });
}

async function readPublished(file: string): Promise<[string, unknown][]> {
  try {
    return entriesOf(gunzipSync(await readFile(file)).toString("utf8"));
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return [];
    throw new EditError(
      "set-invalid",
      `Expected what another run published in ${file}, got ${cause instanceof Error ? cause.message : String(cause)}.`,
      { cause },
    );
  }
}

function entriesOf(text: string): [string, unknown][] {
  return text.split("\n").flatMap(entryOf);
}

function entryOf(line: string): [string, unknown][] {
  try {
    const entry: unknown = JSON.parse(line);
    return Array.isArray(entry) && entry.length === 2 && typeof entry[0] === "string"
      ? [[entry[0], entry[1]]]
      : [];
  } catch {
    return [];
  }
}
