import { createHash } from "node:crypto";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { createFolderHub } from "../../src/packs/hub/folder-hub.ts";
import { createHttpHub, type HttpHubOptions } from "../../src/packs/hub/http-hub.ts";
import type { PackLock } from "../../src/packs/lock-file.ts";
import { describePack, openPack } from "../../src/packs/open.ts";
import { type PullOptions, pullPack } from "../../src/packs/pulling/pull.ts";
import { verifyPack } from "../../src/packs/verify.ts";
import { emptyFolder, everythingIn, temporaryFolder } from "../cli/lrbot.ts";
import { createFakeHub, type FakeHub } from "../fakes/hub/index.ts";

const root = temporaryFolder();
afterAll(() => rmSync(root, { recursive: true }));

let hub: FakeHub;
let made = 0;
let home = "";
beforeEach(async () => {
  hub = await createFakeHub();
  hub.addRepository("a/diffusion", {
    "unet/config.json": '{"in_channels": 9}',
    "unet/diffusion_pytorch_model.safetensors": weights(300_000),
    "unet/diffusion_pytorch_model.bin": "a pickle",
    "README.md": "# A model",
  });
  hub.addRepository("a/clip", { "config.json": "{}", "model.safetensors": weights(1000) });
  home = emptyFolder(root, `home-${made++}`);
  describeTiny();
});
afterEach(() => hub[Symbol.asyncDispose]());

const unet = "unet/diffusion_pytorch_model.safetensors";
const target = () => join(home, "packs", "tiny");
const roots = () => [join(home, "models"), join(home, "packs")];

/** Bytes in which every place is another. */
function weights(size: number): Buffer {
  const bytes = Buffer.alloc(size);
  for (let at = 0; at < size; at += 4) bytes.writeUInt32LE(at, at);
  return bytes;
}

const sha256 = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");

type FileChange = Record<string, unknown>;

/** Writes the description of a pack whose files are all on the hub but its nouns. */
function describeTiny(change: Record<string, FileChange> = {}): void {
  const files = [
    { path: "unet/config.json", repository: "a/diffusion" },
    { path: unet, repository: "a/diffusion" },
    { path: "clip/config.json", repository: "a/clip", source: "config.json" },
    { path: "clip/model.safetensors", repository: "a/clip", source: "model.safetensors" },
    { path: "nouns.txt", source: "everyday.txt" },
  ];
  const manifest = {
    name: "tiny",
    title: "A pack",
    version: "1.0.0",
    networks: { clip: "clip", vit: "clip", unet: "unet", autoencoder: "unet", textEncoder: "clip" },
    tokenizers: { clip: "clip", textEncoder: "clip" },
    scheduler: "unet",
    inpainter: "stable-diffusion",
    nouns: "nouns.txt",
    painting: { side: 512, steps: 25, draftSteps: 6, guidance: 7.5, strength: 1, batch: 4 },
    framing: { boxShare: 0.6 },
    features: { shortSide: 224 },
    ranking: { margin: 0.01 },
    files: files.map((file) => ({ size: null, sha256: null, license: "MIT", ...file, ...change[file.path] })),
  };
  mkdirSync(join(home, "models", "tiny"), { recursive: true });
  writeFileSync(join(home, "models", "tiny", "pack.json"), JSON.stringify(manifest));
  writeFileSync(join(home, "models", "everyday.txt"), "dog\ncat\n");
}

interface Pulling extends Partial<PullOptions> {
  readonly http?: Partial<HttpHubOptions>;
}

const quick = { firstWaitMilliseconds: 1 };

async function pull({ http, ...options }: Pulling = {}) {
  const description = await describePack("tiny", { roots: roots() });
  const retries = { ...quick, ...options.retries };
  await using endpoint = createHttpHub({ endpoint: hub.url, token: null, clock: Date.now, retries, ...http });
  const signal = new AbortController().signal;
  return await pullPack(description, {
    hub: endpoint,
    root: join(home, "packs"),
    signal,
    clock: Date.now,
    ...options,
    retries,
  });
}

