import type { IncomingMessage } from "node:http";
import type { Json } from "../types.ts";

/** A request's bytes as they came. */
export async function bytesOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Arguments from a form-encoded, JSON or multipart body and from the query, as Slack takes them. */
export async function argsOf(request: IncomingMessage, url: URL): Promise<Json> {
  const bytes = await bytesOf(request);
  const type = request.headers["content-type"] ?? "";
  const query = Object.fromEntries(url.searchParams);
  if (bytes.length === 0) return query;
  if (type.startsWith("application/json")) return { ...query, ...(JSON.parse(bytes.toString()) as Json) };
  if (type.startsWith("multipart/form-data")) {
    const form = await formOf(bytes, type);
    return { ...query, ...Object.fromEntries(form) };
  }
  return { ...query, ...Object.fromEntries(new URLSearchParams(bytes.toString())) };
}

/** The file in an upload: raw bytes, or the first file of a multipart form. */
export async function uploadedBytes(request: IncomingMessage): Promise<Buffer> {
  const bytes = await bytesOf(request);
  const type = request.headers["content-type"] ?? "";
  if (!type.startsWith("multipart/form-data")) return bytes;
  for (const value of (await formOf(bytes, type)).values()) {
    if (typeof value !== "string") return Buffer.from(await value.arrayBuffer());
  }
  return Buffer.alloc(0);
}

async function formOf(bytes: Buffer, type: string): Promise<FormData> {
  return await new Response(new Uint8Array(bytes), { headers: { "content-type": type } }).formData();
}
