import type { Settings } from "./settings.ts";
import type { Json } from "./types.ts";

/** Another Discord: it leaves out whatever it may, and sends what older clients sent. */
export const leavesOutOptional: Pick<Settings, "tells" | "answers"> = {
  tells(name, data) {
    if (name === "GUILD_CREATE" || name.startsWith("CHANNEL_") || name.startsWith("THREAD_")) return null;
    if (name === "READY") return { ...data, guilds: [] };
    if (name === "INTERACTION_CREATE") return interactionOf(data);
    if (name === "MESSAGE_CREATE") return messageOf(data);
    if (name.startsWith("MESSAGE_REACTION_")) return reactionOf(data);
    return data;
  },
  answers(body, path) {
    if (!/^\/channels\/\d+\/messages/.test(path)) return body;
    if (Array.isArray(body)) return body;
    return only(body as Json, ["id", "channel_id", "content", "author", "attachments"]);
  },
};

function interactionOf(data: Json): Json {
  const kept = only(data, [
    ...["id", "application_id", "type", "token", "version", "channel_id", "guild_id"],
    ...["member", "user", "locale", "data", "message"],
  ]);
  const member = kept.member as Json | undefined;
  const message = kept.message as Json | undefined;
  return {
    ...kept,
    ...(member
      ? {
          member: {
            user: only(member.user as Json, ["id", "username"]),
            roles: member.roles,
            permissions: member.permissions,
          },
        }
      : {}),
    ...(kept.user ? { user: only(kept.user as Json, ["id", "username"]) } : {}),
    ...(message ? { message: only(message, ["id", "channel_id"]) } : {}),
    data: data.type === 5 ? oldSubmission(data.data as Json) : data.data,
  };
}

/** Modals once had rows in place of labels. */
function oldSubmission(data: Json): Json {
  const components = (data.components as Json[]).map((outer) =>
    outer.component ? { type: 1, components: [outer.component] } : outer,
  );
  return { ...data, components };
}

function messageOf(data: Json): Json {
  const author = data.author as Json;
  const reference = data.message_reference as Json | undefined;
  return {
    ...only(data, ["id", "channel_id", "guild_id", "content", "mentions", "type"]),
    author: only(author, ["id", "username", "bot"]),
    ...((data.attachments as Json[]).length > 0
      ? {
          attachments: (data.attachments as Json[]).map((each) =>
            only(each, ["id", "filename", "url", "size"]),
          ),
        }
      : {}),
    ...(reference ? { message_reference: { message_id: reference.message_id } } : {}),
  };
}

function reactionOf(data: Json): Json {
  const emoji = data.emoji as Json;
  return {
    ...only(data, ["user_id", "channel_id", "message_id", "guild_id"]),
    emoji: { name: emoji.name },
  };
}

function only(data: Json, names: readonly string[]): Json {
  return Object.fromEntries(Object.entries(data).filter(([name]) => names.includes(name)));
}
