import { createHash, randomUUID } from "node:crypto";
import { addAbortSignal, Readable } from "node:stream";
import {
  DeleteObjectCommand,
  GetBucketLifecycleConfigurationCommand,
  GetObjectCommand,
  type LifecycleRule,
  ListObjectsV2Command,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import { EditError, throwIfCancelled } from "../../errors.ts";
import { type RetryPolicy, retry } from "../../retry.ts";
import type { S3Settings } from "../../types.ts";
import { type FileOptions, type FileStore, missingFile } from "../file-store.ts";
import { keyOfFile, keyOfJob } from "../names.ts";
import { contentsOf, localRefusal, openLocal, writeWhole } from "../whole-copy.ts";
import { checkSettings, createClient } from "./client.ts";
import { isNoSuchKey, s3Failure } from "./failures.ts";

/** What is tried again, and when: about 5 seconds in all, besides what the tries take. */
const tries: RetryPolicy = {
  pauses: [250, 1000, 4000],
  isPassing: (error) => error instanceof EditError && error.code === "files-unreachable",
};

/** Objects that are deleted at once. One by one, since not every server knows how to delete many by one request. */
const deletionsAtOnce = 16;

/** An object as a list names it. */
interface Listed {
  readonly key: string;
  readonly bytes: number;
  /** Milliseconds since 1970, by the server's clock. */
  readonly changedAt: number;
}

/**
 * A bucket at AWS or at any server that speaks the same interface. Keys are `PREFIX/jobs/JOB/NAME`; each object carries the
 * SHA-256 of its contents, by which `get` tells a damaged one.
 * @param prefix Empty, or with a slash at its end
 * @throws EditError `usage` of half a pair of keys, and of a server that is not reached by HTTPS
 */
export function createS3Store(
  settings: S3Settings,
  { bucket, prefix, address }: { readonly bucket: string; readonly prefix: string; readonly address: string },
): FileStore {
  checkSettings(settings);
  const client = createClient(settings);
  const place = { bucket, server: settings.endpoint ?? "AWS" };
  const inBucket = (key: string) => ({ Bucket: bucket, Key: key });

  /** One request, or what belongs to one try of it. */
  async function ask<T>(
    signal: AbortSignal | undefined,
    attempt: (options: { abortSignal?: AbortSignal }) => Promise<T>,
  ): Promise<T> {
    throwIfCancelled(signal);
    const tried = async () => {
      try {
        return await attempt(signal ? { abortSignal: signal } : {});
      } catch (cause) {
        throwIfCancelled(signal);
        throw s3Failure(cause, place);
      }
    };
    return retry(tried, tries, { signal });
  }

  async function* listed(start: string, signal: AbortSignal | undefined): AsyncGenerator<Listed[]> {
    let token: string | undefined;
    do {
      const request = new ListObjectsV2Command({
        ...{ Bucket: bucket, Prefix: start },
        ...(token === undefined ? {} : { ContinuationToken: token }),
      });
      const answer = await ask(signal, (options) => client.send(request, options));
      yield (answer.Contents ?? []).map(({ Key = "", Size = 0, LastModified }) => ({
        ...{ key: Key, bytes: Size, changedAt: LastModified?.getTime() ?? Number.NaN },
      }));
      token = answer.IsTruncated ? answer.NextContinuationToken : undefined;
    } while (token !== undefined);
  }

  async function removeAll(objects: readonly Listed[], signal: AbortSignal | undefined): Promise<void> {
    for (let start = 0; start < objects.length; start += deletionsAtOnce) {
      const deletions = objects.slice(start, start + deletionsAtOnce).map(({ key }) => {
        const request = new DeleteObjectCommand(inBucket(key));
        return ask(signal, (options) => client.send(request, options));
      });
      await Promise.all(deletions);
    }
  }

  /** Writes an object, looks at it in some way, and deletes it. */
  async function probe<T>(signal: AbortSignal | undefined, look: (key: string) => Promise<T>): Promise<T> {
    const key = `${prefix}probe/${randomUUID()}`;
    const request = () => new PutObjectCommand({ ...inBucket(key), Body: new Uint8Array(1024) });
    await ask(signal, (options) => client.send(request(), options));
    const seen = await look(key);
    await ask(signal, (options) => client.send(new DeleteObjectCommand(inBucket(key)), options));
    return seen;
  }

  /** What time it is there, milliseconds since 1970. */
  async function timeThere(signal: AbortSignal | undefined): Promise<number> {
    return probe(signal, async (key) => {
      const found: Listed[] = [];
      for await (const page of listed(key, signal)) found.push(...page);
      return found[0]?.changedAt ?? Number.NaN;
    });
  }

  async function read(key: string, signal: AbortSignal | undefined): Promise<void> {
    await ask(signal, async (options) => {
      const { Body: body } = await client.send(new GetObjectCommand(inBucket(key)), options);
      await body?.transformToByteArray();
    });
  }

  return {
    address,
    async put(job, name, from, { signal }: FileOptions = {}) {
      const key = prefix + keyOfFile(job, name);
      throwIfCancelled(signal);
      const { size, sha256 } = await measured(from, signal);
      await ask(signal, async (options) => {
        await using source = await openLocal(from);
        const object = { Body: contentsOf(source), ContentLength: size, Metadata: { [digestName]: sha256 } };
        await client.send(new PutObjectCommand({ ...inBucket(key), ...object }), options);
      });
    },
    async get(job, name, to, { signal }: FileOptions = {}) {
      const key = prefix + keyOfFile(job, name);
      await ask(signal, async (options) => {
        const answer = await client.send(new GetObjectCommand(inBucket(key)), options).catch((error) => {
          throw isNoSuchKey(error) ? missingFile(job, name, address) : error;
        });
        const { Body: body, ContentLength: length, Metadata: data } = answer;
        if (!(body instanceof Readable)) throw new TypeError("Expected a stream of an object, got none.");
        if (signal) addAbortSignal(signal, body);
        const pieces = checked(body, { length, sha256: data?.[digestName] });
        await writeWhole({ to }, pieces, { signal, refused: localRefusal });
      });
    },
    async list(job, { signal }: FileOptions = {}) {
      const start = prefix + keyOfJob(job);
      const files = [];
      for await (const page of listed(start, signal)) files.push(...page);
      return files
        .map(({ key, bytes }) => ({ name: key.slice(start.length), bytes }))
        .sort((a, b) => (a.name < b.name ? -1 : 1));
    },
    async remove(job, { signal }: FileOptions = {}) {
      for await (const page of listed(prefix + keyOfJob(job), signal)) await removeAll(page, signal);
    },
    async removeOlderThan(milliseconds, { signal }: FileOptions = {}) {
      const before = (await timeThere(signal)) - milliseconds;
      let count = 0;
      for (const folder of ["jobs/", "probe/"])
        for await (const page of listed(prefix + folder, signal)) {
          const old = page.filter(({ changedAt }) => changedAt < before);
          await removeAll(old, signal);
          count += old.length;
        }
      return count;
    },
    async check({ signal, lists = true } = {}) {
      await probe(signal, (key) => read(key, signal));
      if (lists) await timeThere(signal);
      const request = new GetBucketLifecycleConfigurationCommand({ Bucket: bucket });
      // Keys that see one prefix alone may not ask, and not every server knows the question.
      const answer = await client.send(request, signal ? { abortSignal: signal } : {}).catch(() => null);
      throwIfCancelled(signal);
      return { lifetimeDays: lifetimeOf(answer?.Rules ?? [], prefix) };
    },
    async [Symbol.asyncDispose]() {
      client.destroy();
    },
  };
}

/** Name of the metadata that holds the SHA-256, hexadecimal. */
const digestName = "sha256";

async function measured(
  path: string,
  signal: AbortSignal | undefined,
): Promise<{ readonly size: number; readonly sha256: string }> {
  await using source = await openLocal(path);
  const hash = createHash("sha256");
  let size = 0;
  for await (const piece of contentsOf(source)) {
    throwIfCancelled(signal);
    hash.update(piece);
    size += piece.length;
  }
  return { size, sha256: hash.digest("hex") };
}

/** The pieces of an object. Fails after the last where they are not what was put there: a transfer was cut or damaged. */
async function* checked(
  pieces: AsyncIterable<Uint8Array>,
  expected: { readonly length: number | undefined; readonly sha256: string | undefined },
): AsyncGenerator<Uint8Array> {
  const hash = createHash("sha256");
  let length = 0;
  for await (const piece of pieces) {
    hash.update(piece);
    length += piece.length;
    yield piece;
  }
  const isWhole = expected.length === undefined || expected.length === length;
  const isSame = expected.sha256 === undefined || expected.sha256 === hash.digest("hex");
  if (!isWhole || !isSame) throw Object.assign(new Error("a damaged file"), { code: "DamagedFile" });
}

/** The shortest time after which a rule of the bucket takes away all below the prefix; `null` where there is none. */
function lifetimeOf(rules: readonly LifecycleRule[], prefix: string): number | null {
  const days = rules.flatMap(({ Status, Filter = {}, Prefix, Expiration }) => {
    const { Prefix: filtered, ...others } = Filter;
    const isOfSome = Object.values(others).some((value) => value !== undefined);
    const covers = !isOfSome && prefix.startsWith(filtered ?? Prefix ?? "");
    return Status === "Enabled" && covers && Expiration?.Days ? [Expiration.Days] : [];
  });
  return days.length > 0 ? Math.min(...days) : null;
}
