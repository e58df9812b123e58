import type { types } from "@slack/bolt";
import type { ChatButton, ChatMessage, ChatPicture } from "../../chat.ts";
import { cutTo, fallbackTextOf, type MarkupOptions, richElementsOf } from "./markup.ts";

/** Characters of the text beside the blocks, for which `chat.update` has room. */
const maxFallbackLength = 3000;
/** Slack takes 13,200 characters in all blocks of a message. */
const maxRichLength = 12_000;
const maxAltLength = 2000;
const maxLabelLength = 75;

/** Begins the id of each button; Slack wants them to differ within a message, so what a button means is its value. */
export const buttonPrefix = "lrbot-";

export interface MessageBody {
  readonly text: string;
  readonly blocks: types.KnownBlock[];
}

/** A message as Slack takes it. `files` are Slack's ids of the message's pictures, in their order. */
export function messageBodyOf(
  { text, pictures, buttons }: ChatMessage,
  files: readonly string[],
  options: MarkupOptions,
): MessageBody {
  const elements = fitting(richElementsOf(text, options), maxRichLength);
  const section: types.KnownBlock[] =
    elements.length > 0 ? [{ type: "rich_text", elements: [{ type: "rich_text_section", elements }] }] : [];
  const images = pictures.flatMap((picture, index) => {
    const id = files[index];
    return id === undefined ? [] : [imageBlock(picture, id)];
  });
  let count = 0;
  const rows = buttons
    .filter((row) => row.length > 0)
    .map(
      (row): types.KnownBlock => ({
        type: "actions",
        elements: row.map((button) => buttonElement(button, count++)),
      }),
    );
  return {
    text: fallbackTextOf(text, maxFallbackLength, options.nameOf),
    blocks: [...section, ...images, ...rows],
  };
}

/** The elements, up to a length of their text. */
function fitting(elements: readonly types.RichTextElement[], length: number): types.RichTextElement[] {
  let left = length;
  return elements.flatMap((element): types.RichTextElement[] => {
    if (element.type !== "text") return left > 0 ? [element] : [];
    const text = left > 0 ? cutTo(element.text, left) : "";
    left -= element.text.length;
    return text === "" ? [] : [{ ...element, text }];
  });
}

/** Slack hides no picture until it is clicked: a title warns of what would be hidden elsewhere. */
function imageBlock({ alt, fileName, isSpoiler }: ChatPicture, id: string): types.KnownBlock {
  const title = { title: { type: "plain_text", text: "⚠️ NSFW", emoji: true } } as const;
  return {
    type: "image",
    slack_file: { id },
    alt_text: cutTo(alt, maxAltLength) || fileName,
    ...(isSpoiler ? title : {}),
  };
}

/** A button as Slack takes it; `index` is its number on the surface. */
export function buttonElement({ id, label, emoji, style }: ChatButton, index: number): types.Button {
  const text = emoji ? `${emoji} ${label}` : label;
  return {
    type: "button",
    action_id: `${buttonPrefix}${index}`,
    value: id,
    text: { type: "plain_text", text: cutTo(text, maxLabelLength), emoji: true },
    ...(style === "secondary" ? {} : { style }),
  };
}
