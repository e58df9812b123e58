import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import {
  type APIActionRowComponent,
  type APIButtonComponentWithCustomId,
  type APIMessageComponentEmoji,
  ButtonStyle,
  ComponentType,
  type RawFile,
} from "discord.js";
import { calledIn, type RichText } from "../../../locales/rich-text.ts";
import type { ChatButton, ChatMessage, ChatPicture } from "../../chat.ts";
import { markdownOf } from "./markup.ts";

/** Nobody is called by a message of the bot, whatever stands in it, but whom it means to call. */
const mentionsIn = (text: RichText) => ({
  parse: [],
  replied_user: false,
  users: [...calledIn(text)],
});

const maxAltLength = 1024;
const maxLabelLength = 80;

/** A message as Discord takes it, for posting as well as for editing: its files replace all earlier ones. */
export interface MessageBody {
  readonly body: {
    readonly content: string;
    readonly attachments: FileNote[];
    readonly components: APIActionRowComponent<APIButtonComponentWithCustomId>[];
    readonly allowed_mentions: ReturnType<typeof mentionsIn>;
  };
  readonly files: RawFile[];
}

/** What is said of a file that comes along. */
interface FileNote {
  /** Its place among the files. */
  readonly id: string;
  readonly description?: string;
  readonly is_spoiler?: boolean;
}

/** Reads the pictures and the document; `mark` is carried invisibly by the first row of buttons. */
export async function messageBodyOf(message: ChatMessage, mark?: number): Promise<MessageBody> {
  return {
    body: {
      content: markdownOf(message.text),
      attachments: [
        ...message.pictures.map(noteOf),
        ...(message.document ? [{ id: String(message.pictures.length) }] : []),
      ],
      components: message.buttons
        .filter((row) => row.length > 0)
        .map((row, index) => ({
          type: ComponentType.ActionRow,
          components: row.map(buttonOf),
          ...(index === 0 && mark !== undefined ? { id: mark } : {}),
        })),
      allowed_mentions: mentionsIn(message.text),
    },
    files: [
      ...(await Promise.all(message.pictures.map(fileOf))),
      ...(message.document
        ? [{ name: message.document.fileName, data: await readFile(message.document.path) }]
        : []),
    ],
  };
}

/**
 * The number that a message with this key carries as the `id` of its first row of buttons: Discord keeps it with the
 * message, shows it to nobody, and gives it back in the history. Between 2^30 and 2^31, far from the ids that Discord
 * counts up from 1 by itself.
 */
export function markOf(key: string): number {
  return firstMark + (createHash("sha256").update(key).digest().readUInt32BE() >>> 2);
}

/** True for a number that `markOf` may have made. */
export function isMark(id: number): boolean {
  return id >= firstMark;
}

const firstMark = 2 ** 30;

function noteOf({ alt, isSpoiler }: ChatPicture, index: number): FileNote {
  const description = alt.length > maxAltLength ? `${alt.slice(0, maxAltLength - 1)}…` : alt;
  return {
    id: String(index),
    ...(description === "" ? {} : { description }),
    ...(isSpoiler ? { is_spoiler: true } : {}),
  };
}

/** The prefix is how clients have always told a spoiler. */
async function fileOf(picture: ChatPicture): Promise<RawFile> {
  const name = picture.isSpoiler ? `SPOILER_${picture.fileName}` : picture.fileName;
  return { name, data: await readFile(picture.path) };
}

const styles: Record<ChatButton["style"], APIButtonComponentWithCustomId["style"]> = {
  primary: ButtonStyle.Primary,
  secondary: ButtonStyle.Secondary,
  danger: ButtonStyle.Danger,
};

function buttonOf(button: ChatButton): APIButtonComponentWithCustomId {
  const emoji: { emoji?: APIMessageComponentEmoji } = button.emoji ? { emoji: { name: button.emoji } } : {};
  const label = button.label === "" ? {} : { label: button.label.slice(0, maxLabelLength) };
  return {
    type: ComponentType.Button,
    style: styles[button.style],
    custom_id: button.id,
    ...label,
    ...emoji,
  };
}