const readLock = (): PackLock => JSON.parse(readFileSync(join(target(), "pack.lock.json"), "utf8"));
const entryOf = (path: string) => readLock().files.find((file) => file.path === path);
const fetchesOf = (path: string) => hub.requests.filter((request) => request.path.includes(`/${path}`));
const cdnRanges = () => hub.requests.filter(({ server }) => server === "cdn").map(({ range }) => range);
const large = /^\/xet\//;

describe("pulling a pack", () => {
  it("brings every file, writes down what each was, and gives a pack that opens and verifies", async () => {
    await expect(openPack("tiny", { roots: roots() })).rejects.toMatchObject({
      code: "pack-not-pulled",
      message: expect.stringContaining("lrbot packs pull tiny"),
    });
    const { fetchedBytes } = await pull();
    const main = hub.repositories.get("a/diffusion")?.revisions.get("main");
    expect(entryOf(unet)).toEqual({
      path: unet,
      repository: "a/diffusion",
      requested: "main",
      revision: main?.commit,
      source: unet,
      size: 300_000,
      sha256: sha256(weights(300_000)),
      blobId: null,
    });
    expect(entryOf("unet/config.json")).toMatchObject({
      sha256: sha256(Buffer.from('{"in_channels": 9}')),
      blobId: main?.files.get("unet/config.json")?.oid,
    });
    const pack = await openPack("tiny", { roots: roots() });
    expect(pack.manifest.files.map(({ revision }) => revision?.length ?? 0)).toEqual([40, 40, 40, 40, 0]);
    expect((await verifyPack(pack)).map(({ state }) => state)).toEqual([
      ...Array(4).fill("matches"),
      "unknown",
    ]);
    expect(everythingIn(target())).toEqual([
      "clip",
      "clip/config.json",
      "clip/model.safetensors",
      "nouns.txt",
      "pack.json",
      "pack.lock.json",
      "unet",
      "unet/config.json",
      unet,
    ]);
    expect(fetchedBytes).toBe(301_020);
  });

  it("fetches no pickle, and no file that the pack does not name", async () => {
    await pull();
    expect(hub.requests.filter(({ path }) => /\.bin|README/.test(path))).toEqual([]);
  });

  it.each([".bin", ".ckpt", ".pt", ".pkl", ".msgpack"])(
    "refuses a description with a %s file",
    async (ending) => {
      describeTiny({ [unet]: { path: `unet/weights${ending}` } });
      await expect(pull()).rejects.toMatchObject({
        code: "pack-invalid",
        message: expect.stringContaining(ending),
      });
      expect(hub.requests).toEqual([]);
    },
  );

  it("a second time asks the hub for nothing", async () => {
    await pull();
    hub.requests.length = 0;
    expect((await pull()).fetchedBytes).toBe(0);
    expect(hub.requests).toEqual([]);
  });

  it("reads every page of a long list of files", async () => {
    hub.pageSize = 1;
    await pull();
    await expect(openPack("tiny", { roots: roots() })).resolves.toBeDefined();
  });

  it("follows a repository to its new name", async () => {
    const repository = hub.repositories.get("a/clip");
    repository?.aliases.push("old/clip");
    const change = { repository: "old/clip" };
    describeTiny({ "clip/config.json": change, "clip/model.safetensors": change });
    await pull();
    await expect(openPack("tiny", { roots: roots() })).resolves.toBeDefined();
  });

  it("takes the weights in the other precision where the named one is not there, and says so", async () => {
    const path = "unet/diffusion_pytorch_model.fp16.safetensors";
    describeTiny({ [unet]: { path } });
    const notes: string[] = [];
    const { pack } = await pull({ onNote: (text) => notes.push(text) });
    expect(notes).toEqual([expect.stringContaining(path)]);
    expect(pack.manifest.files.map((file) => file.path)).toContain(unet);
    expect((await pull()).fetchedBytes).toBe(0);
  });
});

