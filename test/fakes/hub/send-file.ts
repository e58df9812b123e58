import type { ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { FaultAction } from "./faults.ts";

/** Sends a file, or the part of it that `Range: bytes=N-` asks for, as well or as badly as it is told to. */
export async function sendFile(
  response: ServerResponse,
  file: Buffer,
  range: string | undefined,
  faultAction: FaultAction | null,
): Promise<void> {
  const [, asked = "0"] = range?.match(/^bytes=(\d+)-$/) ?? [];
  const isPart = range !== undefined && faultAction?.kind !== "no-ranges";
  const from = isPart ? Number(asked) : 0;
  if (isPart && from >= file.length) return void response.writeHead(416).end();
  const start = faultAction?.kind === "other-part" ? Math.max(0, from - 1) : from;
  const size = file.length + (faultAction?.kind === "lie" ? faultAction.by : 0);
  const bytes = Buffer.from(file.subarray(start));
  if (faultAction?.kind === "flip" && faultAction.at >= start && faultAction.at < file.length)
    bytes.writeUInt8(bytes.readUInt8(faultAction.at - start) ^ 1, faultAction.at - start);
  const length = { "content-length": size - start };
  response.writeHead(isPart ? 206 : 200, {
    "content-type": "application/octet-stream",
    "accept-ranges": "bytes",
    ...(faultAction?.kind === "excess" ? {} : length),
    ...(isPart ? { "content-range": `bytes ${start}-${size - 1}/${size}` } : {}),
  });
  await sendBody(response, bytes, faultAction);
}

async function sendBody(
  response: ServerResponse,
  bytes: Buffer,
  faultAction: FaultAction | null,
): Promise<void> {
  switch (faultAction?.kind) {
    case "cut":
      response.write(bytes.subarray(0, faultAction.after), () => response.destroy());
      return;
    case "stall":
      response.write(bytes.subarray(0, faultAction.after));
      return;
    case "lie":
      response.write(bytes, () => response.destroy());
      return;
    case "excess":
      response.end(Buffer.concat([bytes, Buffer.alloc(faultAction.bytes)]));
      return;
    case "slow":
      for (let at = 0; at < bytes.length && !response.destroyed; at += faultAction.piece) {
        response.write(bytes.subarray(at, at + faultAction.piece));
        await sleep(faultAction.milliseconds);
      }
      response.end();
      return;
    default:
      response.end(bytes);
  }
}
