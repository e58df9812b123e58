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
  /** Uploads pictures that Slack shows by itself, in a message of their own. @returns Slack's ids of the files */
  share(pictures: readonly ChatPicture[], to: SharePlace, signal: AbortSignal): Promise<readonly string[]>;
  /**
   * The message that shares a file in a place, once Slack has posted it.
   * @throws ChatError `unavailable` where it takes longer than most of a minute
   */
  messageOf(file: string, place: Omit<SharePlace, "text">, signal: AbortSignal): Promise<string>;
  /**
   * Resolves once Slack has looked at a file, which it says by no event.
   * @throws ChatError `unavailable` where it takes longer than most of a minute: worth another try
   */
  untilReady(id: string, signal: AbortSignal): Promise<void>;
  /** True where Slack has no such file any more. */
  isGone(id: string, signal: AbortSignal): Promise<boolean>;
}

/** Where files are shared, and what is said with them. */
export interface SharePlace {
  readonly channel: string;
  readonly thread: string | null;
  readonly text: string;
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

  /** Brings the bytes to Slack, which has a file of them once they are completed. */
  async function bring({ path, fileName, alt }: ChatPicture, signal: AbortSignal): Promise<Uploaded> {
    const aim = aimWith(signal);
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
    return { id, title: fileName };
  }

  async function complete(brought: readonly Uploaded[], signal: AbortSignal, to?: SharePlace): Promise<void> {
    const [first, ...others] = brought;
    if (!first) return;
    const order: { files: [Uploaded, ...Uploaded[]] } = { files: [first, ...others] };
    const sharing = to && { channel_id: to.channel, initial_comment: to.text };
    const inThread = to?.thread ? { thread_ts: to.thread } : {};
    const send = () =>
      attempt(aimWith(signal), () =>
        client.files.completeUploadExternal(sharing ? { ...order, ...sharing, ...inThread } : order),
      );
    await retry(send, completionPolicy, { signal, timing });
  }

  async function sendOnce(picture: ChatPicture, signal: AbortSignal): Promise<string> {
    const brought = await bring(picture, signal);
    await complete([brought], signal);
    return brought.id;
  }

  /** Where the file itself does not say. */
  async function seenIn(
    file: string,
    { channel, thread }: Omit<SharePlace, "text">,
    signal: AbortSignal,
  ): Promise<string | null> {
    const { messages = [] } = await attempt(aimWith(signal), () =>
      thread
        ? client.conversations.replies({ channel, ts: thread, limit: 100 })
        : client.conversations.history({ channel, limit: 15 }),
    );
    return messages.find(({ files }) => files?.some(({ id }) => id === file))?.ts ?? null;
  }

  /** Slack shares in the background. */
  async function sharedIn(
    file: string,
    place: Omit<SharePlace, "text">,
    signal: AbortSignal,
  ): Promise<string> {
    const { channel } = place;
    const { file: found } = await attempt(aimWith(signal), () => client.files.info({ file }));
    const { public: open = {}, private: closed = {} } = found?.shares ?? {};
    const ts =
      [...(open[channel] ?? []), ...(closed[channel] ?? [])][0]?.ts ??
      (found?.shares ? null : await seenIn(file, place, signal));
    if (ts) return ts;
    throw new ChatError("unavailable", "Expected Slack to share a picture, got one that waits.");
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
    send: (picture, signal) => retry(() => sendOnce(picture, signal), uploadPolicy, { signal, timing }),
    async share(pictures, to, signal) {
      const brought = await Promise.all(
        pictures.map((picture) => retry(() => bring(picture, signal), uploadPolicy, { signal, timing })),
      );
      await complete(brought, signal, to);
      return brought.map(({ id }) => id);
    },
    messageOf: (file, place, signal) =>
      retry(() => sharedIn(file, place, signal), readyPolicy, { signal, timing }),
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

/** What Slack has the bytes of. */
interface Uploaded {
  readonly id: string;
  readonly title: string;
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