describe("the lock file", () => {
  it("holds later pulls to the commit of the first, whatever main has become", async () => {
    await pull();
    const before = readLock();
    hub.addRepository("a/diffusion", { "unet/config.json": "{}", [unet]: weights(200_000) });
    rmSync(join(target(), unet));
    await pull();
    expect(readLock()).toEqual(before);
    expect(statSync(join(target(), unet)).size).toBe(300_000);
  });

  it("is written anew by an update, which leaves nothing of the old revision", async () => {
    await pull();
    hub.addRepository("a/diffusion", { "unet/config.json": "{}", [unet]: weights(200_000) });
    await pull({ update: true });
    expect(entryOf(unet)).toMatchObject({ size: 200_000, sha256: sha256(weights(200_000)) });
    await expect(openPack("tiny", { roots: roots() }).then(verifyPack)).resolves.toBeDefined();
  });

  it("that was brought from another machine is held to", async () => {
    await pull();
    const lock = readFileSync(join(target(), "pack.lock.json"));
    rmSync(target(), { recursive: true });
    mkdirSync(target());
    const text = lock.toString().replace(sha256(weights(1000)), "0".repeat(64));
    writeFileSync(join(target(), "pack.lock.json"), text);
    await expect(pull()).rejects.toMatchObject({
      code: "pack-hash-mismatch",
      message: expect.stringContaining("model.safetensors of a/clip"),
    });
    expect(existsSync(join(target(), "pack.json"))).toBe(false);
  });

  it("that is damaged is an error that names it", async () => {
    mkdirSync(target(), { recursive: true });
    writeFileSync(join(target(), "pack.lock.json"), "{");
    await expect(pull()).rejects.toMatchObject({
      code: "pack-invalid",
      message: expect.stringContaining("pack.lock.json"),
    });
  });

  it.each([
    ["sha256", { sha256: "0".repeat(64) }],
    ["size", { size: 5 }],
  ])("is not made where the hub's metadata has another %s than the description", async (_, change) => {
    describeTiny({ [unet]: change });
    await expect(pull()).rejects.toMatchObject({
      code: "pack-hash-mismatch",
      message: expect.stringContaining(unet),
    });
    expect(cdnRanges()).toEqual([]);
  });
});

