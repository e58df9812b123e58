import { readFile } from "node:fs/promises";
import { type RetryPolicy, type RetryTiming, retry } from "../../../retry.ts";
import { ChatError, type ChatPicture } from "../../chat.ts";
import { passingChatFailures } from "../../chat-retry.ts";
import type { SlackClient } from "../client.ts";
import { attempt, codeOf } from "../failures.ts";
import { cutTo } from "./markup.ts";

/** Brings one picture to Slack. Every method rejects with a ChatError, or with EditError `cancelled`. */
export interface PictureUpload {
  /** Uploads its bytes. @returns Slack's id of the file, which cannot stand in a message yet */
  send(picture: ChatPicture, signal: AbortSignal): Promise<string>;
  /**
   * Resolves once Slack has looked at a file, which it says by no event.
   * @throws ChatError `unavailable` where it takes longer than most of a minute: worth another try
   */
  untilReady(id: string, signal: AbortSignal): Promise<void>;
  /** True where Slack has no such file any more. */
  isGone(id: string, signal: AbortSignal): Promise<boolean>;
}

const maxAltLength = 1000;
const uploadMilliseconds = 120_000;
/** An address that refused the bytes, or a file that Slack does not find: all of it once more, under a new address. */
const uploadPolicy: RetryPolicy = {
  isPassing: (error) => [refusedUpload, unknownFile].includes(codeOf(error) ?? ""),
  pauses: [1000],
};
/** Right after its bytes came Slack may not find a file yet. */
const completionPolicy: RetryPolicy = {
  isPassing: (error) => codeOf(error) === unknownFile,
  pauses: [500, 1000, 2000, 4000],
};
/** Large pictures were seen to take 25 s and more. */
const readyPolicy: RetryPolicy = {
  ...passingChatFailures,
  pauses: { first: 150, longest: 4000 },
  budget: 45_000,
};
const refusedUpload = "upload_refused";
const unknownFile = "file_not_found";

/** @param timing What waits are measured by and made with. */
export function createPictureUpload(client: SlackClient, timing: RetryTiming): PictureUpload {
  const aimWith = (signal: AbortSignal) => ({ to: "take a picture", signal, needs: ["attach"] }) as const;

  async function sendOnce(
    { fileName, alt }: ChatPicture,
    bytes: Buffer<ArrayBuffer>,
    signal: AbortSignal,
  ): Promise<string> {
    const aim = aimWith(signal);
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
    const complete = () =>
      attempt(aim, () => client.files.completeUploadExternal({ files: [{ id, title: fileName }] }));
    await retry(complete, completionPolicy, { signal, timing });
    return id;
  }

  async function requireReady(id: string, signal: AbortSignal): Promise<void> {
    const info = await attempt(aimWith(signal), () => client.files.info({ file: id })).catch((error) => {
      if (codeOf(error) === unknownFile) return null;
      throw error;
    });
    if (info?.file?.mimetype) return;
    throw new ChatError("unavailable", "Expected a picture that Slack has looked at, got one that waits.");
  }

  return {
    async send(picture, signal) {
      const bytes = await readFile(picture.path);
      return retry(() => sendOnce(picture, bytes, signal), uploadPolicy, { signal, timing });
    },
    untilReady: (id, signal) => retry(() => requireReady(id, signal), readyPolicy, { signal, timing }),
    async isGone(id, signal) {
      try {
        const { file } = await attempt(aimWith(signal), () => client.files.info({ file: id }));
        return file?.mode === "tombstone";
      } catch (error) {
        return [unknownFile, "file_deleted"].includes(codeOf(error) ?? "");
      }
    },
  };
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
  if (response.ok) return;
  const { status } = response;
  const refused = `Expected Slack to take a picture, got status ${status}.`;
  if (status === 413) throw new ChatError("too-large", refused);
  if (status < 500 && !passingStatuses.includes(status)) {
    throw new ChatError("rejected", refused, { cause: refusedUpload });
  }
  const asked = Number(response.headers.get("retry-after"));
  throw new ChatError("unavailable", refused, asked > 0 ? { retryAfterSeconds: asked } : {});
}

/** Request timeout, too early, too many requests. */
const passingStatuses: readonly number[] = [408, 425, 429];
