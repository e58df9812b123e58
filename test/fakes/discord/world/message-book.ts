import type { GatewayEvent } from "../payloads/context.ts";
import { type AllowedMentions, mentionsIn } from "../payloads/mentions.ts";
import { emojiPayload, messageEventPayload, noncePayload } from "../payloads/message-payload.ts";
import { channelPayload, memberPayload } from "../payloads/payloads.ts";
import {
  type FakeAttachment,
  type FakeChannel,
  type FakeMessage,
  type Id,
  type Json,
  messageFlags,
} from "../types.ts";
import type { AttachmentStore } from "./attachments.ts";
import { may } from "./permissions.ts";
import type { World } from "./world.ts";

/** Writes messages and reactions, keeps every revision, and tells the gateway. Checks nothing: routes and members do. */
export interface MessageBook {
  create(channel: FakeChannel, authorId: Id, content: NewMessage): FakeMessage;
  edit(message: FakeMessage, changes: MessageChanges): void;
  remove(message: FakeMessage): void;
  addReaction(message: FakeMessage, emoji: string, userId: Id): void;
  /** False where there was none. */
  removeReaction(message: FakeMessage, emoji: string, userId: Id): boolean;
  removeAllReactions(message: FakeMessage): void;
  /** Messages of a channel that are not deleted, oldest first, the ephemeral ones left out. */
  shown(channel: FakeChannel): FakeMessage[];
  /** The author's message with that nonce, deleted or not, if it was made within that many milliseconds. */
  withNonce(authorId: Id, nonce: string | number, within: number): FakeMessage | undefined;
}

export interface NewMessage {
  readonly content?: string;
  readonly embeds?: readonly Json[];
  readonly components?: readonly Json[];
  readonly attachments?: readonly FakeAttachment[];
  readonly flags?: number;
  readonly type?: number;
  readonly nonce?: string | number | null;
  readonly replyTo?: FakeMessage | null;
  readonly interaction?: FakeMessage["interaction"];
  readonly visibleTo?: Id | null;
  readonly allowedMentions?: AllowedMentions | null;
}

export interface MessageChanges {
  readonly content?: string;
  readonly embeds?: readonly Json[];
  readonly components?: readonly Json[];
  readonly attachments?: readonly FakeAttachment[];
  readonly flags?: number;
  readonly allowedMentions?: AllowedMentions | null;
}

