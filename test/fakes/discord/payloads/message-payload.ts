import type { FakeMessage, Json } from "../types.ts";
import type { AttachmentStore } from "../world/attachments.ts";
import type { World } from "../world/world.ts";
import { memberPayload, userPayload } from "./payloads.ts";

/**
 * A message as the API shows it to the bot. Without the intent for message content, text, files, embeds and components
 * are empty, but for the bot's own messages, direct messages, and messages that mention the bot.
 */
export function messagePayload(
  world: World,
  attachments: AttachmentStore,
  message: FakeMessage,
  seesContent: boolean,
  depth = 0,
): Json {
  const isOpen =
    seesContent ||
    message.authorId === world.bot.id ||
    message.guildId === null ||
    message.pings.includes(world.bot.id);
  const author = world.users.get(message.authorId);
  const isAnswer = message.interaction !== null;
  return {
    id: message.id,
    channel_id: message.channelId,
    type: message.type,
    author: author ? userPayload(author) : null,
    content: isOpen ? message.content : "",
    attachments: isOpen ? message.attachments.map((attachment) => attachments.payload(attachment)) : [],
    embeds: isOpen ? message.embeds : [],
    components: isOpen ? message.components : [],
    mentions: message.pings.flatMap((id) => {
      const user = world.users.get(id);
      return user ? [userPayload(user)] : [];
    }),
    mention_roles: [],
    mention_everyone: message.pingsEveryone,
    pinned: false,
    tts: false,
    flags: message.flags,
    timestamp: new Date(message.createdAt).toISOString(),
    edited_timestamp: message.editedAt === null ? null : new Date(message.editedAt).toISOString(),
    ...(message.reactions.size === 0 ? {} : { reactions: reactionsPayload(world, message) }),
    ...(isAnswer ? { application_id: world.applicationId, webhook_id: world.applicationId } : {}),
    ...interactionPayload(world, message),
    ...referencePayload(world, attachments, message, seesContent, depth),
  };
}

/** The nonce is told once, to whoever made the message and in MESSAGE_CREATE; nothing that is read later has it. */
export function noncePayload(message: FakeMessage): Json {
  return message.nonce === null ? {} : { nonce: message.nonce };
}

/** What MESSAGE_CREATE and MESSAGE_UPDATE carry besides. */
export function messageEventPayload(
  world: World,
  attachments: AttachmentStore,
  message: FakeMessage,
  seesContent: boolean,
): Json {
  const guild = world.guilds.get(message.guildId ?? "");
  return {
    ...messagePayload(world, attachments, message, seesContent),
    ...(guild
      ? { guild_id: guild.id, member: memberPayload(world, guild, message.authorId, false) }
      : { channel_type: 1 }),
  };
}

export function emojiPayload(emoji: string): Json {
  const custom = /^(\w+):(\d+)$/.exec(emoji);
  return custom ? { id: custom[2], name: custom[1] } : { id: null, name: emoji };
}

function reactionsPayload(world: World, message: FakeMessage): Json[] {
  return [...message.reactions].map(([emoji, users]) => ({
    emoji: emojiPayload(emoji),
    count: users.length,
    count_details: { burst: 0, normal: users.length },
    burst_colors: [],
    me: users.includes(world.bot.id),
    me_burst: false,
  }));
}

function interactionPayload(world: World, message: FakeMessage): Json {
  if (message.interaction === null) return {};
  const { id, type, userId } = message.interaction;
  const user = world.users.get(userId);
  const owners = { "0": message.guildId ?? "0" };
  return {
    interaction_metadata: {
      id,
      type,
      user: user ? userPayload(user) : null,
      authorizing_integration_owners: owners,
    },
  };
}

function referencePayload(
  world: World,
  attachments: AttachmentStore,
  message: FakeMessage,
  seesContent: boolean,
  depth: number,
): Json {
  if (message.reference === null) return {};
  const { channelId, messageId } = message.reference;
  const target = world.messages.get(messageId);
  const isShown = target && target.deletedAt === null;
  return {
    message_reference: {
      type: 0,
      channel_id: channelId,
      message_id: messageId,
      ...(message.guildId === null ? {} : { guild_id: message.guildId }),
    },
    // Discord resolves one level of references.
    ...(depth > 0
      ? {}
      : { referenced_message: isShown ? messagePayload(world, attachments, target, seesContent, 1) : null }),
  };
}
