import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import type { S3Settings } from "../../../src/types.ts";
import { noS3 } from "./settings.ts";

/** A server that speaks S3, on a folder, in a process of its own. */
export interface S3Server extends AsyncDisposable {
  readonly settings: S3Settings & { readonly endpoint: string };
  /** Makes all that is there older. */
  makeOlder(days: number): Promise<void>;
  /** Makes objects of one byte. */
  seed(bucket: string, keys: readonly string[]): Promise<void>;
  /** Keys of all objects in a bucket. */
  keys(bucket: string): Promise<string[]>;
}

/** What s3rver calls the file of an object. */
const suffix = "._S3rver_object";

/**
 * s3rver, which knows keys, clocks and buckets, and writes objects in place.
 * @param isStrict It checks signatures. That of a list fails then: s3rver leaves out the slash after the bucket's name, which
 * AWS's client signs.
 */
export async function startS3rver(bucket: string, { isStrict = false } = {}): Promise<S3Server> {
  const directory = await mkdtemp(join(tmpdir(), "lrbot-s3-"));
  await mkdir(join(directory, bucket));
  const script = join(import.meta.dirname, "s3rver-process.mjs");
  // It makes the marks between two pages of a list by DES.
  const words = ["--openssl-legacy-provider", script, directory, isStrict ? "strict" : "lax"];
  const child = spawn(process.execPath, words, { stdio: ["ignore", "pipe", "inherit"] });
  const [port] = await once(createInterface(child.stdout), "line");
  const objects = async () => {
    const names = await readdir(directory, { recursive: true });
    return names.filter((name) => name.endsWith(suffix));
  };
  return {
    settings: {
      ...noS3,
      endpoint: `http://127.0.0.1:${port}`,
      keys: { id: "S3RVER", secret: "S3RVER", sessionToken: null },
    },
    async makeOlder(days) {
      for (const name of await objects()) {
        const at = (await stat(join(directory, name))).mtimeMs / 1000 - days * 86_400;
        await utimes(join(directory, name), at, at);
      }
    },
    async seed(name, keys) {
      for (const key of keys) {
        const path = join(directory, name, `${key}${suffix}`);
        await mkdir(dirname(path), { recursive: true });
        await writeFile(path, "x");
      }
    },
    async keys(name) {
      const own = (await objects()).filter((path) => path.startsWith(`${name}/`));
      return own.map((path) => path.slice(name.length + 1, -suffix.length)).sort();
    },
    async [Symbol.asyncDispose]() {
      const end = once(child, "exit");
      child.kill();
      await end;
      await rm(directory, { recursive: true, maxRetries: 3 });
    },
  };
}
