import type { IncomingMessage } from "node:http";
import type { UploadedFile } from "../types.ts";

/** A request's JSON and files, as Discord reads them: JSON alone, or a form of `payload_json` and `files[n]`. */
export interface RequestBody {
  /** `undefined` where there was none. */
  readonly json: unknown;
  readonly files: readonly UploadedFile[];
  /** Parts of a form that Discord does not know. */
  readonly strayParts: readonly string[];
}

/** @throws SyntaxError where the JSON cannot be read */
export async function readBody(request: IncomingMessage): Promise<RequestBody> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const bytes = Buffer.concat(chunks);
  const contentType = request.headers["content-type"] ?? "";
  if (bytes.length === 0) return { json: undefined, files: [], strayParts: [] };
  if (!contentType.startsWith("multipart/form-data")) {
    if (!contentType.startsWith("application/json")) throw new SyntaxError(`Unsupported type ${contentType}`);
    return { json: JSON.parse(bytes.toString("utf8")), files: [], strayParts: [] };
  }
  const form = await new Response(bytes, { headers: { "content-type": contentType } }).formData();
  return await fromForm(form);
}

async function fromForm(form: FormData): Promise<RequestBody> {
  let json: unknown = {};
  const files: UploadedFile[] = [];
  const strayParts: string[] = [];
  for (const [name, value] of form) {
    const index = /^files\[(\d+)\]$/.exec(name)?.[1];
    if (name === "payload_json") {
      json = JSON.parse(typeof value === "string" ? value : await value.text());
    } else if (index !== undefined && typeof value !== "string") {
      const bytes = new Uint8Array(await value.arrayBuffer());
      files.push({ index, name: value.name, contentType: value.type, bytes });
    } else {
      strayParts.push(name);
    }
  }
  return { json, files, strayParts };
}
