import type { Inline, RichText } from "../../../locales/rich-text.ts";
import type { KeptMessage } from "../../../store/messages.ts";
import type { ChatMessage } from "../../chat.ts";
import type { People } from "../people.ts";
import type { PageContent, PageMessage } from "../protocol.ts";
import { type Content, contentSchema } from "./content.ts";

/** A kept message as the page shows it. */
export async function pageMessageOf(kept: KeptMessage, people: People): Promise<PageMessage> {
  const content = contentSchema.parse(kept.content);
  const author = kept.author?.slice(kept.author.indexOf(":") + 1) ?? null;
  const id = String(kept.id);
  return {
    ...{ id, room: kept.room, postedAt: kept.postedAt, editedAt: kept.editedAt },
    ...(await pageContentOf(content, people)),
    pictures: picturesOf(content, (index, version) => `/api/messages/${id}/pictures/${index}?v=${version}`),
    author: author === null ? null : { id: author, name: await people.nameOf(author) },
    replyTo: kept.replyTo === null ? null : String(kept.replyTo),
    reactions: reactionsOf(content),
    job: jobOf(kept.key),
  };
}

/** Text, names and buttons; pictures are whoever's they are. */
export async function pageContentOf(
  { text, buttons }: Pick<ChatMessage, "text" | "buttons">,
  people: People,
): Promise<Omit<PageContent, "pictures">> {
  return { text, buttons, names: await people.namesOf(membersIn(text)) };
}

/** @param urlOf Where the picture of an index is served. */
export function picturesOf(
  { pictures, attachment }: Pick<Content, "pictures" | "attachment">,
  urlOf: (index: number, version: string) => string,
): PageContent["pictures"] {
  const sent = attachment
    ? [{ url: urlOf(pictures.length, "sent"), fileName: attachment.fileName, alt: "", isSpoiler: false }]
    : [];
  return [
    ...pictures.map(({ fileName, alt, isSpoiler, version }, index) => ({
      url: urlOf(index, version),
      ...{ fileName, alt, isSpoiler },
    })),
    ...sent,
  ];
}

function reactionsOf({ offered, reactions }: Content): Record<string, number> {
  const counts: Record<string, number> = Object.fromEntries(offered.map((emoji) => [emoji, 1]));
  for (const [emoji, people] of Object.entries(reactions)) {
    if (people.length > 0) counts[emoji] = (counts[emoji] ?? 0) + people.length;
  }
  return counts;
}

/** The keys of a job's messages begin with its id. */
function jobOf(key: string | null): string | null {
  return /^([a-z2-9]{16})-(?:j|r|g|a)/.exec(key ?? "")?.[1] ?? null;
}

function membersIn(text: RichText): string[] {
  return text.flatMap((part: Inline): string[] => {
    if (typeof part === "string") return [];
    if ("bold" in part) return membersIn(part.bold);
    if ("italic" in part) return membersIn(part.italic);
    if ("member" in part) return [part.member];
    return "call" in part ? [part.call] : [];
  });
}
