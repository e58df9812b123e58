import type { ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { Misdeed } from "./faults.ts";

/** Sends a file, or the part of it that `Range: bytes=N-` asks for, as well or as badly as it is told to. */
export async function sendFile(
  response: ServerResponse,
  file: Buffer,
  range: string | undefined,
  misdeed: Misdeed | null,
): Promise<void> {
  const [, asked = "0"] = range?.match(/^bytes=(\d+)-$/) ?? [];
  const isPart = range !== undefined && misdeed?.kind !== "no-ranges";
  const from = isPart ? Number(asked) : 0;
  if (isPart && from >= file.length) return void response.writeHead(416).end();
  const start = misdeed?.kind === "other-part" ? Math.max(0, from - 1) : from;
  const size = file.length + (misdeed?.kind === "lie" ? misdeed.by : 0);
  const bytes = Buffer.from(file.subarray(start));
  if (misdeed?.kind === "flip" && misdeed.at >= start && misdeed.at < file.length)
    bytes.writeUInt8(bytes.readUInt8(misdeed.at - start) ^ 1, misdeed.at - start);
  const length = { "content-length": size - start };
  response.writeHead(isPart ? 206 : 200, {
    "content-type": "application/octet-stream",
    "accept-ranges": "bytes",
    ...(misdeed?.kind === "excess" ? {} : length),
    ...(isPart ? { "content-range": `bytes ${start}-${size - 1}/${size}` } : {}),
  });
  await sendBody(response, bytes, misdeed);
}

async function sendBody(response: ServerResponse, bytes: Buffer, misdeed: Misdeed | null): Promise<void> {
  switch (misdeed?.kind) {
    case "cut":
      response.write(bytes.subarray(0, misdeed.after), () => response.destroy());
      return;
    case "stall":
      response.write(bytes.subarray(0, misdeed.after));
      return;
    case "lie":
      response.write(bytes, () => response.destroy());
      return;
    case "excess":
      response.end(Buffer.concat([bytes, Buffer.alloc(misdeed.bytes)]));
      return;
    case "slow":
      for (let at = 0; at < bytes.length && !response.destroyed; at += misdeed.piece) {
        response.write(bytes.subarray(at, at + misdeed.piece));
        await sleep(misdeed.milliseconds);
      }
      response.end();
      return;
    default:
      response.end(bytes);
  }
}
