import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openFileStore } from "../../../src/files/open.ts";
import { s3Failure } from "../../../src/files/s3/failures.ts";
import type { S3Settings } from "../../../src/types.ts";
import { describeFileStore } from "../conformance.ts";
import { openBucketOf } from "./bucket.ts";
import { type S3Server, startS3rver } from "./s3rver.ts";
import { noS3 } from "./settings.ts";

describeFileStore("a bucket behind s3rver", () => openBucketOf(startS3rver));

describe("a bucket", () => {
  let server: S3Server;
  let folder: string;
  let picture: string;
  beforeAll(async () => {
    server = await startS3rver("pictures", { isStrict: true });
    folder = await mkdtemp(join(tmpdir(), "lrbot-s3-test-"));
    picture = join(folder, "picture");
    await writeFile(picture, "picture");
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });
  const put = async (address: string, settings: S3Settings) => {
    await using store = await openFileStore(address, settings);
    await store.put("job", "source", picture);
  };
  const refusal = async (settings: S3Settings, address = "s3://pictures") => {
    const error = await put(address, settings).catch((thrown: unknown) => thrown);
    expect(String((error as Error).message)).not.toContain("\n");
    return error;
  };
  const keys = (id: string, secret: string) => ({ keys: { id, secret, sessionToken: null } });

  it("has keys of one prefix alone", async () => {
    await put("s3://pictures/a/b/", server.settings);
    await put("s3://pictures", server.settings);
    expect(await server.keys("pictures")).toEqual(["a/b/jobs/job/source", "jobs/job/source"]);
  });

  it("says of a bucket that is not there to make it", async () => {
    expect(await refusal(server.settings, "s3://no-such-bucket")).toMatchObject({
      code: "files-refused",
      message: `Expected the bucket no-such-bucket at ${server.settings.endpoint}, got none of that name. Make it, or mend the address.`,
    });
  });

  it.each([
    ["an id that is unknown", keys("AKIA", "S3RVER"), "InvalidAccessKeyId"],
    ["a wrong secret", keys("S3RVER", "wrong"), "SignatureDoesNotMatch"],
  ])("says of keys with %s to check them, and not which they were", async (_name, wrong, code) => {
    expect(await refusal({ ...server.settings, ...wrong })).toMatchObject({
      code: "files-refused",
      message: `Expected keys that ${server.settings.endpoint} knows, got ${code}. Check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.`,
    });
  });

  it("says that nobody answers, after some tries", { timeout: 60_000 }, async () => {
    const closed = createHttpServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => closed.once("listening", resolve));
    const { port } = closed.address() as AddressInfo;
    await new Promise((resolve) => closed.close(resolve));
    const endpoint = `http://127.0.0.1:${port}`;
    expect(await refusal({ ...server.settings, endpoint })).toMatchObject({
      code: "files-unreachable",
      message: `Expected an answer from ${endpoint}, got ECONNREFUSED. Check the address and the network.`,
    });
  });

  it("stops trying where it is cancelled", async () => {
    await using answering = await startAnswering((_request, response) => response.writeHead(503).end());
    await using store = await openFileStore("s3://pictures", { ...server.settings, endpoint: answering.url });
    const abort = new AbortController();
    const work = store.put("job", "source", picture, { signal: abort.signal });
    setTimeout(() => abort.abort(), 300);
    await expect(work).rejects.toMatchObject({ code: "cancelled" });
    expect(answering.count()).toBeLessThan(4);
  });

  it.each([
    [503, "SlowDown", 3],
    [500, "InternalError", 2],
  ])("is asked again after %i %s", { timeout: 60_000 }, async (status, code, failures) => {
    let left = failures;
    await using answering = await startAnswering((request, response) => {
      request.resume();
      left -= 1;
      if (left >= 0) response.writeHead(status).end(errorBody(code));
      else response.writeHead(200).end();
    });
    await put("s3://pictures", { ...server.settings, endpoint: answering.url });
    expect(answering.count()).toBe(failures + 1);
  });

  it.each([
    [403, "RequestTimeTooSkewed", "files-refused", "Set the clock, best by NTP."],
    [403, "AccessDenied", "files-refused", "Give the keys these rights."],
    [403, "ExpiredToken", "files-refused", "Check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."],
    [301, "PermanentRedirect", "files-refused", "Set it, or AWS_ENDPOINT_URL_S3."],
    [400, "AuthorizationHeaderMalformed", "files-refused", "Set it, or AWS_ENDPOINT_URL_S3."],
    [403, "QuotaExceeded", "files-full", "Free some space, or raise its quota."],
    [507, "InsufficientStorage", "files-full", "Free some space, or raise its quota."],
    [507, "XMinioStorageFull", "files-full", "Free some space, or raise its quota."],
    [400, "XMinioAdminBucketQuotaExceeded", "files-full", "Free some space, or raise its quota."],
    [405, "MethodNotAllowed", "files-refused", "Check the address."],
  ])("says of %i %s once what to do", async (status, code, expected, step) => {
    await using answering = await startAnswering((request, response) => {
      request.resume();
      response.writeHead(status, { "content-type": "application/xml" }).end(errorBody(code));
    });
    expect(await refusal({ ...server.settings, endpoint: answering.url })).toMatchObject({
      code: expected,
      message: expect.stringMatching(new RegExp(`^Expected [^\\n]*, got (\\d+ )?${code}\\. [^\\n]*$`)),
    });
    expect(await refusal({ ...server.settings, endpoint: answering.url })).toMatchObject({
      message: expect.stringMatching(new RegExp(`${step.replace(/[.]/g, "\\.")}$`)),
    });
    expect(answering.count()).toBe(2);
  });

  it("says that something that is no S3 server answers", async () => {
    await using answering = await startAnswering((request, response) => {
      request.resume();
      response.writeHead(404, { "content-type": "text/html" }).end("<html><body>Not here</body></html>");
    });
    expect(await refusal({ ...server.settings, endpoint: answering.url })).toMatchObject({
      code: "files-refused",
      message: expect.stringMatching(
        /^Expected http\S+ to be an S3 server, got 404 [^\n]*Check the address\.$/,
      ),
    });
  });

  it("says that HTTPS is spoken to a server that does not speak it", { timeout: 60_000 }, async () => {
    const endpoint = server.settings.endpoint.replace("http:", "https:");
    expect(await refusal({ ...server.settings, endpoint })).toMatchObject({
      code: "files-refused",
      message: expect.stringMatching(/^Expected https\S+ to speak HTTPS, got something else/),
    });
  });

  it("wants a region that can be one, and says that none is set where it takes one", async () => {
    expect(await refusal({ ...server.settings, region: "not a region" })).toMatchObject({
      code: "usage",
      message: 'Expected AWS_REGION to be a region, such as eu-central-1, got "not a region".',
    });
    const failure = s3Failure(new Error("Region is missing"), { bucket: "pictures", server: "AWS" });
    expect(failure).toMatchObject({
      code: "files-refused",
      message: expect.stringMatching(/^Expected AWS_REGION to be .* got Region is missing\. Set it/),
    });
  });

  it("wants both halves of a pair of keys", async () => {
    expect(await refusal({ ...server.settings, ...keys("S3RVER", "") })).toMatchObject({
      code: "usage",
      message: expect.stringContaining("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY together"),
    });
  });

  it("does not travel unencrypted to another machine, where nobody allows it", async () => {
    const settings = { ...noS3, endpoint: "http://s3.example.org:9000" };
    expect(await refusal(settings)).toMatchObject({
      code: "usage",
      message: expect.stringContaining("Expected AWS_ENDPOINT_URL_S3 to begin with https://"),
    });
    await using store = await openFileStore("s3://pictures", { ...settings, allowsPlaintext: true });
    expect(store.address).toBe("s3://pictures");
  });

  it("tries again where a file was damaged or cut on its way, and writes no such file", {
    timeout: 60_000,
  }, async () => {
    const sha256 = createHash("sha256").update("picture").digest("hex");
    const answers = ["pixture", "pict", "picture"];
    await using answering = await startAnswering((_request, response) => {
      const body = answers[answering.count() - 1] ?? "pixture";
      response.writeHead(200, { "x-amz-meta-sha256": sha256, "content-length": 7 });
      response.write(body);
      if (body.length < 7) setTimeout(() => response.destroy(), 20);
      else response.end();
    });
    await using store = await openFileStore("s3://pictures", { ...server.settings, endpoint: answering.url });
    const to = join(folder, "to");
    await store.get("job", "source", to);
    expect(await readFile(to, "utf8")).toBe("picture");
    await rm(to);
    await expect(store.get("job", "source", to)).rejects.toMatchObject({
      code: "files-unreachable",
      message: expect.stringContaining("got DamagedFile"),
    });
    expect((await readdir(folder)).filter((name) => name.startsWith("to"))).toEqual([]);
  });

  it("is not waited for without end where it falls silent in the middle of a file, once it is cancelled", async () => {
    await using answering = await startAnswering((_request, response) => {
      response.writeHead(200, { "content-length": 7 });
      response.write("pict");
    });
    await using store = await openFileStore("s3://pictures", { ...server.settings, endpoint: answering.url });
    const signal = AbortSignal.timeout(200);
    await expect(store.get("job", "source", join(folder, "to"), { signal })).rejects.toMatchObject({
      code: "cancelled",
    });
  });
  it("is checked by keys that may not list, where nothing is listed", async () => {
    await using answering = await startAnswering((request, response) => {
      request.resume();
      if (request.url?.includes("list-type")) response.writeHead(403).end(errorBody("AccessDenied"));
      else response.writeHead(request.method === "DELETE" ? 204 : 200).end("x");
    });
    await using store = await openFileStore("s3://pictures", { ...server.settings, endpoint: answering.url });
    expect(await store.check({ lists: false })).toEqual({ lifetimeDays: null });
    await expect(store.check()).rejects.toMatchObject({
      code: "files-refused",
      message: expect.stringContaining("the right to read, write, list and delete"),
    });
  });

  it.each([
    ["a rule for all", "<Rule><Status>Enabled</Status><Filter><Prefix></Prefix></Filter>@</Rule>", 2],
    [
      "a rule for its prefix",
      "<Rule><Status>Enabled</Status><Filter><Prefix>team/</Prefix></Filter>@</Rule>",
      2,
    ],
    ["a rule of the old form", "<Rule><Status>Enabled</Status><Prefix>team/lrbot/</Prefix>@</Rule>", 2],
    [
      "a rule for another prefix",
      "<Rule><Status>Enabled</Status><Filter><Prefix>x/</Prefix></Filter>@</Rule>",
      null,
    ],
    [
      "a rule that is switched off",
      "<Rule><Status>Disabled</Status><Filter><Prefix></Prefix></Filter>@</Rule>",
      null,
    ],
    [
      "a rule for objects with a tag",
      "<Rule><Status>Enabled</Status><Filter><Tag><Key>a</Key><Value>b</Value></Tag></Filter>@</Rule>",
      null,
    ],
    ["no rule", "", null],
  ])("tells how long files stay by %s", async (_name, rules, lifetimeDays) => {
    await using answering = await startAnswering((request, response) => {
      request.resume();
      const { searchParams } = new URL(request.url ?? "", "http://fake");
      if (request.method === "GET" && searchParams.has("lifecycle")) {
        const all = rules.replace("@", "<Expiration><Days>2</Days></Expiration>");
        response.end(`<LifecycleConfiguration>${all}</LifecycleConfiguration>`);
      } else response.writeHead(request.method === "DELETE" ? 204 : 200).end(listBody);
    });
    const settings = { ...server.settings, endpoint: answering.url };
    await using store = await openFileStore("s3://pictures/team/lrbot", settings);
    expect(await store.check()).toEqual({ lifetimeDays });
  });
});

const listBody =
  "<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>a</Key><Size>1</Size><LastModified>2026-01-01T00:00:00.000Z</LastModified></Contents></ListBucketResult>";

interface Answering extends AsyncDisposable {
  readonly url: string;
  count(): number;
}

/** A server that answers each request as it is told. */
async function startAnswering(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<Answering> {
  let count = 0;
  const server = createHttpServer((request, response) => {
    count += 1;
    answer(request, response);
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    count: () => count,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function errorBody(code: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>Told so.</Message></Error>`;
}