describe("a hub that misbehaves", () => {
  it("by cutting connections costs no byte twice", async () => {
    hub.misbehave({ server: "cdn", path: large, times: 9, does: { kind: "cut", after: 30_000 } });
    const { fetchedBytes } = await pull();
    expect(fetchedBytes).toBe(301_020);
    expect(cdnRanges().filter((range) => range !== null).length).toBeGreaterThan(0);
  });

  it("by cutting every connection before its first byte is given up on, with what to do", async () => {
    hub.misbehave({ server: "cdn", path: large, times: 100, does: { kind: "cut", after: 0 } });
    await expect(pull()).rejects.toMatchObject({
      code: "hub-unavailable",
      message: expect.stringMatching(/^Expected .*, got a failed connection to 127.*again later/),
    });
  });

  it("by falling silent is asked again after a while", async () => {
    hub.misbehave({ server: "cdn", path: large, times: 2, does: { kind: "stall", after: 1000 } });
    await pull({ http: { idleMilliseconds: 300 } });
    await expect(openPack("tiny", { roots: roots() })).resolves.toBeDefined();
  });

  it.each([1, -1, 1_000_000])("by lying about a length by %i is asked again", async (by) => {
    hub.misbehave({ server: "cdn", path: large, times: 2, does: { kind: "lie", by } });
    await pull();
    await expect(openPack("tiny", { roots: roots() }).then(verifyPack)).resolves.toBeDefined();
  });

  it("by always lying about a length is given up on", async () => {
    hub.misbehave({ server: "cdn", path: large, times: 100, does: { kind: "lie", by: 7 } });
    await expect(pull()).rejects.toMatchObject({
      code: "hub-unavailable",
      message: expect.stringContaining("a file of 300007 bytes in place of 300000"),
    });
  });

  it("by sending more than the file has is not believed", async () => {
    hub.misbehave({ server: "cdn", path: large, times: 1, does: { kind: "excess", bytes: 100 } });
    await pull();
    await expect(openPack("tiny", { roots: roots() }).then(verifyPack)).resolves.toBeDefined();
  });

  it("by a wrong byte has that file alone fetched again", async () => {
    hub.misbehave({ server: "cdn", path: large, times: 1, does: { kind: "flip", at: 1234 } });
    await pull();
    await expect(openPack("tiny", { roots: roots() }).then(verifyPack)).resolves.toBeDefined();
    expect(fetchesOf("unet/diffusion")).toHaveLength(2);
    expect(fetchesOf("model.safetensors")).toHaveLength(1);
  });

  it("by a wrong byte in a small file is found out by git's hash", async () => {
    hub.misbehave({ path: /resolve-cache.*config/, times: 1, does: { kind: "flip", at: 3 } });
    await pull();
    expect(readFileSync(join(target(), "unet/config.json"), "utf8")).toBe('{"in_channels": 9}');
  });

  it("by a wrong byte every time ends in an error, and keeps nothing of the file", async () => {
    hub.misbehave({ server: "cdn", path: large, times: 100, does: { kind: "flip", at: 1234 } });
    await expect(pull()).rejects.toMatchObject({
      code: "pack-hash-mismatch",
      message: expect.stringContaining(`${unet} of a/diffusion`),
    });
    expect(everythingIn(target()).filter((name) => name.includes("safetensors"))).toEqual([]);
  });

  it.each(["no-ranges", "other-part"] as const)(
    "by answering ranges with %s is seen through",
    async (kind) => {
      hub.misbehave({ server: "cdn", path: large, times: 1, does: { kind: "cut", after: 1000 } });
      hub.misbehave({ server: "cdn", path: large, times: 1, does: { kind } });
      await pull();
      await expect(openPack("tiny", { roots: roots() }).then(verifyPack)).resolves.toBeDefined();
    },
  );

  it.each([
    [500, {}],
    [502, {}],
    [503, { "retry-after": "0" }],
    [429, { "retry-after": "0" }],
    [429, { ratelimit: '"api";r=0;t=0' }],
    [429, {}],
  ])("by status %i is asked again", async (status, headers) => {
    for (const path of [/revision/, /tree/, /resolve/])
      hub.misbehave({ server: "hub", path, times: 2, does: { kind: "status", status, headers } });
    await pull();
    await expect(openPack("tiny", { roots: roots() })).resolves.toBeDefined();
  });

  it("by asking for time is left alone for as long as it asks", async () => {
    const does = { kind: "status", status: 429, headers: { "retry-after": "1" } } as const;
    hub.misbehave({ server: "hub", path: /resolve/, times: 1, does });
    const waits: number[] = [];
    await pull({ retries: { onWait: (_, milliseconds) => waits.push(milliseconds) } });
    expect(waits).toEqual([1000]);
  });

  it("by asking for time until a date is left alone until then, by the clock that is given", async () => {
    const at = Date.UTC(2030, 0, 1, 12);
    const until = new Date(at + 1000).toUTCString();
    const does = { kind: "status", status: 429, headers: { "retry-after": until } } as const;
    hub.misbehave({ server: "hub", path: /resolve/, times: 1, does });
    const waits: number[] = [];
    const retries = { onWait: (_: string, milliseconds: number) => waits.push(milliseconds) };
    await pull({ retries, http: { clock: () => at } });
    expect(waits).toEqual([1000]);
  });

  it("by asking for an hour is given up on at once", async () => {
    const does = { kind: "status", status: 429, headers: { "retry-after": "3600" } } as const;
    hub.misbehave({ server: "hub", path: /tree/, times: 1, does });
    await expect(pull()).rejects.toMatchObject({
      code: "hub-unavailable",
      message: expect.stringMatching(/429.*wait 3600 s/),
    });
  });

  it("by an expired address of a file gives a fresh one", async () => {
    hub.misbehave({ server: "cdn", path: large, times: 1, does: { kind: "status", status: 403 } });
    await pull();
    await expect(openPack("tiny", { roots: roots() })).resolves.toBeDefined();
  });

  it.each(["<html>", "{}", "[]", '{"sha": "main"}', "null"])(
    "by answering %j is no model hub",
    async (body) => {
      hub.misbehave({ path: /revision/, times: 100, does: { kind: "text", body } });
      await expect(pull()).rejects.toMatchObject({
        code: "hub-unavailable",
        message: expect.stringMatching(/^Expected .*, got /),
      });
    },
  );

  it("by not being there at all is told apart from a pack that is not", async () => {
    await expect(pull({ http: { endpoint: "http://127.0.0.1:1" } })).rejects.toMatchObject({
      code: "hub-unavailable",
      message: expect.stringContaining("127.0.0.1:1 (ECONNREFUSED)"),
    });
  });
});

