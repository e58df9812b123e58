import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";
import { EditError } from "../../../errors.ts";
import {
  type Attachment,
  ChatError,
  type ChatFailure,
  type FetchAttachment,
  type MessageRef,
  type Place,
} from "../../chat.ts";
import type { SlackClient } from "../client.ts";
import { attempt } from "../failures.ts";
import { messageAt } from "../outgoing/standing-message.ts";
import { messageRefIn } from "../places.ts";
import { fileSchema, type SlackFile, type SlackMessage } from "./payloads.ts";

/** Pictures that members and apps put into messages. */
export interface Pictures {
  /** Those among these files; of files that Slack did not describe it is asked. */
  among(files: readonly SlackFile[], signal: AbortSignal): Promise<readonly Attachment[]>;
  /** Files of a message and of those that it forwards, and pictures in its blocks. */
  in(message: SlackMessage, signal: AbortSignal): Promise<readonly Attachment[]>;
  /** Those of a message as it is now; none where it cannot be read. @throws ChatError */
  of(message: MessageRef, signal: AbortSignal): Promise<readonly Attachment[]>;
  /** `ChatPlatform.addressed`: of files those that were shared in that very channel, whoever else may see them. */
  addressed(
    url: string,
    place: Place,
    signal: AbortSignal,
  ): Promise<{ readonly picture: Attachment } | { readonly message: MessageRef }>;
  /** `ChatPlatform.avatarOf`: what a member uploaded. @throws ChatError */
  avatarOf(member: string, signal: AbortSignal): Promise<Attachment | null>;
  /** @throws EditError as `ChatPlatform.save` */
  save(
    attachment: Attachment,
    file: string,
    options: { readonly maxBytes: number; readonly signal: AbortSignal },
  ): Promise<void>;
}

export interface PicturesParts {
  readonly client: SlackClient;
  readonly token: string;
  readonly hosts: readonly string[];
  /** They see no token. */
  readonly avatarHosts: readonly string[];
  readonly fetchAttachment: FetchAttachment;
}

/** How long a file that Slack still works on is waited for. */
const readyMilliseconds = 10_000;
const pauses = [200, 400, 800, 1600, 3000, 4000] as const;

export function createPictures({
  client,
  token,
  hosts,
  avatarHosts,
  fetchAttachment,
}: PicturesParts): Pictures {
  async function ask(id: string, signal: AbortSignal): Promise<SlackFile | null> {
    const answer = await attempt({ to: "describe a file", signal, needs: ["view"] }, () =>
      client.files.info({ file: id }),
    );
    return fileSchema.safeParse(answer.file).data ?? null;
  }

  async function described(file: SlackFile, signal: AbortSignal): Promise<SlackFile> {
    if (file.file_access !== "check_file_info" && file.url_private) return file;
    return (await ask(file.id, signal).catch(() => null)) ?? file;
  }

  async function among(files: readonly SlackFile[], signal: AbortSignal): Promise<readonly Attachment[]> {
    const all = await Promise.all(files.map((file) => described(file, signal)));
    return all.filter(isPicture).map(attachmentOf);
  }

  /** Asks until Slack has looked at the file, so that its address works. */
  async function ready(id: string, signal: AbortSignal): Promise<Attachment | null> {
    const deadline = AbortSignal.timeout(readyMilliseconds);
    for (let tries = 0; ; tries++) {
      const file = await ask(id, signal).catch(() => null);
      const isLast = deadline.aborted || tries >= pauses.length;
      if (file?.url_private && (file.mimetype || isLast)) return attachmentOf(file);
      if (isLast) return null;
      await pause(pauses[tries], undefined, { signal });
    }
  }

  return {
    among,
    in: (message, signal) => among(filesIn(message), signal),
    async of(message, signal) {
      try {
        const found = await messageAt(client, message, signal);
        return found ? await among(filesIn(found), signal) : [];
      } catch (error) {
        if (error instanceof ChatError && unreadable.includes(error.failure)) return [];
        throw error;
      }
    },
    async addressed(text, place, signal) {
      const refused = new EditError(
        "attachment-refused",
        "Expected an address of a picture or message of this channel, got another.",
      );
      const url = URL.canParse(text) ? new URL(text) : null;
      if (!url || !isOfSlack(url, hosts)) throw refused;
      const message = messageNamed(url, place);
      if (message) return { message };
      const id = fileNamed(url);
      const file = id === null ? null : await ask(id, signal).catch(noneOf);
      const shared = [...(file?.channels ?? []), ...(file?.groups ?? []), ...(file?.ims ?? [])];
      if (!file || !shared.includes(place.channel)) throw refused;
      return { picture: attachmentOf(file) };
    },
    async avatarOf(member, signal) {
      const { user } = await attempt({ to: "say who a member is", signal, needs: ["view"] }, () =>
        client.users.info({ user: member }),
      );
      const { image_original: whole, image_1024: large, image_512: medium } = user?.profile ?? {};
      const url = [whole, large, medium].find(
        (each) => each && URL.canParse(each) && avatarHosts.includes(new URL(each).host),
      );
      return url ? { id: member, fileName: "avatar", url, contentType: "image/*", bytes: null } : null;
    },
    async save(attachment, file, { maxBytes, signal }) {
      if (URL.canParse(attachment.url) && avatarHosts.includes(new URL(attachment.url).host)) {
        const order = { url: attachment.url, hosts: avatarHosts, bearer: null, maxBytes, file, signal };
        return fetchAttachment(order);
      }
      const isReady = attachment.url !== "" && attachment.contentType !== null;
      const { url } = (isReady ? null : await ready(attachment.id, signal)) ?? attachment;
      if (url === "") {
        throw new EditError(
          "attachment-unavailable",
          "Expected a file that the bot can see, got none of that id.",
        );
      }
      await fetchAttachment({ url, hosts, bearer: token, maxBytes, file, signal });
    },
  };
}

