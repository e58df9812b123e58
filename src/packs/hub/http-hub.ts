import { on } from "node:events";
import { z } from "zod";
import { EditError } from "../../errors.ts";
import type { Hub, HubBytes, HubFile, HubLocation, HubRevision } from "./hub.ts";
import { refusal } from "./refusal.ts";
import { createRequester, passing, type Reply, type Requester } from "./request.ts";
import { type HubRetryOptions, PassingFailure, retryAtHub } from "./retries.ts";

export interface HttpHubOptions {
  /** `https://huggingface.co`, or another server of the same interface. */
  readonly endpoint: string;
  /** Sent to the endpoint alone, over https or to this machine. */
  readonly token: string | null;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  /** The longest silence of a connection. Default 30 s. */
  readonly idleMilliseconds?: number;
  readonly retries?: Omit<HubRetryOptions, "signal">;
}

/** What requests are made with. */
interface Asker {
  readonly requester: Requester;
  readonly isSigned: boolean;
  readonly clock: () => number;
}

/**
 * The model hub over its HTTP interface, as huggingface_hub speaks it (`hf_api.py` and `file_download.py` of
 * https://github.com/huggingface/huggingface_hub).
 * @throws EditError `usage` where a token would travel readable for all
 */
export function createHttpHub(options: HttpHubOptions): Hub {
  const endpoint = new URL(options.endpoint);
  const { token, clock, idleMilliseconds = 30_000, retries = {} } = options;
  if (token !== null) requirePrivate(endpoint);
  const requester = createRequester({ endpoint, token, idleMilliseconds });
  const asker: Asker = { requester, isSigned: token !== null, clock };
  const base = endpoint.href.replace(/\/+$/, "");

  const answerTo = (path: string, signal: AbortSignal) =>
    retryAtHub(() => readJson(new URL(`${base}${path}`), asker, signal), {
      ...retries,
      signal,
    });

  return {
    name: endpoint.host,
    async revision(repository, revision, signal) {
      const { body } = await answerTo(`${api(repository)}/revision/${encodeURIComponent(revision)}`, signal);
      const { sha: commit } = parsed(infoSchema, body, `the commit of ${repository}`);
      return { commit, files: await filesOf(repository, commit, answerTo, signal) };
    },
    async conversion(repository, signal) {
      const found = await conversionOf(repository, answerTo, signal);
      if (found === null) return null;
      const { body } = await answerTo(`${api(repository)}/refs?include_prs=1`, signal);
      const { pullRequests } = parsed(refsSchema, body, `the references of ${repository}`);
      return pullRequests.some(({ ref }) => ref === found) ? found : null;
    },
    read: (place, from, signal) => readFrom(base, place, from, asker, signal),
    [Symbol.asyncDispose]: () => requester[Symbol.asyncDispose](),
  };
}

function requirePrivate({ protocol, hostname, origin }: URL): void {
  const isHere = ["localhost", "127.0.0.1", "[::1]"].includes(hostname);
  if (protocol === "https:" || isHere) return;
  throw new EditError(
    "usage",
    `Expected HF_ENDPOINT to be https where HF_TOKEN is set, got ${origin}. Unset HF_TOKEN, or use https.`,
  );
}

const api = (repository: string) => `/api/models/${repository}`;

type AnswerTo = (path: string, signal: AbortSignal) => Promise<{ body: unknown; next: string | null }>;

const commitSchema = z.string().regex(/^[0-9a-f]{40}$/);
const infoSchema = z.object({ sha: commitSchema });
const refsSchema = z.object({ pullRequests: z.array(z.object({ ref: z.string() })).default([]) });
const discussionsSchema = z.object({
  count: z.int().nonnegative(),
  start: z.int().nonnegative(),
  discussions: z.array(
    z.object({
      num: z.int().positive(),
      title: z.string(),
      isPullRequest: z.boolean(),
      status: z.string(),
      author: z.object({ name: z.string() }).nullish(),
    }),
  ),
});
const treeSchema = z.array(
  z.object({
    type: z.string(),
    path: z.string(),
    size: z.int().nonnegative(),
    oid: z.string(),
    lfs: z.object({ oid: z.string().regex(/^[0-9a-f]{64}$/), size: z.int().nonnegative() }).nullish(),
  }),
);

async function filesOf(
  repository: string,
  commit: string,
  answerTo: AnswerTo,
  signal: AbortSignal,
): Promise<HubRevision["files"]> {
  const files = new Map<string, HubFile>();
  let page: string | null = `${api(repository)}/tree/${commit}?recursive=true&expand=false`;
  while (page !== null) {
    const { body, next }: { body: unknown; next: string | null } = await answerTo(page, signal);
    for (const entry of parsed(treeSchema, body, `the files of ${repository}`)) {
      if (entry.type !== "file") continue;
      const { path, size, oid, lfs } = entry;
      const isBlobId = !lfs && /^[0-9a-f]{40}$/.test(oid);
      const blobId = isBlobId ? oid : null;
      files.set(path, { path, size: lfs?.size ?? size, sha256: lfs?.oid ?? null, blobId });
    }
    page = next;
  }
  return files;
}

