import { createHmac } from "node:crypto";
import { pictureSize } from "../payloads/picture-size.ts";
import type { Settings } from "../settings.ts";
import type { FakeAttachment, Id, Json } from "../types.ts";
import type { World } from "./world.ts";

/** Uploaded files with their signed links. `cdn.ts` serves them. */
export interface AttachmentStore {
  add(file: NewAttachment): FakeAttachment;
  find(id: Id): FakeAttachment | undefined;
  /** As the API shows it, with a link that works for `settings.linkLifetime` from now. */
  payload(attachment: FakeAttachment): Json;
  /** Whether a link's signature is genuine and its time not over. */
  isFresh(url: URL): boolean;
  readonly baseUrl: string;
}

export interface NewAttachment {
  readonly channelId: Id;
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly contentType?: string | undefined;
  /** What the API says of the size. Default: the truth. */
  readonly size?: number | undefined;
  readonly description?: string | null | undefined;
  readonly title?: string | null | undefined;
  readonly isEphemeral?: boolean;
  readonly isSpoiler?: boolean;
}

export function createAttachments(world: World, settings: Settings, baseUrl: string): AttachmentStore {
  const byId = new Map<Id, FakeAttachment>();
  const sign = (path: string, ex: string, is: string) =>
    createHmac("sha256", "fake-cdn").update(`${path}?${ex}&${is}`).digest("hex");

  function link(attachment: FakeAttachment): string {
    const folder = attachment.isEphemeral ? "ephemeral-attachments" : "attachments";
    const path = `/${folder}/${attachment.channelId}/${attachment.id}/${attachment.filename}`;
    const now = world.clock.now();
    const ex = Math.floor((now + settings.linkLifetime) / 1000).toString(16);
    const is = Math.floor(now / 1000).toString(16);
    return `${baseUrl}${path}?ex=${ex}&is=${is}&hm=${sign(path, ex, is)}&`;
  }

  return {
    baseUrl,
    add(file) {
      const size = pictureSize(file.bytes);
      const attachment: FakeAttachment = {
        id: world.nextId(),
        channelId: file.channelId,
        filename: safeName(file.name),
        description: file.description ?? null,
        title: file.title ?? null,
        contentType: file.contentType ?? typeByName(file.name),
        size: file.size ?? file.bytes.length,
        bytes: file.bytes,
        width: size?.width ?? null,
        height: size?.height ?? null,
        isEphemeral: file.isEphemeral ?? false,
        isSpoiler: file.isSpoiler === true || file.name.startsWith("SPOILER_"),
      };
      byId.set(attachment.id, attachment);
      return attachment;
    },
    find: (id) => byId.get(id),
    payload: (attachment) => ({
      id: attachment.id,
      filename: attachment.filename,
      size: attachment.size,
      url: link(attachment),
      proxy_url: link(attachment),
      content_type: attachment.contentType,
      ...(attachment.width === null ? {} : { width: attachment.width, height: attachment.height }),
      ...(attachment.description === null ? {} : { description: attachment.description }),
      ...(attachment.title === null ? {} : { title: attachment.title }),
      ...(attachment.isEphemeral ? { ephemeral: true } : {}),
      ...(attachment.isSpoiler ? { flags: 1 << 3 } : {}),
    }),
    isFresh(url) {
      const [ex, is, hm] = ["ex", "is", "hm"].map((name) => url.searchParams.get(name) ?? "");
      if (ex === undefined || is === undefined || hm !== sign(url.pathname, ex, is)) return false;
      return Number.parseInt(ex, 16) * 1000 > world.clock.now();
    },
  };
}

/** Discord keeps letters, digits, dots, dashes and underscores of a file's name. */
function safeName(name: string): string {
  return name.replace(/[^\w.-]+/g, "_");
}

function typeByName(name: string): string {
  const extension = name.slice(name.lastIndexOf(".") + 1).toLowerCase();
  const types: Record<string, string> = {
    png: "image/png",
    jpg: "image/jpeg",
    jpeg: "image/jpeg",
    webp: "image/webp",
    gif: "image/gif",
    txt: "text/plain; charset=utf-8",
  };
  return types[extension] ?? "application/octet-stream";
}
