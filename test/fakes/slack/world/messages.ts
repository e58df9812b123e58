import type { Events } from "../payloads/events.ts";
import { messageJson } from "../payloads/message-json.ts";
import type { FakeMessage, FakeReaction, Id, MessageContent } from "../types.ts";
import type { World } from "./world.ts";

/** What happens to messages, each with the events that Slack sends about it. */
export interface Messages {
  post(draft: MessageDraft): FakeMessage;
  update(message: FakeMessage, change: Partial<MessageContent>): void;
  remove(message: FakeMessage): void;
  /** False where that member had reacted so already. */
  react(message: FakeMessage, user: Id, name: string): boolean;
  /** False where that member had not reacted so. */
  unreact(message: FakeMessage, user: Id, name: string): boolean;
}

export interface MessageDraft extends Partial<MessageContent> {
  readonly channel: Id;
  readonly user: Id;
  readonly botId?: Id | null;
  readonly subtype?: string | null;
  readonly threadTs?: string | null;
  readonly ephemeralTo?: Id | null;
  readonly unfurlLinks?: boolean | null;
  readonly unfurlMedia?: boolean | null;
}

export function createMessages(world: World, events: Events): Messages {
  return {
    post(draft) {
      const message = messageOf(world, draft);
      world.messages.push(message);
      for (const file of message.content.files) {
        world.files.get(file)?.shares.push({
          channel: message.channel,
          ts: message.ts,
          threadTs: message.threadTs,
        });
      }
      if (message.ephemeralTo === null) events.messagePosted(message);
      return message;
    },
    update(message, change) {
      const before = messageJson(world, message);
      message.content = { ...message.content, ...change };
      // The client shows "edited" on messages of plain text alone.
      if (message.content.blocks.length === 0) message.editedAt = world.clock.now();
      message.revisions.push({ ...message.content, at: world.clock.now() });
      if (message.ephemeralTo === null) events.messageChanged(message, before);
    },
    remove(message) {
      const before = messageJson(world, message);
      message.deletedAt = world.clock.now();
      if (message.ephemeralTo === null) events.messageDeleted(message, before);
    },
    react(message, user, name) {
      const reaction = message.reactions.find((one) => one.name === name) ?? addReaction(message, name);
      if (reaction.users.includes(user)) return false;
      reaction.users.push(user);
      events.reaction("reaction_added", message, user, name);
      return true;
    },
    unreact(message, user, name) {
      const reaction = message.reactions.find((one) => one.name === name);
      const place = reaction?.users.indexOf(user) ?? -1;
      if (reaction === undefined || place < 0) return false;
      reaction.users.splice(place, 1);
      if (reaction.users.length === 0) message.reactions.splice(message.reactions.indexOf(reaction), 1);
      events.reaction("reaction_removed", message, user, name);
      return true;
    },
  };
}

function messageOf(world: World, draft: MessageDraft): FakeMessage {
  const content: MessageContent = {
    text: draft.text ?? "",
    blocks: draft.blocks ?? [],
    attachments: draft.attachments ?? [],
    metadata: draft.metadata ?? null,
    files: draft.files ?? [],
  };
  return {
    ts: world.nextTimestamp(),
    channel: draft.channel,
    team: world.channels.get(draft.channel)?.team ?? "",
    user: draft.user,
    botId: draft.botId ?? null,
    subtype: draft.subtype ?? null,
    threadTs: draft.threadTs ?? null,
    ephemeralTo: draft.ephemeralTo ?? null,
    unfurlLinks: draft.unfurlLinks ?? null,
    unfurlMedia: draft.unfurlMedia ?? null,
    reactions: [],
    revisions: [{ ...content, at: world.clock.now() }],
    content,
    editedAt: null,
    deletedAt: null,
  };
}

function addReaction(message: FakeMessage, name: string): FakeReaction {
  const reaction: FakeReaction = { name, users: [] };
  message.reactions.push(reaction);
  return reaction;
}
