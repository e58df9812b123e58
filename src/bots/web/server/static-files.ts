import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { extname, join } from "node:path";

/** A file of the built page, as it goes out. */
export interface StaticFile {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly headers: Readonly<Record<string, string>>;
}

/** The files of the page as they were built, read once. */
export interface StaticFiles {
  /** `null` where there is no such file. Paths of views, which have no ending, are the page itself. */
  find(path: string, accepts: string): Promise<StaticFile | null>;
}

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".webp": "image/webp",
  ".ico": "image/x-icon",
  ".woff2": "font/woff2",
  ".json": "application/json",
  ".webmanifest": "application/manifest+json",
  ".txt": "text/plain; charset=utf-8",
};
const encodings = [
  ["br", ".br"],
  ["gzip", ".gz"],
] as const;
/** Folders and names of plain characters alone: nothing leads out of the folder. */
const safePath = /^(?:\/[A-Za-z0-9_-][A-Za-z0-9._-]*)+$/;

/** @param folder Takes `index.html` and `assets/`; where it is missing, every path leads to a page that says so. */
export function createStaticFiles(folder: string): StaticFiles {
  const read = new Map<string, Promise<Uint8Array<ArrayBuffer> | null>>();

  function bytesOf(path: string): Promise<Uint8Array<ArrayBuffer> | null> {
    const before = read.get(path);
    if (before) return before;
    const file = join(folder, path);
    const bytes = existsSync(file)
      ? readFile(file).then((data) => new Uint8Array(data))
      : Promise.resolve(null);
    if (existsSync(file)) read.set(path, bytes);
    return bytes;
  }

  async function encoded(path: string, accepts: string): Promise<StaticFile | null> {
    const plain = await bytesOf(path);
    if (!plain) return null;
    const isHashed = path.startsWith("/assets/");
    const headers = {
      "content-type": types[extname(path)] ?? "application/octet-stream",
      "cache-control": isHashed ? "public, max-age=31536000, immutable" : "no-cache",
      vary: "Accept-Encoding",
    };
    for (const [name, ending] of encodings) {
      const small = accepts.includes(name) ? await bytesOf(`${path}${ending}`) : null;
      if (small) return { body: small, headers: { ...headers, "content-encoding": name } };
    }
    return { body: plain, headers };
  }

  return {
    async find(path, accepts) {
      const isView = extname(path) === "";
      if (isView) return (await encoded("/index.html", accepts)) ?? notBuilt;
      return safePath.test(path) && extname(path) in types ? encoded(path, accepts) : null;
    },
  };
}

const notBuilt: StaticFile = {
  body: new TextEncoder().encode(
    "<!doctype html><title>learnable-regions-bot</title><p>The page is not built. Run: npm run build</p>",
  ),
  headers: { "content-type": "text/html; charset=utf-8", "cache-control": "no-store" },
};