/** Whoever has an account can open a pull request; only the hub's own converter is trusted with weights. */
const converter = { author: "SFconvertbot", title: /^Adding `safetensors` variant of this model$/ };

async function conversionOf(
  repository: string,
  answerTo: AnswerTo,
  signal: AbortSignal,
): Promise<string | null> {
  for (let page = 0, isMore = true; isMore; page++) {
    const query = `?type=pull_request&author=${converter.author}&p=${page}`;
    const { body } = await answerTo(`${api(repository)}/discussions${query}`, signal);
    const { count, start, discussions } = parsed(discussionsSchema, body, `the discussions of ${repository}`);
    const found = discussions.find(
      ({ author, isPullRequest, status, title }) =>
        isPullRequest &&
        ["open", "merged"].includes(status) &&
        author?.name === converter.author &&
        converter.title.test(title),
    );
    if (found) return `refs/pr/${found.num}`;
    isMore = discussions.length > 0 && start + discussions.length < count;
  }
  return null;
}

function parsed<T>(schema: z.ZodType<T>, body: unknown, what: string): T {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new EditError(
    "hub-unavailable",
    `Expected ${what} from the model hub, got an answer of another form (${issue?.path.join(".")}: ${issue?.message}). Is HF_ENDPOINT a model hub?`,
    { cause: result.error },
  );
}

const largestAnswer = 64e6;

async function readJson(
  location: URL,
  asker: Asker,
  signal: AbortSignal,
): Promise<{ body: unknown; next: string | null }> {
  await using reply = await asker.requester.get(location, { accept: "application/json" }, signal);
  if (reply.status !== 200) throw refusal(reply, location, { isSigned: asker.isSigned, now: asker.clock() });
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of reply.body) {
      bytes += chunk.length;
      if (bytes > largestAnswer) throw new PassingFailure("an answer that does not end");
      chunks.push(chunk);
    }
    return { body: JSON.parse(Buffer.concat(chunks).toString("utf8")), next: nextPage(reply, location) };
  } catch (cause) {
    if (cause instanceof SyntaxError) throw new PassingFailure("an answer that is no JSON", { cause });
    throw passing(cause, location);
  }
}

/** The path of the next page of a list, from the `Link` header; pages of other servers are none of ours. */
function nextPage(reply: Reply, location: URL): string | null {
  const [, target] = reply.header("link")?.match(/<([^>]+)>\s*;\s*rel="?next"?/) ?? [];
  if (target === undefined || !URL.canParse(target, location.href)) return null;
  const next = new URL(target, location);
  return next.origin === location.origin ? `${next.pathname}${next.search}` : null;
}

async function readFrom(
  base: string,
  { repository, commit, path }: HubLocation,
  from: number,
  asker: Asker,
  signal: AbortSignal,
): Promise<HubBytes> {
  const at = path.split("/").map(encodeURIComponent).join("/");
  const location = new URL(`${base}/${repository}/resolve/${encodeURIComponent(commit ?? "main")}/${at}`);
  const reply = await asker.requester.get(location, from > 0 ? { range: `bytes=${from}-` } : {}, signal);
  try {
    if (reply.status === 416) throw new PassingFailure("no such part of the file");
    if (reply.status !== 200 && reply.status !== 206)
      throw refusal(reply, location, { isSigned: asker.isSigned, now: asker.clock() });
    if ((reply.header("content-encoding") ?? "identity") !== "identity")
      throw new PassingFailure("a compressed answer");
    const served = reply.first("x-repo-commit");
    if (served !== null && commit !== null && served !== commit)
      throw new PassingFailure(`the commit ${served} for ${commit}`);
    return {
      ...extentOf(reply, from),
      bytes: bytesOf(reply, location),
      [Symbol.asyncDispose]: reply[Symbol.asyncDispose],
    };
  } catch (failure) {
    await reply[Symbol.asyncDispose]();
    throw failure;
  }
}

function extentOf(reply: Reply, asked: number): { from: number; size: number | null } {
  const length = reply.header("content-length");
  if (reply.status === 200) return { from: 0, size: length === null ? null : Number(length) };
  const [, from, size] = reply.header("content-range")?.match(/^bytes (\d+)-\d+\/(\d+|\*)$/) ?? [];
  if (Number(from) !== asked) throw new PassingFailure("another part of the file than was asked for");
  return { from: asked, size: size === undefined || size === "*" ? null : Number(size) };
}

/**
 * The body's bytes, read from now on. A stream that breaks drops what it holds and nobody has read; here all that came
 * before the break is handed on first, so that the next try goes on behind it.
 */
function bytesOf({ body }: Reply, location: URL): AsyncIterable<Buffer> {
  const chunks = on(body, "data", { close: ["end", "close"], highWaterMark: 64 });
  return (async function* () {
    try {
      for await (const [chunk] of chunks) yield chunk;
    } catch (cause) {
      throw passing(cause, location);
    }
  })();
}
