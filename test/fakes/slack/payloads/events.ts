import type { Delivery } from "../delivery/delivery.ts";
import type { FakeChannel, FakeFile, FakeMessage, FakeTeam, FakeUser, Id, Json } from "../types.ts";
import type { World } from "../world/world.ts";
import { fileJson } from "./file-json.ts";
import { messageJson } from "./message-json.ts";

/** The Events API: what the app is told, given its subscriptions, scopes and the channels that it is in. */
export interface Events {
  messagePosted(message: FakeMessage): void;
  messageChanged(message: FakeMessage, before: Json): void;
  messageDeleted(message: FakeMessage, before: Json): void;
  reaction(type: "reaction_added" | "reaction_removed", message: FakeMessage, user: Id, name: string): void;
  fileShared(file: FakeFile, channel: Id): void;
  /** A member entered the app's Home; `view` is what was published there before. */
  homeOpened(user: FakeUser, tab: "home" | "messages", view: Json | null): void;
  /** The app was taken out of a workspace; nothing stands by it then. */
  uninstalled(team: Id): void;
}

export function createEvents(world: World, delivery: Delivery): Events {
  return {
    messagePosted(message) {
      const channel = world.channels.get(message.channel);
      const team = world.teams.get(message.team);
      if (channel === undefined || team === undefined) return;
      const body = payloadMessage(message, channel);
      emit(subscriptionOf(channel), message.team, channel, body);
      const isMention = message.content.text.includes(`<@${team.botUser.id}>`);
      if (isMention && message.botId === null && channel.kind !== "im") {
        const {
          subtype: _,
          channel_type: __,
          files,
          ...mention
        } = body as { subtype?: string; channel_type?: string; files?: Json[] };
        const told = files === undefined || world.settings.mentionsLackFiles ? {} : { files };
        emit("app_mention", message.team, channel, { ...mention, ...told, type: "app_mention" });
      }
    },
    messageChanged(message, before) {
      messageNews(message, "message_changed", {
        message: messageJson(world, message),
        previous_message: before,
      });
    },
    messageDeleted(message, before) {
      messageNews(message, "message_deleted", { previous_message: before, deleted_ts: message.ts });
    },
    reaction(type, message, user, name) {
      const item = { type: "message", channel: message.channel, ts: message.ts };
      const body = {
        type,
        user,
        reaction: name,
        item,
        item_user: message.user,
        event_ts: world.nextTimestamp(),
      };
      emit(type, message.team, world.channels.get(message.channel), body);
    },
    fileShared(file, channel) {
      emit("file_shared", file.team, world.channels.get(channel), {
        type: "file_shared",
        file_id: file.id,
        user_id: file.user,
        file: { id: file.id },
        channel_id: channel,
        event_ts: world.nextTimestamp(),
      });
    },
    homeOpened(user, tab, view) {
      const team = world.teams.get(user.team);
      if (team === undefined) return;
      const channel = world.directChannel(user).id;
      const shown = tab === "home" && view !== null ? { view } : {};
      const event_ts = world.nextTimestamp();
      tell("app_home_opened", team, {
        type: "app_home_opened",
        user: user.id,
        channel,
        tab,
        ...shown,
        event_ts,
      });
    },
    uninstalled(teamId) {
      const team = world.teams.get(teamId);
      if (team === undefined) return;
      const tokens = { oauth: [], bot: [team.botUser.id] };
      tell("tokens_revoked", team, { type: "tokens_revoked", tokens, event_ts: world.nextTimestamp() });
      tell("app_uninstalled", team, { type: "app_uninstalled", event_ts: world.nextTimestamp() });
    },
  };

  function payloadMessage(message: FakeMessage, channel: FakeChannel): Json {
    const subtype = message.content.files.length > 0 ? "file_share" : message.subtype;
    return {
      ...messageJson(world, message),
      ...(subtype === null ? {} : { subtype }),
      ...(message.botId === null ? { client_msg_id: `${message.channel}-${message.ts}` } : {}),
      channel: message.channel,
      channel_type: channelType(channel),
      event_ts: message.ts,
      ...(message.content.files.length > 0 ? { files: filesOf(message) } : {}),
    };
  }

  function filesOf(message: FakeMessage): Json[] {
    return message.content.files.flatMap((id) => {
      const file = world.files.get(id);
      return file === undefined ? [] : [fileJson(world, file, { inPayload: true })];
    });
  }

  function messageNews(message: FakeMessage, subtype: string, fields: Json): void {
    const channel = world.channels.get(message.channel);
    if (channel === undefined) return;
    const ts = world.nextTimestamp();
    emit(subscriptionOf(channel), message.team, channel, {
      type: "message",
      subtype,
      channel: message.channel,
      channel_type: channelType(channel),
      hidden: true,
      ts,
      event_ts: ts,
      ...fields,
    });
  }

  function emit(subscription: string, teamId: Id, channel: FakeChannel | undefined, event: Json): void {
    const team = world.teams.get(teamId);
    if (team === undefined || channel === undefined) return;
    const scope = scopeOf[subscription];
    if (scope !== undefined && !world.settings.scopes.has(scope)) return;
    if (!channel.members.has(team.botUser.id)) return;
    tell(subscription, team, event);
  }

  function tell(subscription: string, team: FakeTeam, event: Json): void {
    if (!world.settings.subscriptions.has(subscription)) return;
    const authorization = { enterprise_id: null, team_id: team.id, user_id: team.botUser.id };
    delivery.event({
      token: world.verificationToken,
      team_id: team.id,
      context_team_id: team.id,
      context_enterprise_id: null,
      api_app_id: world.appId,
      event,
      type: "event_callback",
      event_id: world.nextId("Ev"),
      event_time: Math.floor(world.clock.now() / 1000),
      authorizations: [{ ...authorization, is_bot: true, is_enterprise_install: false }],
      is_ext_shared_channel: false,
      event_context: world.nextId("4-"),
    });
  }
}

const scopeOf: Record<string, string> = {
  app_mention: "app_mentions:read",
  "message.im": "im:history",
  "message.channels": "channels:history",
  "message.groups": "groups:history",
  reaction_added: "reactions:read",
  reaction_removed: "reactions:read",
  file_shared: "files:read",
};

function subscriptionOf(channel: FakeChannel): string {
  return { im: "message.im", public: "message.channels", private: "message.groups" }[channel.kind];
}

function channelType(channel: FakeChannel): string {
  return { im: "im", public: "channel", private: "group" }[channel.kind];
}
