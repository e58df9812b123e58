import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { EditError, type ErrorCode } from "../../src/errors.ts";
import { type AttachmentOrder, createFetchAttachment } from "../../src/media/fetch-attachment.ts";

const picture = readFileSync(join(import.meta.dirname, "../../models/mini/eval/s000.png"));
const root = mkdtempSync(join(tmpdir(), "lrbot-media-"));
afterAll(() => rmSync(root, { recursive: true }));

let answer: RequestListener = () => {};
let seen: { path: string; authorization: string | undefined; host: string | undefined }[] = [];
const server = createServer((request: IncomingMessage, response: ServerResponse) => {
  const { authorization, host } = request.headers;
  seen.push({ path: request.url ?? "", authorization, host });
  answer(request, response);
});
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
const { port } = server.address() as AddressInfo;
const base = `http://127.0.0.1:${port}`;
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

let folder = root;
beforeEach(() => {
  folder = mkdtempSync(join(root, "case-"));
  seen = [];
});
// Nothing but a whole file is ever left behind.
afterEach(() => expect(readdirSync(folder).filter((name) => name !== "picture")).toEqual([]));

const secretQuery = "signature-c4n4ry";
const bearer = "xoxb-b34r3r";
const fetchHere = createFetchAttachment({ allowLoopback: true });

function orderOf(url: string, more: Partial<AttachmentOrder> = {}): AttachmentOrder {
  return {
    url,
    hosts: ["127.0.0.1"],
    bearer,
    maxBytes: 1_000_000,
    file: join(folder, "picture"),
    signal: new AbortController().signal,
    ...more,
  };
}

/** The coded error that a fetch fails with, which holds neither the bearer nor the query, wherever one looks. */
async function refusal(promise: Promise<void>, code: ErrorCode): Promise<EditError> {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(EditError);
  expect(error).toMatchObject({ code, message: expect.stringMatching(/^Expected [^\n]+, got [^\n]+\.$/) });
  expect(inspect(error, { depth: 9, showHidden: true })).not.toMatch(new RegExp(`${secretQuery}|${bearer}`));
  expect(readdirSync(folder)).toEqual([]);
  return error as EditError;
}

const sends = (body: Uint8Array | string, headers: Record<string, string | number> = {}): RequestListener => {
  return (_, response) => response.writeHead(200, headers).end(body);
};

describe("an attachment that may be fetched", () => {
  it("is saved byte for byte, the bearer sent along", async () => {
    answer = sends(picture, { "content-type": "image/png", "content-length": picture.length });
    await fetchHere(orderOf(`${base}/a.png?ex=${secretQuery}`));
    expect(readFileSync(join(folder, "picture"))).toEqual(picture);
    expect(seen).toEqual([
      { path: `/a.png?ex=${secretQuery}`, authorization: `Bearer ${bearer}`, host: `127.0.0.1:${port}` },
    ]);
  });

  it("needs no length, may come in single bytes, and may be small", async () => {
    answer = (_, response) => {
      response.writeHead(200);
      for (const byte of picture.subarray(0, 700)) response.write(Buffer.from([byte]));
      response.end();
    };
    await fetchHere(orderOf(base, { bearer: null }));
    expect(readFileSync(join(folder, "picture"))).toEqual(picture.subarray(0, 700));
    expect(seen[0]?.authorization).toBeUndefined();
  });

  it("may lie behind three redirects within the hosts", async () => {
    answer = (request, response) => {
      const hop = Number(request.url?.slice(1));
      if (hop < 3) response.writeHead(302, { location: `/${hop + 1}` }).end();
      else sends(picture)(request, response);
    };
    await fetchHere(orderOf(`${base}/0`));
    expect(readFileSync(join(folder, "picture"))).toEqual(picture);
  });

  it("comes from a named host at the port that was given with it", async () => {
    answer = sends(picture);
    await fetchHere(orderOf(`http://LOCALHOST:${port}/`, { hosts: [`localhost:${port}`] }));
    expect(readdirSync(folder)).toEqual(["picture"]);
  });
});

