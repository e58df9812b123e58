import type { KeptMessage, MessageStore } from "../../../store/messages.ts";
import {
  type Attachment,
  ChatError,
  type ChatMessage,
  type ChatPlatform,
  type MessageRef,
  type Place,
} from "../../chat.ts";
import type { People } from "../people.ts";
import { messageNumber, messageRefIn } from "../places.ts";
import type { Streams } from "../server/streams.ts";
import { type Content, contentOf, contentSchema, searchTextOf } from "./content.ts";
import { pageMessageOf } from "./page-message.ts";

export interface OutgoingParts {
  readonly messages: MessageStore;
  readonly people: People;
  readonly streams: Pick<Streams, "tellRoom">;
  /** The data folder, absolute. */
  readonly folder: string;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
}

/** What stands in rooms: kept in the store first, then told to whoever looks at them. */
export interface Outgoing
  extends Pick<
    ChatPlatform,
    "post" | "findPosted" | "edit" | "remove" | "react" | "picturesIn" | "pictureMessages"
  > {
  /** A person's own message. */
  say(said: {
    readonly room: string;
    readonly author: string;
    readonly text: string;
    readonly attachment: Attachment | null;
    readonly replyTo: string | null;
  }): Promise<MessageRef>;
  /** A person's emoji under a message came or went. False where there is no such message. */
  noteReaction(
    message: MessageRef,
    reaction: { readonly emoji: string; readonly member: string; readonly isAdded: boolean },
  ): Promise<boolean>;
  /** The message, where it is of that room. */
  find(message: Pick<MessageRef, "channel" | "message">): Promise<KeptMessage | null>;
}

/** Of a room that is looked through for a picture. */
const latestMessages = 50;

export function createOutgoing({ messages, people, streams, folder, clock }: OutgoingParts): Outgoing {
  async function tell(kept: KeptMessage): Promise<void> {
    streams.tellRoom(kept.room, "message", await pageMessageOf(kept, people));
  }

  async function find({ channel, message }: Pick<MessageRef, "channel" | "message">) {
    const number = messageNumber(message);
    const kept = number === null ? null : await messages.find(number);
    return kept?.room === channel ? kept : null;
  }

  async function change(kept: KeptMessage, content: Content, editedAt: number | null): Promise<void> {
    const after = { content, text: searchTextOf(content), editedAt };
    if (await messages.replace(kept.id, after)) await tell({ ...kept, ...after });
  }

  async function post(place: Place, message: ChatMessage, key: string, replyTo: MessageRef | null) {
    const kept = await messages.add({
      ...{ room: place.channel, key, author: null, postedAt: clock(), text: searchTextOf(message) },
      replyTo: replyTo ? messageNumber(replyTo.message) : null,
      content: await contentOf(message, folder),
    });
    await tell(kept);
    return messageRefIn(place.channel, String(kept.id));
  }

  return {
    find,
    post: (place, message, { key, replyTo = null }) => post(place, message, key, replyTo),
    async findPosted(place, key) {
      const kept = await messages.findByKey(place.channel, key);
      return kept && messageRefIn(place.channel, String(kept.id));
    },
    async edit(ref, message) {
      const kept = await find(ref);
      if (!kept) throw new ChatError("unknown-message", `Expected message ${ref.message}, got none.`);
      const { offered, reactions } = contentSchema.parse(kept.content);
      await change(kept, { ...(await contentOf(message, folder)), offered, reactions }, clock());
    },
    async remove(ref) {
      const kept = await find(ref);
      if (!kept || !(await messages.remove(kept.id))) return;
      streams.tellRoom(kept.room, "removed", { room: kept.room, id: ref.message });
    },
    async react(ref, emojis) {
      const kept = await find(ref);
      if (!kept) throw new ChatError("unknown-message", `Expected message ${ref.message}, got none.`);
      const content = contentSchema.parse(kept.content);
      const offered = [...new Set([...content.offered, ...emojis])];
      await change(kept, { ...content, offered }, kept.editedAt);
    },
    async picturesIn(ref) {
      const kept = await find(ref);
      const { attachment = null } = kept ? contentSchema.parse(kept.content) : {};
      return attachment ? [attachment] : [];
    },
    async pictureMessages({ channel: room }, { before }) {
      const older = before === null ? null : messageNumber(before.message);
      const found = await messages.list({
        room,
        limit: latestMessages,
        ...(older === null ? {} : { before: older }),
      });
      return found
        .filter(({ content }) => {
          const { pictures, attachment } = contentSchema.parse(content);
          return attachment !== null || pictures.length > 0;
        })
        .map(({ id }) => messageRefIn(room, String(id)));
    },
    async say({ room, author, text, attachment, replyTo }) {
      const content: Content = {
        ...{ text: [text], pictures: [], buttons: [], offered: [], reactions: {}, attachment },
      };
      const kept = await messages.add({
        ...{ room, key: null, author, postedAt: clock(), text, content },
        replyTo: replyTo === null ? null : messageNumber(replyTo),
      });
      await tell(kept);
      return messageRefIn(room, String(kept.id));
    },
    async noteReaction(ref, { emoji, member, isAdded }) {
      const kept = await find(ref);
      if (!kept) return false;
      const content = contentSchema.parse(kept.content);
      const others = (content.reactions[emoji] ?? []).filter((each) => each !== member);
      const reactions = { ...content.reactions, [emoji]: isAdded ? [...others, member] : others };
      await change(kept, { ...content, reactions }, kept.editedAt);
      return true;
    },
  };
}
