import { SlackApiError } from "../http/api-error.ts";
import { messageJson } from "../payloads/message-json.ts";
import type { FakeMessage } from "../types.ts";
import { type Call, flag, id, type Method, method, text, timestamp } from "./method.ts";

const target = { channel: id, timestamp, name: text.min(1) };

export const reactionMethods: Record<string, Method> = {
  "reactions.add": method("reactions:write", target, (args, call) => {
    const message = messageAt(args.channel, args.timestamp, call);
    if (!call.world.settings.emoji.has(args.name)) throw new SlackApiError("invalid_name");
    const isNew = call.messages.react(message, call.team.botUser.id, args.name);
    if (!isNew) throw new SlackApiError("already_reacted");
    return {};
  }),

  "reactions.remove": method("reactions:write", target, (args, call) => {
    const message = messageAt(args.channel, args.timestamp, call);
    if (!call.messages.unreact(message, call.team.botUser.id, args.name))
      throw new SlackApiError("no_reaction");
    return {};
  }),

  "reactions.get": method(
    "reactions:read",
    { channel: id, timestamp, full: flag.optional() },
    (args, call) => {
      const message = messageAt(args.channel, args.timestamp, call);
      return { type: "message", channel: message.channel, message: messageJson(call.world, message) };
    },
  ),
};

function messageAt(channelId: string, ts: string, call: Call): FakeMessage {
  const channel = call.channel(channelId);
  const message = call.world.findMessage(channel.id, ts);
  const isThere = message !== undefined && message.deletedAt === null && message.ephemeralTo === null;
  if (!isThere) throw new SlackApiError("message_not_found");
  if (!channel.members.has(call.team.botUser.id)) throw new SlackApiError("not_in_channel");
  return message;
}
