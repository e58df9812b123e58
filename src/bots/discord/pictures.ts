import type { APIAttachment } from "discord.js";
import type { Attachment } from "../chat.ts";

const pictureExtension = /\.(?:png|jpe?g|webp|avif|gif|heic|heif|tiff?|bmp)$/i;

/** A file of a message, a command or a modal, as plain data. */
export function attachmentOf(attachment: APIAttachment): Attachment {
  return {
    id: attachment.id,
    fileName: attachment.filename ?? attachment.id,
    url: attachment.url,
    contentType: attachment.content_type ?? null,
    bytes: attachment.size ?? null,
  };
}

/** Files of a message that are pictures, by what Discord says of them or by their name. Embeds' pictures are not taken. */
export function picturesAmong(attachments: readonly APIAttachment[]): readonly Attachment[] {
  return attachments
    .filter(
      ({ content_type: type, filename }) =>
        type?.startsWith("image/") === true || pictureExtension.test(filename ?? ""),
    )
    .map(attachmentOf);
}
