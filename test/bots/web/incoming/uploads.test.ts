import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { createUploads } from "../../../../src/bots/web/incoming/uploads.ts";
import { createFetchAttachment } from "../../../../src/media/fetch-attachment.ts";
import { flatPng } from "../../painted.ts";
import { sharedPictureWorker } from "../../shared-picture-worker.ts";

const picture = await flatPng(90);
const answers: Readonly<Record<string, Uint8Array | string>> = {
  "/red.png": picture,
  "/large.png": new Uint8Array(200_000),
  "/drawing.png": "<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
};
const server = createServer(({ url = "" }, response) => {
  const body = answers[url];
  response.writeHead(body === undefined ? 404 : 200, { "content-type": "image/png" }).end(body);
});
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const folder = mkdtempSync(join(tmpdir(), "lrbot-uploads-"));
afterAll(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true });
});

const never = new AbortController().signal;
const uploads = createUploads({
  ...{ folder, pictureWorker: sharedPictureWorker, maxBytes: 100_000, examples: [] },
  ...{ fetchAttachment: createFetchAttachment({ allowLoopback: true }), clock: Date.now, signal: never },
});

it("a picture of an address is kept as one that was sent, for whoever named the address", async () => {
  const taken = await uploads.fetch("ann", `${base}/red.png`, never);
  expect(taken).toMatchObject({ width: 128, height: 128, bytes: picture.length });
  const copy = uploads.copyOf("ann", taken.id);
  expect(readFileSync(String(copy)).length).toBeGreaterThan(0);
  expect(uploads.copyOf("bob", taken.id)).toBeNull();
  await expect(uploads.attachmentOf("bob", taken.id, "red.png")).rejects.toMatchObject({
    code: "attachment-unavailable",
  });
  await uploads.sweep("ann");
});

it.each([
  ["/nothing.png", "attachment-unavailable"],
  ["/large.png", "attachment-too-large"],
  ["/drawing.png", "picture-format-unsupported"],
])("nothing is left of an address that has no picture: %s", async (path, code) => {
  await expect(uploads.fetch("ann", base + path, never)).rejects.toMatchObject({ code });
  expect(readdirSync(folder)).toEqual([]);
});
