import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import {
  type APIActionRowComponent,
  type APIButtonComponentWithCustomId,
  type APIContainerComponent,
  type APIMessageComponentEmoji,
  ButtonStyle,
  ComponentType,
  MessageFlags,
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
    /** Of a message of components it is one of them. */
    readonly content?: string;
    readonly attachments: FileNote[];
    readonly components: (APIActionRowComponent<APIButtonComponentWithCustomId> | APIContainerComponent)[];
    readonly allowed_mentions: ReturnType<typeof mentionsIn>;
    readonly flags?: MessageFlags;
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

/**
 * Reads the pictures and the document; `mark` is carried invisibly by the first component. A gallery, and what takes the place of one,
 * is a message of components alone: it can never be another one again, and has neither content nor embeds
 * (https://discord.com/developers/docs/components/reference).
 */
export async function messageBodyOf(
  message: ChatMessage,
  { mark, isOfComponents = message.layout === "gallery" }: BodyOptions = {},
): Promise<MessageBody> {
  const rows = message.buttons
    .filter((row) => row.length > 0)
    .map((row) => ({
      type: ComponentType.ActionRow as const,
      components: row.map((button) => buttonOf(button, isOfComponents)),
    }));
  const [first, ...others] = isOfComponents ? [containerOf(message), ...rows] : rows;
  const marked = first && mark !== undefined ? { ...first, id: mark } : first;
  return {
    body: {
      ...(isOfComponents ? { flags: MessageFlags.IsComponentsV2 } : { content: markdownOf(message.text) }),
      attachments: [
        ...message.pictures.map(noteOf),
        ...(message.document ? [{ id: String(message.pictures.length) }] : []),
      ],
      components: [...(marked ? [marked] : []), ...others],
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

interface BodyOptions {
  readonly mark?: number;
  /** Default: of a gallery. */
  readonly isOfComponents?: boolean;
}

/** The text, and the pictures below it; of 40 components that a message may have, text and gallery are three with it. */
function containerOf({ text, pictures }: ChatMessage): APIContainerComponent {
  const items = pictures.map((picture) => ({
    media: { url: `attachment://${nameOf(picture)}` },
    description: altOf(picture) || null,
    spoiler: picture.isSpoiler,
  }));
  return {
    type: ComponentType.Container,
    components: [
      { type: ComponentType.TextDisplay, content: markdownOf(text) },
      ...(items.length > 0 ? [{ type: ComponentType.MediaGallery as const, items }] : []),
    ],
  };
}

/**
 * The number that a message with this key carries as the `id` of its first component: Discord keeps it with the
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

function noteOf(picture: ChatPicture, index: number): FileNote {
  const description = altOf(picture);
  return {
    id: String(index),
    ...(description === "" ? {} : { description }),
    ...(picture.isSpoiler ? { is_spoiler: true } : {}),
  };
}

function altOf({ alt }: ChatPicture): string {
  return alt.length > maxAltLength ? `${alt.slice(0, maxAltLength - 1)}…` : alt;
}

/** The prefix is how clients have always told a spoiler. */
function nameOf({ isSpoiler, fileName }: ChatPicture): string {
  return isSpoiler ? `SPOILER_${fileName}` : fileName;
}

async function fileOf(picture: ChatPicture): Promise<RawFile> {
  return { name: nameOf(picture), data: await readFile(picture.path) };
}

const styles: Record<ChatButton["style"], APIButtonComponentWithCustomId["style"]> = {
  primary: ButtonStyle.Primary,
  secondary: ButtonStyle.Secondary,
  danger: ButtonStyle.Danger,
};

/** Ends the ids of buttons below messages of components: what Discord tells of a pressed button need not hold what its message was. */
const componentsMark = "~2";

/** A button's own id from what Discord calls it, and whether its message is one of components. */
export function buttonIdIn(customId: string): { readonly id: string; readonly isOfComponents: boolean } {
  const isOfComponents = customId.endsWith(componentsMark);
  return { id: isOfComponents ? customId.slice(0, -componentsMark.length) : customId, isOfComponents };
}

function buttonOf(button: ChatButton, isOfComponents: boolean): APIButtonComponentWithCustomId {
  const emoji: { emoji?: APIMessageComponentEmoji } = button.emoji ? { emoji: { name: button.emoji } } : {};
  const label = button.label === "" ? {} : { label: button.label.slice(0, maxLabelLength) };
  return {
    type: ComponentType.Button,
    style: styles[button.style],
    custom_id: isOfComponents ? `${button.id}${componentsMark}` : button.id,
    ...label,
    ...emoji,
  };
}
