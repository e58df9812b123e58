import type { APIAttachment, APIMessage } from "discord.js";
import { z } from "zod";
import type { Attachment } from "../../chat.ts";

const pictureExtension = /\.(?:png|jpe?g|webp|avif|gif|heic|heif|tiff?|bmp)$/i;

type FileLike = Partial<Pick<APIAttachment, "filename" | "content_type" | "size">> &
  Pick<APIAttachment, "id" | "url">;

/** A file of a message, a command or a modal, as plain data. */
export function attachmentOf(attachment: FileLike): Attachment {
  return {
    id: attachment.id,
    fileName: attachment.filename ?? attachment.id,
    url: attachment.url,
    contentType: attachment.content_type ?? null,
    bytes: attachment.size ?? null,
  };
}

/** A message, as far as it may hold pictures; Discord leaves out much of it. */
type Holder = Partial<Pick<APIMessage, "attachments" | "components" | "message_snapshots">>;

/**
 * Files of a message that are pictures, by what Discord says of them or by their name; those of a message that it forwards;
 * and uploaded ones that its components show. Embeds' pictures are not taken: they lie anywhere.
 */
export function picturesOf(message: Holder): readonly Attachment[] {
  const forwarded = (message.message_snapshots ?? []).map((snapshot): Holder => snapshot.message ?? {});
  const found = [message, ...forwarded].flatMap(({ attachments, components }) => [
    ...(attachments ?? []),
    ...mediaIn(components ?? []),
  ]);
  const pictures = found.filter(isPicture).map(attachmentOf);
  return [...new Map(pictures.map((picture) => [picture.id, picture])).values()];
}

function isPicture({ content_type: type, filename }: FileLike): boolean {
  if (type?.startsWith("image/") || pictureExtension.test(filename ?? "")) return true;
  // Nothing is known of it; whoever looks into it will see.
  return !type && !/\.\w+$/.test(filename ?? "");
}

/** Files among components of any depth: thumbnails, galleries and files. */
function mediaIn(value: unknown): readonly FileLike[] {
  if (Array.isArray(value)) return value.flatMap(mediaIn);
  if (typeof value !== "object" || value === null) return [];
  const { success, data } = mediaSchema.safeParse(value);
  if (!success) return Object.values(value).flatMap(mediaIn);
  const { attachment_id: id, url, content_type } = data;
  const filename = new URL(url).pathname.split("/").at(-1) ?? id;
  return [{ id, url, filename, ...(content_type ? { content_type } : {}) }];
}

const mediaSchema = z.object({
  attachment_id: z.string(),
  url: z.url(),
  content_type: z.string().nullish(),
});