describe("what the hub does not give", () => {
  it("a repository that is not there", async () => {
    describeTiny({ [unet]: { repository: "no/body" } });
    hub.tokens.set("t", { granted: [] });
    await expect(pull({ http: { token: "t" } })).rejects.toMatchObject({
      code: "hub-not-found",
      message: expect.stringContaining("no/body"),
    });
    await expect(pull()).rejects.toMatchObject({
      code: "hub-access",
      message: expect.stringMatching(/no\/body.*status 401.*private, gated, or not there.*HF_TOKEN/),
    });
  });

  it("a revision that is not there", async () => {
    describeTiny({ [unet]: { revision: "v9" } });
    await expect(pull()).rejects.toMatchObject({
      code: "hub-not-found",
      message: expect.stringContaining("no such revision"),
    });
  });

  it("a file that is not there", async () => {
    describeTiny({ "unet/config.json": { source: "unet/other.json" } });
    await expect(pull()).rejects.toMatchObject({
      code: "hub-not-found",
      message: expect.stringContaining("unet/other.json in a/diffusion at main"),
    });
  });

  it("a file of a list that has gone since", async () => {
    hub.misbehave({
      server: "hub",
      path: /resolve.*unet\/config/,
      times: 1,
      does: { kind: "status", status: 404 },
    });
    await expect(pull()).rejects.toMatchObject({
      code: "hub-not-found",
      message: expect.stringContaining("unet/config.json of a/diffusion"),
    });
  });

  it("a gated repository, without a token and with one that was not let in", async () => {
    const gated = hub.repositories.get("a/diffusion");
    if (gated) gated.isGated = true;
    await expect(pull()).rejects.toMatchObject({
      code: "hub-access",
      message: expect.stringMatching(
        /gated\. Accept its licence at http:\/\/127[^ ]*\/a\/diffusion and set HF_TOKEN/,
      ),
    });
    hub.tokens.set("stranger", { granted: [] });
    await expect(pull({ http: { token: "stranger" } })).rejects.toMatchObject({
      code: "hub-access",
      message: expect.stringContaining("with the account that HF_TOKEN belongs to"),
    });
    await expect(pull({ http: { token: "mistyped" } })).rejects.toMatchObject({ code: "hub-access" });
    hub.tokens.set("member", { granted: ["a/diffusion"] });
    await pull({ http: { token: "member" } });
    await expect(openPack("tiny", { roots: roots() })).resolves.toBeDefined();
  });
});

describe("the token", () => {
  it("is sent to the hub alone, not to the server of files that it leads to", async () => {
    hub.tokens.set("secret", { granted: [] });
    await pull({ http: { token: "secret" } });
    const seen = (server: "hub" | "cdn") =>
      new Set(
        hub.requests.filter((request) => request.server === server).map((request) => request.authorization),
      );
    expect(seen("hub")).toEqual(new Set(["Bearer secret"]));
    expect(seen("cdn")).toEqual(new Set([null]));
  });

  it("is in no error and no lock file", async () => {
    hub.misbehave({ server: "cdn", path: large, times: 100, does: { kind: "status", status: 500 } });
    hub.tokens.set("secret", { granted: [] });
    const error = await pull({ http: { token: "secret" } }).catch((caught: unknown) => caught);
    expect(String(error)).not.toMatch(/secret|X-Signature/);
    expect(readFileSync(join(target(), "pack.lock.json"), "utf8")).not.toContain("secret");
  });

  it("does not travel readable over a network", () => {
    expect(() => createHttpHub({ endpoint: "http://hub.example", token: "secret", clock: Date.now })).toThrow(
      expect.objectContaining({ code: "usage", message: expect.stringContaining("http://hub.example") }),
    );
  });
});