export function createMessageBook(
  world: World,
  attachments: AttachmentStore,
  emit: (event: GatewayEvent) => void,
): MessageBook {
  /** The latest message of an author with a nonce. */
  const byNonce = new Map<string, FakeMessage>();
  const channelOf = (message: FakeMessage) => world.channels.get(message.channelId) ?? null;

  function tell(name: string, message: FakeMessage, data: (seesContent: boolean) => Json): void {
    // Ephemeral messages live in the interaction alone; the gateway says nothing of them.
    if (message.visibleTo !== null) return;
    const isReaction = name.startsWith("MESSAGE_REACTION");
    const guildIntent = isReaction ? "GuildMessageReactions" : "GuildMessages";
    const directIntent = isReaction ? "DirectMessageReactions" : "DirectMessages";
    const intent = message.guildId === null ? directIntent : guildIntent;
    emit({ name, intent, channel: channelOf(message), data });
  }

  const event = (message: FakeMessage) => (seesContent: boolean) =>
    messageEventPayload(world, attachments, message, seesContent);
  const place = (message: FakeMessage): Json => ({
    channel_id: message.channelId,
    ...(message.guildId === null ? {} : { guild_id: message.guildId }),
  });

  function remember(message: FakeMessage, at: number): void {
    const { content, embeds, components, flags } = message;
    message.revisions.push({ at, content, embeds, components, flags, attachments: message.attachments });
  }

  function ping(message: FakeMessage, allowed: AllowedMentions | null): void {
    const target = message.reference === null ? undefined : world.messages.get(message.reference.messageId);
    const found = mentionsIn(message.content, allowed, target?.authorId ?? null);
    message.pings = found.users.filter((id) => world.users.has(id));
    const channel = channelOf(message);
    message.pingsEveryone =
      found.everyone && channel !== null && may(world, channel, message.authorId, "MentionEveryone");
  }

  /** A message wakes an archived thread. */
  function unarchive(thread: FakeChannel): void {
    if (!thread.isArchived) return;
    thread.isArchived = false;
    const data = () => channelPayload(world, thread);
    emit({ name: "THREAD_UPDATE", intent: "Guilds", channel: null, data });
  }

  return {
    create(channel, authorId, content) {
      const now = world.clock.now();
      unarchive(channel);
      const message: FakeMessage = {
        id: world.nextId(),
        channelId: channel.id,
        guildId: channel.guildId,
        authorId,
        type: content.type ?? (content.replyTo ? 19 : 0),
        createdAt: now,
        nonce: content.nonce ?? null,
        reference: content.replyTo
          ? { channelId: content.replyTo.channelId, messageId: content.replyTo.id }
          : null,
        interaction: content.interaction ?? null,
        visibleTo: content.visibleTo ?? null,
        content: content.content ?? "",
        attachments: content.attachments ?? [],
        embeds: content.embeds ?? [],
        components: content.components ?? [],
        flags: content.flags ?? 0,
        pings: [],
        pingsEveryone: false,
        editedAt: null,
        deletedAt: null,
        reactions: new Map(),
        revisions: [],
        oldEdits: 0,
      };
      ping(message, content.allowedMentions ?? null);
      world.messages.set(message.id, message);
      const history = world.history.get(channel.id);
      if (history) history.push(message.id);
      else world.history.set(channel.id, [message.id]);
      remember(message, now);
      if (message.nonce !== null) byNonce.set(`${authorId} ${message.nonce}`, message);
      tell("MESSAGE_CREATE", message, (seesContent) => ({
        ...event(message)(seesContent),
        ...noncePayload(message),
      }));
      return message;
    },
    edit(message, changes) {
      const wasLoading = (message.flags & messageFlags.loading) !== 0;
      message.content = changes.content ?? message.content;
      message.embeds = changes.embeds ?? message.embeds;
      message.components = changes.components ?? message.components;
      message.attachments = changes.attachments ?? message.attachments;
      message.flags = (changes.flags ?? message.flags) & ~messageFlags.loading;
      message.editedAt = wasLoading ? null : world.clock.now();
      if (wasLoading) ping(message, changes.allowedMentions ?? null);
      remember(message, world.clock.now());
      tell("MESSAGE_UPDATE", message, event(message));
    },
    remove(message) {
      message.deletedAt = world.clock.now();
      tell("MESSAGE_DELETE", message, () => ({ id: message.id, ...place(message) }));
    },
    addReaction(message, emoji, userId) {
      const users = message.reactions.get(emoji) ?? [];
      if (users.includes(userId)) return;
      message.reactions.set(emoji, [...users, userId]);
      const guild = world.guilds.get(message.guildId ?? "");
      tell("MESSAGE_REACTION_ADD", message, () => ({
        user_id: userId,
        message_id: message.id,
        message_author_id: message.authorId,
        emoji: emojiPayload(emoji),
        burst: false,
        type: 0,
        ...place(message),
        ...(guild ? { member: memberPayload(world, guild, userId) } : {}),
      }));
    },
    removeReaction(message, emoji, userId) {
      const users = message.reactions.get(emoji) ?? [];
      if (!users.includes(userId)) return false;
      const rest = users.filter((id) => id !== userId);
      if (rest.length === 0) message.reactions.delete(emoji);
      else message.reactions.set(emoji, rest);
      tell("MESSAGE_REACTION_REMOVE", message, () => ({
        user_id: userId,
        message_id: message.id,
        emoji: emojiPayload(emoji),
        burst: false,
        type: 0,
        ...place(message),
      }));
      return true;
    },
    removeAllReactions(message) {
      message.reactions.clear();
      tell("MESSAGE_REACTION_REMOVE_ALL", message, () => ({ message_id: message.id, ...place(message) }));
    },
    shown(channel) {
      return (world.history.get(channel.id) ?? []).flatMap((id) => {
        const message = world.messages.get(id);
        return message && message.deletedAt === null && message.visibleTo === null ? [message] : [];
      });
    },
    withNonce(authorId, nonce, within) {
      const message = byNonce.get(`${authorId} ${nonce}`);
      return message && message.createdAt >= world.clock.now() - within ? message : undefined;
    },
  };
}
