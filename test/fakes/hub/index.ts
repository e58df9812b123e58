import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createFaults, type Fault } from "./faults.ts";
import { commitOf, type FakeDiscussion, type FakeFile, type FakeRepository } from "./repositories.ts";
import { sendFile } from "./send-file.ts";

/** What was asked of the fake. */
export interface SeenRequest {
  readonly server: "hub" | "cdn";
  /** Path and query. */
  readonly path: string;
  readonly range: string | null;
  readonly authorization: string | null;
}

/**
 * A model hub on loopback: the interface of huggingface.co as far as a pull needs it, and a server of files of
 * another origin that it redirects to for large ones, as the real one does.
 */
export interface FakeHub extends AsyncDisposable {
  /** What HF_ENDPOINT is set to. */
  readonly url: string;
  readonly requests: SeenRequest[];
  readonly repositories: Map<string, FakeRepository>;
  /** Tokens that are known, and the gated repositories that their accounts were let into. */
  readonly tokens: Map<string, { readonly granted: string[] }>;
  /** Makes or replaces a repository with one commit on `main`. */
  addRepository(name: string, files: Readonly<Record<string, string | Buffer>>): FakeRepository;
  /** Opens a pull request with its own commit. */
  addPullRequest(
    name: string,
    discussion: Omit<FakeDiscussion, "isPullRequest">,
    files: Readonly<Record<string, string | Buffer>>,
  ): void;
  misbehave(fault: Fault): void;
  behave(): void;
  /** Entries of one page of a tree. Default 1000. */
  pageSize: number;
}

