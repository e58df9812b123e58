import type { Settings } from "./settings.ts";
import type { Json } from "./types.ts";

/** Another Slack: it leaves out whatever it may, in what it tells and in what it answers. */
export const leavesOutOptional: Pick<Settings, "tells" | "answers"> = {
  tells(type, payload) {
    if (type === "slash_commands") {
      const kept = only(payload, ["command", "text", "trigger_id", "user_id", "channel_id", "response_url"]);
      return kept.text === "" ? without(kept, "text") : kept;
    }
    if (type === "events_api") {
      return { ...only(payload, ["type", "event_id"]), event: eventOf(payload.event as Json) };
    }
    return interactionOf(payload);
  },
  answers(method, { body }) {
    // No header says which scopes the token has.
    return { headers: {}, body: bodyOf(method, body) };
  },
};

function eventOf(event: Json): Json {
  if (String(event.type).startsWith("reaction_")) {
    return only(event, ["type", "user", "reaction", "item"]);
  }
  const kept = only(event, ["type", "subtype", "user", "text", "ts", "thread_ts", "channel", "channel_type"]);
  const files = event.files as Json[] | undefined;
  // Mentions come without the files of their message at times.
  if (event.type === "app_mention") return kept;
  // Of a file nothing but its id: it has to be asked for.
  return files ? { ...kept, files: files.map((file) => only(file, ["id"])) } : kept;
}

function interactionOf(payload: Json): Json {
  const kept = only(payload, ["type", "callback_id", "trigger_id", "response_url", "actions"]);
  const { channel, container, message, view } = payload as Readonly<Record<string, Json | undefined>>;
  return {
    ...kept,
    user: only(payload.user as Json, ["id"]),
    ...(channel ? { channel: only(channel, ["id"]) } : {}),
    ...(container
      ? { container: only(container, ["type", "message_ts", "channel_id", "is_ephemeral"]) }
      : {}),
    ...(message ? { message: only(message, ["ts", "thread_ts", "files"]) } : {}),
    ...(view ? { view: only(view, ["id", "type", "callback_id", "private_metadata", "state"]) } : {}),
  };
}

/** What a method's answer has to say at the least. */
function bodyOf(method: string, body: Json): Json {
  const part = (name: string, keys: readonly string[]) => ({ [name]: only(body[name] as Json, keys) });
  switch (method) {
    case "auth.test":
      return only(body, ["ok", "user_id", "bot_id", "team_id"]);
    case "users.info":
      return { ok: true, ...part("user", ["id", "name", "locale", "is_admin", "profile"]) };
    case "conversations.info":
      return { ok: true, ...part("channel", ["id", "is_im", "is_member"]) };
    case "conversations.open":
      return { ok: true, ...part("channel", ["id"]) };
    case "conversations.history":
    case "conversations.replies":
      return {
        ok: true,
        messages: (body.messages as Json[]).map((each) =>
          only(each, ["ts", "bot_id", "thread_ts", "latest_reply", "metadata", "blocks", "files"]),
        ),
      };
    case "chat.postMessage":
      return only(body, ["ok", "ts"]);
    case "files.info":
      // Where a file was shared says who may see it.
      return { ok: true, ...part("file", ["id", "mimetype", "url_private", "channels", "groups", "ims"]) };
    case "files.getUploadURLExternal":
      return only(body, ["ok", "upload_url", "file_id"]);
    case "apps.connections.open":
      return body;
    default:
      return { ok: true };
  }
}

function only(data: Json, names: readonly string[]): Json {
  return Object.fromEntries(Object.entries(data).filter(([name]) => names.includes(name)));
}

function without(data: Json, name: string): Json {
  return Object.fromEntries(Object.entries(data).filter(([key]) => key !== name));
}
