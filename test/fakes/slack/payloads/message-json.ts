import type { FakeMessage, Json } from "../types.ts";
import type { World } from "../world/world.ts";
import { fileJson } from "./file-json.ts";

/** A message as the Web API and payloads carry it. */
export function messageJson(world: World, message: FakeMessage, options: { metadata?: boolean } = {}): Json {
  const { content } = message;
  const replies = world
    .repliesTo(message.channel, message.ts)
    .filter((reply) => reply.deletedAt === null && reply.ephemeralTo === null);
  const parent = message.threadTs === null ? undefined : world.findMessage(message.channel, message.threadTs);
  const threadTs = message.threadTs ?? (replies.length > 0 ? message.ts : null);
  return {
    type: "message",
    user: message.user,
    ...(message.botId === null ? {} : { bot_id: message.botId, app_id: world.appId }),
    text: content.text,
    ts: message.ts,
    team: message.team,
    ...(message.ephemeralTo === null ? {} : { is_ephemeral: true }),
    ...(content.blocks.length > 0 ? { blocks: content.blocks } : {}),
    ...(content.attachments.length > 0 ? { attachments: content.attachments } : {}),
    ...(content.files.length > 0 ? { files: filesOf(world, message), upload: false } : {}),
    ...(options.metadata === true && content.metadata !== null ? { metadata: content.metadata } : {}),
    ...(threadTs === null ? {} : { thread_ts: threadTs }),
    ...(parent === undefined ? {} : { parent_user_id: parent.user }),
    ...(replies.length > 0
      ? {
          reply_count: replies.length,
          reply_users: [...new Set(replies.map(({ user }) => user))],
          latest_reply: replies.at(-1)?.ts,
        }
      : {}),
    ...(message.editedAt === null
      ? {}
      : { edited: { user: message.user, ts: `${Math.floor(message.editedAt / 1000)}.000000` } }),
    ...(message.reactions.length > 0
      ? { reactions: message.reactions.map(({ name, users }) => ({ name, users, count: users.length })) }
      : {}),
  };
}

function filesOf(world: World, message: FakeMessage): Json[] {
  return message.content.files.flatMap((id) => {
    const file = world.files.get(id);
    return file === undefined ? [] : [fileJson(world, file, { inPayload: true })];
  });
}
