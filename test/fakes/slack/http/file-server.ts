import type { IncomingMessage, ServerResponse } from "node:http";
import { botSees } from "../methods/content.ts";
import type { FakeFile } from "../types.ts";
import type { World } from "../world/world.ts";
import { uploadedBytes } from "./body.ts";

/** What goes wrong with downloads. */
export interface DownloadFault {
  /** Only downloads of this file. Default: any. */
  readonly file?: FakeFile;
  /** How many downloads it applies to. Default 1. */
  readonly times?: number;
  /** Sends the client to another address. */
  readonly redirect?: string;
  /** Sends that many bytes in place of the file; `isHonest` names the length in the header (default). */
  readonly oversize?: number;
  readonly isHonest?: boolean;
  /** Milliseconds between pieces of 1 KiB. */
  readonly slow?: number;
  /** Answers the sign-in page in place of the file. */
  readonly html?: boolean;
  readonly status?: number;
  /** Cuts the connection halfway. */
  readonly drop?: boolean;
}

export interface FileServer {
  inject(fault: DownloadFault): void;
  /** Tokens seen with downloads, `null` for none: no other host may ever see one. */
  readonly downloads: { readonly file: string; readonly token: string | null }[];
  download(request: IncomingMessage, response: ServerResponse, path: string): Promise<void>;
  /** Takes an upload's bytes; gives the answer. */
  upload(request: IncomingMessage, url: URL): Promise<{ readonly status: number; readonly body: string }>;
}

const signIn =
  '<!DOCTYPE html><html><head><title>Sign in | Slack</title></head><body><form id="signin_form"></form></body></html>';

export function createFileServer(world: World): FileServer {
  const faults: { left: number; readonly fault: DownloadFault }[] = [];
  const downloads: FileServer["downloads"] = [];
  return {
    downloads,
    inject(fault) {
      faults.push({ left: fault.times ?? 1, fault });
    },

    async download(request, response, path) {
      const id = /^\/files-pri\/[^/-]+-([^/]+)\//.exec(path)?.[1] ?? "";
      const token = request.headers.authorization?.replace(/^Bearer /, "") ?? null;
      downloads.push({ file: id, token });
      const file = world.files.get(id);
      const fault = take(file);
      if (fault.redirect !== undefined) return end(response, 302, { location: fault.redirect }, "");
      if (fault.status !== undefined) return end(response, fault.status, {}, "");
      const team = world.teamOfToken(token ?? "");
      const isAllowed =
        team !== undefined && world.settings.scopes.has("files:read") && botSees(world, team, id);
      if (!isAllowed || fault.html === true) {
        return end(response, 200, { "content-type": "text/html; charset=utf-8" }, signIn);
      }
      if (file === undefined || file.state === "deleted") return end(response, 404, {}, "");
      await sendFile(response, file, fault, world);
    },

    async upload(request, url) {
      const file = world.files.get(url.pathname.split("/").pop() ?? "");
      const bytes = await uploadedBytes(request);
      if (file === undefined || file.state !== "uploading") return { status: 404, body: "not found" };
      const expected = Number(url.searchParams.get("length"));
      if (bytes.length !== expected) {
        const problem = `Expected ${expected} bytes, got ${bytes.length}`;
        world.violations.push({ method: "upload", problems: [problem], args: { file: file.id } });
        return { status: 400, body: problem };
      }
      file.bytes = bytes;
      return { status: 200, body: `OK - ${bytes.length}` };
    },
  };

  function take(file: FakeFile | undefined): DownloadFault {
    const next = faults.find(({ fault }) => fault.file === undefined || fault.file === file);
    if (next === undefined) return {};
    next.left -= 1;
    if (next.left <= 0) faults.splice(faults.indexOf(next), 1);
    return next.fault;
  }
}

async function sendFile(
  response: ServerResponse,
  file: FakeFile,
  fault: DownloadFault,
  world: World,
): Promise<void> {
  const bytes = fault.oversize === undefined ? file.bytes : Buffer.alloc(fault.oversize);
  const length: Record<string, string> =
    fault.isHonest === false ? {} : { "content-length": String(bytes.length) };
  response.writeHead(200, { "content-type": file.mimetype, ...length });
  const piece = fault.slow === undefined ? 64 * 1024 : 1024;
  const stop = fault.drop === true ? Math.floor(bytes.length / 2) : bytes.length;
  for (let at = 0; at < stop && !response.destroyed; at += piece) {
    const hasRoom = response.write(bytes.subarray(at, Math.min(at + piece, stop)));
    if (!hasRoom) await drained(response);
    if (fault.slow !== undefined) await pause(fault.slow, world);
  }
  if (fault.drop === true) response.destroy();
  else response.end();
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    response.once("drain", resolve);
    response.once("close", resolve);
  });
}

function pause(milliseconds: number, world: World): Promise<void> {
  return new Promise((resolve) => world.timers.after(milliseconds, resolve));
}

function end(response: ServerResponse, status: number, headers: Record<string, string>, body: string): void {
  response.writeHead(status, headers);
  response.end(body);
}