describe("an attachment is refused", () => {
  const public4 = [{ address: "93.184.215.14", family: 4 }];

  it.each([
    ["another host", "https://evil.example/x", "evil.example"],
    ["a host that ends like one", "https://evilfiles.example/", "evilfiles.example"],
    ["a host below one", "https://a.files.example/", "a.files.example"],
    ["a host as user name", "https://files.example@evil.example/", "user name"],
    ["a user name", "https://me:pw@files.example/", "user name"],
    ["another port", "https://files.example:8443/", "files.example:8443"],
    ["http", "http://files.example/", "got http"],
    ["a file", "file:///etc/passwd", "got file"],
    ["data", "data:image/png;base64,AAAA", "got data"],
    ["no URL", "files.example/x", "something else"],
    ["nothing", "", "something else"],
  ])("for %s", async (_, url, says) => {
    const resolve = () => Promise.reject(new Error("asked for a name"));
    const order = orderOf(url, { hosts: ["files.example"] });
    expect(
      (await refusal(createFetchAttachment({ resolve })(order), "attachment-refused")).message,
    ).toContain(says);
  });

  it("on loopback, unless that is allowed", async () => {
    await refusal(createFetchAttachment()(orderOf(base)), "attachment-refused");
    await refusal(createFetchAttachment()(orderOf(`https://127.0.0.1:${port}/`)), "attachment-refused");
    await refusal(
      createFetchAttachment()(orderOf("https://localhost/", { hosts: ["localhost"] })),
      "attachment-refused",
    );
    expect(seen).toEqual([]);
  });

  it("by http on any other address, also where loopback is allowed", async () => {
    const fetch = createFetchAttachment({ allowLoopback: true, resolve: async () => public4 });
    await refusal(
      fetch(orderOf("http://files.example/", { hosts: ["files.example"] })),
      "attachment-refused",
    );
  });

  it.each([
    "0.0.0.0",
    "10.1.2.3",
    "100.64.0.1",
    "127.0.0.1",
    "169.254.169.254",
    "172.31.255.255",
    "192.168.1.1",
    "198.18.0.1",
    "224.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:10.0.0.1",
    "::ffff:93.184.215.14",
    "64:ff9b::a00:1",
    "2002:a00:1::1",
    "2001:0:a00:1::1",
    "fc00::1",
    "fd12:3456::1",
    "fe80::1",
    "fec0::1",
    "ff02::1",
    "2001:db8::1",
  ])("where its name means %s, alone or beside a public address", async (address) => {
    const family = address.includes(":") ? 6 : 4;
    for (const addresses of [[{ address, family }], [...public4, { address, family }]]) {
      const fetch = createFetchAttachment({ resolve: async () => addresses });
      await refusal(
        fetch(orderOf("https://files.example/", { hosts: ["files.example"] })),
        "attachment-refused",
      );
    }
  });

  it.each(["169.254.169.254", "10.0.0.1", "[fd00::1]", "[::ffff:a9fe:a9fe]"])(
    "at the address %s, even when it is listed",
    async (host) => {
      const order = orderOf(`https://${host}/latest/meta-data`, { hosts: [host] });
      await refusal(fetchHere(order), "attachment-refused");
    },
  );

  it.each([
    ["the metadata service", "http://169.254.169.254/latest/meta-data/"],
    ["another host", "https://evil.example/?stolen"],
    ["another scheme", "file:///etc/passwd"],
    ["nowhere", ""],
  ])("after a redirect to %s", async (_, location) => {
    answer = (__, response) => response.writeHead(302, { location }).end("moved");
    await refusal(fetchHere(orderOf(base)), "attachment-refused");
    expect(seen).toHaveLength(1);
  });

  it("after a redirect to a listed host whose address is not public", async () => {
    answer = (_, response) => response.writeHead(307, { location: "https://files.example/" }).end();
    const resolve = async () => [{ address: "169.254.169.254", family: 4 }];
    const order = orderOf(base, { hosts: ["127.0.0.1", "files.example"] });
    await refusal(createFetchAttachment({ allowLoopback: true, resolve })(order), "attachment-refused");
  });

  it("after the fourth redirect", async () => {
    answer = (_, response) => response.writeHead(301, { location: "/again" }).end();
    expect((await refusal(fetchHere(orderOf(base)), "attachment-refused")).message).toContain("3 redirects");
    expect(seen).toHaveLength(4);
  });
});

describe("an attachment is too large", () => {
  const order = () => orderOf(base, { maxBytes: 1000 });

  it("by its header, before a byte of it is taken", async () => {
    answer = (_, response) => void response.writeHead(200, { "content-length": 1001 }).write("x");
    await refusal(fetchHere(order()), "attachment-too-large");
  });

  it("by what comes, where the header says nothing", async () => {
    answer = (_, response) => {
      const more = () =>
        response.destroyed || void response.write(Buffer.alloc(600), () => setImmediate(more));
      response.writeHead(200);
      more();
    };
    await refusal(fetchHere(order()), "attachment-too-large");
  });

  it("by a single byte, and not without it", async () => {
    answer = sends(Buffer.alloc(1001, 1));
    await refusal(fetchHere(order()), "attachment-too-large");
    answer = sends(Buffer.alloc(1000, 1));
    await fetchHere(order());
  });
});