/** Slack's own, or where the bot is told that files lie. */
function isOfSlack({ host, protocol }: URL, hosts: readonly string[]): boolean {
  return hosts.includes(host) || (protocol === "https:" && /(?:^|\.)slack\.com$/.test(host));
}

/** https://docs.slack.dev/reference/objects/file-object: `url_private`, its thumbnails, and `permalink`. */
function fileNamed({ pathname }: URL): string | null {
  const [, id] =
    /^\/files-(?:pri|tmb)\/[A-Z0-9]+-(F[A-Z0-9]+)(?:-[^/]*)?\//.exec(pathname) ??
    /^\/files\/[A-Z0-9]+\/(F[A-Z0-9]+)(?:\/|$)/.exec(pathname) ??
    [];
  return id ?? null;
}

/** https://docs.slack.dev/reference/methods/chat.getPermalink */
function messageNamed({ pathname, searchParams }: URL, place: Place): MessageRef | null {
  const [, channel, seconds, fraction] = /^\/archives\/([A-Z0-9]+)\/p(\d+)(\d{6})$/.exec(pathname) ?? [];
  if (channel !== place.channel) return null;
  return messageRefIn(place, `${seconds}.${fraction}`, searchParams.get("thread_ts"));
}

/** A file that the bot cannot see. */
function noneOf(error: unknown): null {
  if (error instanceof ChatError && !error.isPassing) return null;
  throw error;
}

const unreadable: readonly ChatFailure[] = ["missing-permission", "unknown-place", "unknown-message"];

/** Files of a message, of those that it forwards, and in its picture blocks. */
export function filesIn(message: SlackMessage): readonly SlackFile[] {
  const shown = message.blocks.flatMap((block) => {
    const { data } = imageBlockSchema.safeParse(block);
    return data ? [{ id: data.slack_file.id } satisfies SlackFile] : [];
  });
  const forwarded = message.attachments.flatMap(({ files }) => files);
  return [...message.files, ...forwarded, ...shown];
}

const imageBlockSchema = z.object({
  type: z.literal("image"),
  slack_file: z.object({ id: z.string().min(1) }),
});

const pictureExtension = /\.(?:png|jpe?g|webp|avif|gif|heic|heif|tiff?|bmp)$/i;

function isPicture(file: SlackFile): boolean {
  if (file.mode === "tombstone" || file.mode === "hidden_by_limit") return false;
  return file.mimetype ? file.mimetype.startsWith("image/") : pictureExtension.test(file.name ?? "");
}

function attachmentOf(file: SlackFile): Attachment {
  return {
    id: file.id,
    fileName: file.name || file.title || file.id,
    url: file.url_private_download || file.url_private || "",
    contentType: file.mimetype || null,
    bytes: file.size ?? null,
  };
}