export async function createFakeHub(): Promise<FakeHub> {
  const faults = createFaults();
  const requests: SeenRequest[] = [];
  const repositories = new Map<string, FakeRepository>();
  const tokens: FakeHub["tokens"] = new Map();

  const see = (server: "hub" | "cdn", request: IncomingMessage) => {
    const { range, authorization } = request.headers;
    requests.push({
      server,
      path: request.url ?? "",
      range: range ?? null,
      authorization: authorization ?? null,
    });
  };
  const serve = (server: "hub" | "cdn", answer: Answer) =>
    createServer((request, response) => {
      see(server, request);
      void answer(request, response, faults.next(server, request.url ?? ""));
    });

  const cdn = serve("cdn", async (request, response, faultAction) => {
    const { pathname } = new URL(request.url ?? "", "http://cdn");
    const file = allFiles(repositories).find(({ sha256 }) => pathname === `/xet/${sha256}`);
    if (faultAction?.kind === "status") return refuse(response, faultAction.status, faultAction.headers);
    if (!file) return refuse(response, 403);
    await sendFile(response, file.bytes, request.headers.range, faultAction);
  });
  const cdnUrl = await listen(cdn);
  const hub = serve("hub", (request, response, faultAction) => {
    if (faultAction?.kind === "status") return refuse(response, faultAction.status, faultAction.headers);
    if (faultAction?.kind === "text") return void response.writeHead(200).end(faultAction.body);
    const bearer = request.headers.authorization?.match(/^Bearer (.+)$/)?.[1] ?? null;
    if (bearer !== null && !tokens.has(bearer))
      return refuse(response, 401, { "x-error-message": "Invalid credentials in Authorization header" });
    const asked = routeOf(new URL(request.url ?? "", "http://hub"));
    const repository = asked && repositories.get(asked.name);
    const renamed = asked && [...repositories.values()].find(({ aliases }) => aliases.includes(asked.name));
    if (asked && renamed) {
      const location = (request.url ?? "").replace(asked.name, renamed.name);
      return void response.writeHead(307, { location }).end();
    }
    if (!asked || !repository)
      return refuse(response, bearer === null ? 401 : 404, { "x-error-code": "RepoNotFound" });
    const isLetIn = bearer !== null && tokens.get(bearer)?.granted.includes(repository.name) === true;
    const context = {
      response,
      request,
      repository,
      url: asked.url,
      pageSize: fake.pageSize,
      cdnUrl,
      faultAction,
    };
    if (asked.kind === "resolve" && repository.isGated && !isLetIn)
      return refuse(response, bearer === null ? 401 : 403, { "x-error-code": "GatedRepo" });
    return routes[asked.kind](context, asked.rest);
  });
  const url = await listen(hub);

  const fake: FakeHub = {
    url,
    requests,
    repositories,
    tokens,
    pageSize: 1000,
    addRepository(name, files) {
      const commit = commitOf(files);
      const revisions = new Map([
        ["main", commit],
        [commit.commit, commit],
      ]);
      for (const [reference, old] of repositories.get(name)?.revisions ?? []) {
        if (/^[0-9a-f]{40}$/.test(reference)) revisions.set(reference, old);
      }
      const repository = { name, revisions, discussions: [], isGated: false, aliases: [] };
      repositories.set(name, repository);
      return repository;
    },
    addPullRequest(name, discussion, files) {
      const repository = repositories.get(name);
      const commit = commitOf(files);
      repository?.discussions.push({ ...discussion, isPullRequest: true });
      repository?.revisions.set(`refs/pr/${discussion.num}`, commit).set(commit.commit, commit);
    },
    misbehave: (fault) => faults.add(fault),
    behave: () => faults.clear(),
    async [Symbol.asyncDispose]() {
      for (const server of [hub, cdn]) {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
    },
  };
  return fake;
}

type FaultAction = ReturnType<ReturnType<typeof createFaults>["next"]>;
type Answer = (
  request: IncomingMessage,
  response: ServerResponse,
  faultAction: FaultAction,
) => void | Promise<void>;

function allFiles(repositories: ReadonlyMap<string, FakeRepository>): FakeFile[] {
  return [...repositories.values()].flatMap(({ revisions }) =>
    [...revisions.values()].flatMap(({ files }) => [...files.values()]),
  );
}

function refuse(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, headers).end();
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

type Kind = "revision" | "tree" | "refs" | "discussions" | "resolve" | "cached";

/** `owner/name`, what is asked of it, and the rest of the path. */
function routeOf(url: URL): { name: string; kind: Kind; rest: string; url: URL } | null {
  const api = url.pathname.match(
    /^\/api\/models\/([^/]+\/[^/]+)\/(revision|tree|refs|discussions)(?:\/(.+))?$/,
  );
  const cached = url.pathname.match(/^\/api\/resolve-cache\/models\/([^/]+\/[^/]+)\/(.+)$/);
  const resolve = url.pathname.match(/^\/([^/]+\/[^/]+)\/resolve\/(.+)$/);
  if (api) return { name: api[1] ?? "", kind: api[2] as Kind, rest: api[3] ?? "", url };
  if (cached) return { name: cached[1] ?? "", kind: "cached", rest: cached[2] ?? "", url };
  return resolve ? { name: resolve[1] ?? "", kind: "resolve", rest: resolve[2] ?? "", url } : null;
}

interface Context {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly repository: FakeRepository;
  readonly url: URL;
  readonly pageSize: number;
  readonly cdnUrl: string;
  readonly faultAction: FaultAction;
}

const routes: Record<Kind, (context: Context, rest: string) => void | Promise<void>> = {
  revision({ response, repository }, rest) {
    const found = repository.revisions.get(decodeURIComponent(rest));
    if (!found) return refuse(response, 404, { "x-error-code": "RevisionNotFound" });
    const siblings = [...found.files.keys()].map((rfilename) => ({ rfilename }));
    json(response, {
      id: repository.name,
      sha: found.commit,
      private: false,
      gated: repository.isGated ? "auto" : false,
      siblings,
    });
  },
  tree({ response, repository, url, pageSize }, rest) {
    const found = repository.revisions.get(decodeURIComponent(rest));
    if (!found) return refuse(response, 404, { "x-error-code": "RevisionNotFound" });
    const folders = new Set([...found.files.keys()].flatMap((path) => path.split("/").slice(0, -1)));
    const entries = [
      ...[...folders].map((path) => ({ type: "directory", oid: "0".repeat(40), size: 0, path })),
      ...[...found.files.values()].map(treeEntryOf),
    ];
    const start = Number(url.searchParams.get("cursor") ?? 0);
    const next = new URL(url);
    next.searchParams.set("cursor", String(start + pageSize));
    const link =
      start + pageSize < entries.length ? { link: `<${next.pathname}${next.search}>; rel="next"` } : {};
    json(response, entries.slice(start, start + pageSize), link);
  },
  refs({ response, repository, url }) {
    const refs = [...repository.revisions].map(([ref, { commit }]) => ({
      name: ref,
      ref,
      targetCommit: commit,
    }));
    const isAsked = url.searchParams.get("include_prs") === "1";
    json(response, {
      branches: refs.filter(({ ref }) => ref === "main").map((ref) => ({ ...ref, ref: "refs/heads/main" })),
      converts: [],
      tags: [],
      ...(isAsked ? { pullRequests: refs.filter(({ ref }) => ref.startsWith("refs/pr/")) } : {}),
    });
  },
  discussions({ response, repository, url }) {
    const author = url.searchParams.get("author");
    const all = repository.discussions.filter((one) => author === null || one.author === author);
    const start = Number(url.searchParams.get("p") ?? 0) * 10;
    const page = all.slice(start, start + 10).map(({ author: name, ...one }) => ({
      ...one,
      author: { name },
      createdAt: "2024-01-01T00:00:00.000Z",
      repo: { name: repository.name, type: "model" },
    }));
    json(response, { discussions: page, count: all.length, start });
  },
  resolve({ response, repository, cdnUrl, url }, rest) {
    const found = fileAt(repository, rest);
    if (!found) return refuse(response, 404, { "x-error-code": "EntryNotFound" });
    const { file, commit } = found;
    const headers = { "x-repo-commit": commit, "accept-ranges": "bytes" };
    if (!file.isLarge) {
      const location = `/api/resolve-cache/models/${repository.name}/${commit}/${file.path}${url.search}`;
      return void response.writeHead(307, { ...headers, location, etag: `"${file.oid}"` }).end();
    }
    response
      .writeHead(302, {
        ...headers,
        location: `${cdnUrl}/xet/${file.sha256}?X-Signature=abc`,
        etag: `"${file.oid}"`,
        "x-linked-etag": `"${file.sha256}"`,
        "x-linked-size": String(file.bytes.length),
      })
      .end();
  },
  cached({ request, response, repository, faultAction }, rest) {
    const found = fileAt(repository, rest);
    if (!found) return refuse(response, 404, { "x-error-code": "EntryNotFound" });
    return sendFile(response, found.file.bytes, request.headers.range, faultAction);
  },
};

function fileAt({ revisions }: FakeRepository, rest: string): { file: FakeFile; commit: string } | null {
  const [revision = "", ...path] = rest.split("/").map(decodeURIComponent);
  const found = revisions.get(revision);
  const file = found?.files.get(path.join("/"));
  return found && file ? { file, commit: found.commit } : null;
}

function treeEntryOf({ path, bytes, sha256, oid, isLarge }: FakeFile) {
  const { length: size } = bytes;
  const lfs = isLarge ? { lfs: { oid: sha256, size, pointerSize: 134 }, xetHash: sha256 } : {};
  return { type: "file", oid, size, path, ...lfs };
}

function json(response: ServerResponse, body: unknown, headers: Readonly<Record<string, string>> = {}): void {
  response.writeHead(200, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
}