describe("an attachment is unavailable", () => {
  it.each([401, 403, 404, 410, 429, 500, 206, 204])("with status %i", async (status) => {
    answer = (_, response) => response.writeHead(status).end();
    const { message } = await refusal(
      fetchHere(orderOf(`${base}/?${secretQuery}`)),
      "attachment-unavailable",
    );
    expect(message).toContain(`status ${status}`);
  });

  it.each([
    ["said to be one", "anything", "text/html; charset=utf-8"],
    ["said to be a picture", "<!DOCTYPE html>\n<html><head>", "image/png"],
    ["said to be nothing", "\ufeff\n  <html lang=en>", undefined],
    ["behind a comment", "<!-- hello -->\n<HTML>", "application/octet-stream"],
  ])("when it is a web page %s", async (_, body, type) => {
    answer = sends(body, type ? { "content-type": type } : {});
    expect((await refusal(fetchHere(orderOf(base)), "attachment-unavailable")).message).toContain("web page");
  });

  it("when it comes in a code that was not asked for", async () => {
    answer = sends(picture, { "content-encoding": "gzip" });
    await refusal(fetchHere(orderOf(base)), "attachment-unavailable");
  });

  it("when the connection breaks off, or was never there", async () => {
    answer = (_, response) => {
      response.writeHead(200, { "content-length": picture.length });
      response.write(picture.subarray(0, 600), () => response.destroy());
    };
    await refusal(fetchHere(orderOf(base)), "attachment-unavailable");
    const closed = createServer();
    await new Promise<void>((resolve) => closed.listen(0, "127.0.0.1", resolve));
    const { port: nobody } = closed.address() as AddressInfo;
    await new Promise((resolve) => closed.close(resolve));
    await refusal(fetchHere(orderOf(`http://127.0.0.1:${nobody}/?${secretQuery}`)), "attachment-unavailable");
  });

  it("when its name has no address", async () => {
    const fetch = createFetchAttachment({ resolve: async () => [] });
    const order = orderOf("https://files.example/", { hosts: ["files.example"] });
    await refusal(fetch(order), "attachment-unavailable");
  });

  it("when the other side speaks no TLS", async () => {
    await refusal(fetchHere(orderOf(`https://127.0.0.1:${port}/?${secretQuery}`)), "attachment-unavailable");
  });

  it("when nothing comes for too long, before the headers or in the body", async () => {
    const fetch = createFetchAttachment({ allowLoopback: true, idleMilliseconds: 100 });
    answer = () => {};
    expect((await refusal(fetch(orderOf(base)), "attachment-unavailable")).message).toContain("too long");
    answer = (_, response) => void response.writeHead(200).write(picture.subarray(0, 600));
    expect((await refusal(fetch(orderOf(base)), "attachment-unavailable")).message).toContain("too long");
  });

  it("when it drips: each byte in time, the file not", async () => {
    const fetch = createFetchAttachment({ allowLoopback: true, deadlineMilliseconds: 300 });
    answer = (_, response) => {
      response.writeHead(200);
      const drip = setInterval(() => response.write("x"), 20);
      response.on("close", () => clearInterval(drip));
    };
    expect((await refusal(fetch(orderOf(base)), "attachment-unavailable")).message).toContain("deadline");
  });

  it("when its name is not answered for too long", async () => {
    const fetch = createFetchAttachment({
      deadlineMilliseconds: 100,
      resolve: () => new Promise(() => {}),
    });
    const order = orderOf("https://files.example/", { hosts: ["files.example"] });
    await refusal(fetch(order), "attachment-unavailable");
  });
});

describe("a fetch that is cancelled", () => {
  it("before it begins asks nobody", async () => {
    await refusal(fetchHere(orderOf(base, { signal: AbortSignal.abort() })), "cancelled");
    expect(seen).toEqual([]);
  });

  it("in the middle leaves nothing behind", async () => {
    const controller = new AbortController();
    answer = (_, response) => {
      response.writeHead(200).write(picture.subarray(0, 600), () => setTimeout(() => controller.abort(), 20));
    };
    await refusal(fetchHere(orderOf(base, { signal: controller.signal })), "cancelled");
  });
});

it("an unwritable folder is said so", async () => {
  answer = sends(picture);
  const order = orderOf(base, { file: join(folder, "nowhere", "picture") });
  await refusal(fetchHere(order), "output-unwritable");
});