describe("a repository without safetensors on main", () => {
  const title = "Adding `safetensors` variant of this model";
  const pickled = { "config.json": "{}", "pytorch_model.bin": "a pickle" };
  const converted = { "config.json": "{}", "model.safetensors": weights(2000) };
  beforeEach(() => void hub.addRepository("a/clip", pickled));

  it("is taken from the hub's own conversion, for the weights alone", async () => {
    hub.addPullRequest(
      "a/clip",
      { num: 3, title: "Update README", author: "someone", status: "open" },
      pickled,
    );
    hub.addPullRequest("a/clip", { num: 7, title, author: "SFconvertbot", status: "open" }, converted);
    const notes: string[] = [];
    await pull({ onNote: (text) => notes.push(text) });
    const commit = hub.repositories.get("a/clip")?.revisions.get("refs/pr/7")?.commit;
    expect(entryOf("clip/model.safetensors")).toMatchObject({
      requested: "refs/pr/7",
      revision: commit,
      size: 2000,
    });
    expect(entryOf("clip/config.json")).toMatchObject({ requested: "main" });
    expect(notes).toEqual([expect.stringContaining("refs/pr/7")]);
    expect((await pull()).fetchedBytes).toBe(0);
  });

  it.each([
    ["of another author", { author: "someone", status: "open" as const, title }],
    ["that was closed", { author: "SFconvertbot", status: "closed" as const, title }],
    ["of another title", { author: "SFconvertbot", status: "open" as const, title: "Update" }],
  ])("is not taken from a pull request %s", async (_, discussion) => {
    hub.addPullRequest("a/clip", { num: 7, ...discussion }, converted);
    await expect(pull()).rejects.toMatchObject({ code: "pack-no-safetensors" });
  });

  it("and without a conversion is an error that says so", async () => {
    await expect(pull()).rejects.toMatchObject({
      code: "pack-no-safetensors",
      message: expect.stringMatching(
        /^Expected model.safetensors in a\/clip at main or in a conversion.*packs add/s,
      ),
    });
    expect(cdnRanges()).toEqual([]);
  });
});

describe("a pull that was stopped", () => {
  it("goes on where it stopped, and looks at what is there before it trusts it", async () => {
    hub.misbehave({ server: "cdn", path: large, times: 1, does: { kind: "cut", after: 100_000 } });
    hub.misbehave({ server: "cdn", path: large, times: 100, does: { kind: "cut", after: 0 } });
    await expect(pull()).rejects.toMatchObject({ code: "hub-unavailable" });
    const partial = join(target(), `${unet}.partial`);
    const { size } = statSync(partial);
    expect(size).toBeGreaterThan(0);
    hub.behave();
    hub.requests.length = 0;
    await pull();
    expect(cdnRanges()[0]).toBe(`bytes=${size}-`);
    expect(existsSync(partial)).toBe(false);
  });

  it.each([
    ["damaged", (bytes: Buffer) => Buffer.alloc(bytes.length)],
    ["too long", (bytes: Buffer) => Buffer.concat([bytes, Buffer.alloc(400_000)])],
  ])("and whose bytes here are %s is made good", async (_, change) => {
    const partial = join(target(), `${unet}.partial`);
    mkdirSync(dirname(partial), { recursive: true });
    writeFileSync(partial, change(weights(300_000).subarray(0, 1000)));
    await pull();
    await expect(openPack("tiny", { roots: roots() }).then(verifyPack)).resolves.toBeDefined();
  });

  it("by its signal ends as cancelled, keeps what has come, and leaves no lock", async () => {
    hub.misbehave({
      server: "cdn",
      path: large,
      times: 1,
      does: { kind: "slow", piece: 10_000, milliseconds: 20 },
    });
    const stop = new AbortController();
    const onProgress: PullOptions["onProgress"] = ({ bytesDone }) => {
      if (bytesDone > 50_000) stop.abort();
    };
    await expect(pull({ signal: stop.signal, onProgress })).rejects.toMatchObject({ code: "cancelled" });
    expect(statSync(join(target(), `${unet}.partial`)).size).toBeGreaterThan(40_000);
    expect(
      everythingIn(join(home, "packs")).filter((name) => name.includes(".lock") && name.startsWith(".")),
    ).toEqual([]);
  });

  it("by its signal while it waits to try again ends at once", async () => {
    const does = { kind: "status", status: 429, headers: { "retry-after": "200" } } as const;
    hub.misbehave({ server: "hub", path: /tree/, times: 1, does });
    const stop = new AbortController();
    const retries = { onWait: () => setTimeout(() => stop.abort(), 10) };
    await expect(pull({ signal: stop.signal, retries })).rejects.toMatchObject({ code: "cancelled" });
  });
});

