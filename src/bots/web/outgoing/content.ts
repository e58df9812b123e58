import { stat } from "node:fs/promises";
import { isAbsolute, relative, resolve, sep } from "node:path";
import { z } from "zod";
import { plainTextOf, type RichText } from "../../../locales/rich-text.ts";
import type { ChatButton, ChatMessage } from "../../chat.ts";

// A message as the store has it.

const pictureSchema = z.object({
  /** Below the data folder, which may be moved. */
  file: z.string(),
  /** Changes with the file. */
  version: z.string(),
  fileName: z.string(),
  alt: z.string(),
  isSpoiler: z.boolean(),
});

const attachmentSchema = z.object({
  id: z.string(),
  fileName: z.string(),
  url: z.string(),
  contentType: z.string().nullable(),
  bytes: z.number().nullable(),
});

export const contentSchema = z.object({
  text: z.custom<RichText>((value) => Array.isArray(value)),
  pictures: z.array(pictureSchema),
  buttons: z.custom<readonly (readonly ChatButton[])[]>((value) => Array.isArray(value)),
  /** Emojis that the bot put under it. */
  offered: z.array(z.string()).default([]),
  /** Who put which emoji under it: ids by emoji. */
  reactions: z.record(z.string(), z.array(z.string())).default({}),
  /** A picture that a person sent. */
  attachment: attachmentSchema.nullable().default(null),
});
export type Content = z.infer<typeof contentSchema>;
export type StoredPicture = z.infer<typeof pictureSchema>;

/** The bot's message with its pictures where they lie. @param folder The data folder, absolute. */
export async function contentOf({ text, pictures, buttons }: ChatMessage, folder: string): Promise<Content> {
  return {
    ...{ text, buttons, offered: [], reactions: {}, attachment: null },
    pictures: await Promise.all(
      pictures.map(async ({ path, fileName, alt, isSpoiler }) => ({
        file: relative(folder, path),
        version: await versionOf(path),
        ...{ fileName, alt, isSpoiler },
      })),
    ),
  };
}

/** What a search looks in. */
export function searchTextOf({ text }: Pick<ChatMessage, "text">): string {
  return plainTextOf(text);
}

/** The picture's path; `null` of one that does not lie below the folder. */
export function pathOf({ file }: Pick<StoredPicture, "file">, folder: string): string | null {
  const path = resolve(folder, file);
  return !isAbsolute(file) && path.startsWith(folder + sep) ? path : null;
}

async function versionOf(path: string): Promise<string> {
  const { mtimeMs, size, ino } = await stat(path);
  return [mtimeMs, size, ino].map((value) => Math.round(value).toString(36)).join("-");
}
