import { readFile } from "node:fs/promises";
import { pauseFor } from "../../../retry.ts";
import { ChatError, type ChatPicture } from "../../chat.ts";
import type { SlackClient } from "../client.ts";
import { attempt } from "../failures.ts";
import { cutTo } from "./markup.ts";

const maxAltLength = 1000;
const uploadMilliseconds = 120_000;
/** Slack looks at a file before it can stand in a message, and says by no event that it has. */
const readyPauses = [150, 300, 600, 1200, 2400, 4000, 6000] as const;

/**
 * Uploads a picture, and waits until Slack has looked at it.
 * @returns Slack's id of the file
 * @throws ChatError; EditError `cancelled`
 */
export async function uploadPicture(
  client: SlackClient,
  { path, fileName, alt }: ChatPicture,
  signal: AbortSignal,
): Promise<string> {
  const aim = { to: "take a picture", signal, needs: ["attach"] } as const;
  const bytes = await readFile(path);
  const { upload_url: url, file_id: id } = await attempt(aim, () =>
    client.files.getUploadURLExternal({
      filename: fileName,
      length: bytes.length,
      // The client's types have another name for it than Slack.
      ...{ alt_txt: cutTo(alt, maxAltLength) },
    }),
  );
  if (!url || !id)
    throw new ChatError("unavailable", "Expected Slack to take a picture, got no address for it.");
  await attempt(aim, () => sendBytes(url, bytes, signal));
  await attempt(aim, () => client.files.completeUploadExternal({ files: [{ id, title: fileName }] }));
  for (const milliseconds of readyPauses) {
    const { file } = await attempt(aim, () => client.files.info({ file: id }));
    if (file?.mimetype) break;
    await pauseFor(milliseconds, signal);
  }
  return id;
}

/** The address stands in for a token, and is Slack's own. */
async function sendBytes(url: string, bytes: Uint8Array<ArrayBuffer>, signal: AbortSignal): Promise<void> {
  const response = await fetch(url, {
    method: "POST",
    body: bytes,
    headers: { "content-type": "application/octet-stream" },
    redirect: "error",
    signal: AbortSignal.any([signal, AbortSignal.timeout(uploadMilliseconds)]),
  });
  await response.arrayBuffer();
  if (response.status === 413)
    throw new ChatError("too-large", "Expected Slack to take a picture, got status 413.");
  if (!response.ok) {
    const failure = response.status >= 500 || response.status === 429 ? "unavailable" : "rejected";
    throw new ChatError(failure, `Expected Slack to take a picture, got status ${response.status}.`);
  }
}