describe("a file of a pulled pack that has changed", () => {
  it("is found by its hash, and it alone is fetched again", async () => {
    await pull();
    const file = join(target(), "clip/model.safetensors");
    const bytes = readFileSync(file);
    bytes.writeUInt8(bytes.readUInt8(500) ^ 1, 500);
    writeFileSync(file, bytes);
    hub.requests.length = 0;
    expect((await pull()).fetchedBytes).toBe(1000);
    expect(
      hub.requests.filter(({ server }) => server === "hub").map(({ path }) => path.split("/").at(-1)),
    ).toEqual(["model.safetensors"]);
    await expect(openPack("tiny", { roots: roots() }).then(verifyPack)).resolves.toBeDefined();
  });
});

describe("two pulls at once", () => {
  it("fetch every byte once, and both end well", async () => {
    hub.misbehave({
      server: "cdn",
      path: large,
      times: 1,
      does: { kind: "slow", piece: 30_000, milliseconds: 30 },
    });
    const notes: string[] = [];
    const both = await Promise.all([pull(), pull({ onNote: (text) => notes.push(text) })]);
    expect(both.map(({ fetchedBytes }) => fetchedBytes).sort()).toEqual([0, 301_020]);
    expect(fetchesOf("unet/diffusion")).toHaveLength(1);
  });

  it("do not wait for one that was killed", async () => {
    mkdirSync(join(home, "packs"), { recursive: true });
    const { hostname } = await import("node:os");
    writeFileSync(join(home, "packs", ".tiny.lock"), `${hostname()} 999999999 gone`);
    await pull();
    expect(existsSync(join(home, "packs", ".tiny.lock"))).toBe(false);
  });

  it("do not wait for one on another machine that has been silent for half a minute", async () => {
    mkdirSync(join(home, "packs"), { recursive: true });
    writeFileSync(join(home, "packs", ".tiny.lock"), "another-machine 1 silent");
    await pull({ clock: () => Date.now() + 31_000 });
    expect(existsSync(join(home, "packs", ".tiny.lock"))).toBe(false);
  });

  it("of one that still goes on end as cancelled when they are told to", async () => {
    mkdirSync(join(home, "packs"), { recursive: true });
    const { hostname } = await import("node:os");
    writeFileSync(join(home, "packs", ".tiny.lock"), `${hostname()} ${process.pid} other`);
    const stop = new AbortController();
    const waiting = pull({ signal: stop.signal, onNote: () => stop.abort() });
    await expect(waiting).rejects.toMatchObject({ code: "cancelled" });
    expect(existsSync(join(home, "packs", ".tiny.lock"))).toBe(true);
  });
});

describe("a disk", () => {
  it("without room for the pack is found before a byte is fetched", async () => {
    const repository = hub.repositories.get("a/diffusion");
    const file = repository?.revisions.get("main")?.files.get(unet);
    // What the tree says is 9 PB.
    if (file) Object.defineProperty(file.bytes, "length", { value: 9e15 });
    await expect(pull()).rejects.toMatchObject({
      code: "disk-full",
      message: expect.stringMatching(/^Expected 9000000\.\d\d GB free for .*, got .* GB\./),
    });
    expect(cdnRanges()).toEqual([]);
  });

  it("that fills up in the middle ends in an error that names the file", async () => {
    const partial = join(target(), `${unet}.partial`);
    mkdirSync(dirname(partial), { recursive: true });
    symlinkSync("/dev/full", partial);
    await expect(pull()).rejects.toMatchObject({
      code: "disk-full",
      message: expect.stringMatching(new RegExp(`${unet}, got ENOSPC.*goes on where it stopped`)),
    });
  });

  it("that cannot be written to ends in an error that names the place", async () => {
    writeFileSync(join(home, "packs"), "in the way");
    await expect(pull()).rejects.toMatchObject({
      code: "output-unwritable",
      message: expect.stringContaining(join(home, "packs")),
    });
  });
});

describe("a mirror", () => {
  const files = () => ({ "config.json": "{}", "model.safetensors": weights(1000) });
  const from = (folder: string) => pull({ hub: createFolderHub(folder) });

  function writeAll(folder: string, all: Record<string, string | Buffer>): void {
    for (const [path, bytes] of Object.entries(all)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), bytes);
    }
  }

  it("of plain folders gives the files, and locks the hashes that they have", async () => {
    const mirror = emptyFolder(home, "mirror");
    writeAll(join(mirror, "a/diffusion"), { "unet/config.json": "{}", [unet]: weights(4000) });
    writeAll(join(mirror, "a/clip"), files());
    await from(mirror);
    expect(hub.requests).toEqual([]);
    expect(entryOf(unet)).toMatchObject({ revision: null, sha256: sha256(weights(4000)) });
    appendFileSync(join(mirror, "a/diffusion", unet), "more");
    rmSync(join(target(), unet));
    await expect(from(mirror)).rejects.toMatchObject({ code: "hub-unavailable" });
  });

  it("in the form of a Hugging Face cache gives the files of the revision, by the hashes of its blobs", async () => {
    const mirror = emptyFolder(home, "cache");
    const commits = { diffusion: "1".repeat(40), clip: "2".repeat(40), conversion: "3".repeat(40) };
    writeCache(join(mirror, "models--a--diffusion"), "main", commits.diffusion, {
      "unet/config.json": "{}",
      [unet]: weights(4000),
    });
    writeCache(join(mirror, "models--a--clip"), "main", commits.clip, { "config.json": "{}" });
    writeCache(join(mirror, "models--a--clip"), "refs/pr/4", commits.conversion, files());
    await from(mirror);
    expect(entryOf(unet)).toMatchObject({ revision: commits.diffusion, sha256: sha256(weights(4000)) });
    expect(entryOf("clip/model.safetensors")).toMatchObject({
      requested: "refs/pr/4",
      revision: commits.conversion,
    });
  });

  function writeCache(
    folder: string,
    reference: string,
    commit: string,
    all: Record<string, string | Buffer>,
  ): void {
    writeAll(folder, { [`refs/${reference}`]: commit });
    for (const [path, content] of Object.entries(all)) {
      const blob = join(folder, "blobs", sha256(Buffer.from(content)));
      writeAll(folder, { [`blobs/${sha256(Buffer.from(content))}`]: content });
      const link = join(folder, "snapshots", commit, path);
      mkdirSync(dirname(link), { recursive: true });
      symlinkSync(blob, link);
    }
  }

  it("without a repository says where it was looked for", async () => {
    await expect(from(emptyFolder(home, "empty"))).rejects.toMatchObject({
      code: "hub-not-found",
      message: expect.stringMatching(/a\/diffusion in the mirror .*models--a--diffusion/),
    });
  });
});
