import {
  type GatewayMessageCreateDispatchData,
  type GatewayMessageReactionAddDispatchData,
  type GatewayMessageReactionRemoveDispatchData,
  MessageReferenceType,
  MessageType,
} from "discord.js";
import type { ChatEvent, Member, Responder } from "../../chat.ts";
import { messageRefIn, placeIn } from "../places.ts";
import { picturesOf } from "./pictures.ts";

/** What is known beyond the event itself. */
export interface EventContext {
  /** The bot's own user id. */
  readonly me: string;
  /** The member's language where it is known, else the guild's. */
  localeOf(user: string, guild: string | undefined): string;
  isAdmin(guild: string | undefined, user: string, roles: readonly string[]): boolean;
}

/**
 * A message said to the bot: with its mention, as a reply that notifies it, or in a direct conversation. `null` for all
 * others: those of bots and webhooks, and those that name it by a role or by `@everyone` alone.
 */
export function eventOfMessage(
  message: GatewayMessageCreateDispatchData,
  receivedAt: number,
  context: EventContext,
  respond: Responder,
): ChatEvent | null {
  if (!isCallFor(context.me, message)) return null;
  const place = placeIn(message.channel_id, message.guild_id);
  const mention = new RegExp(`<@!?${context.me}>`, "g");
  const answered = message.message_reference;
  const isAnswer = answered?.message_id && answered.type !== MessageReferenceType.Forward;
  const isHere = isAnswer && (answered.channel_id ?? place.channel) === place.channel;
  return {
    id: message.id,
    receivedAt,
    place,
    member: memberOf(message.author, message.member, message.guild_id, context),
    kind: "mention",
    isNamed: isNamedIn(context.me, message),
    text: (message.content ?? "")
      .replace(mention, " ")
      .replace(/[^\S\n]+/g, " ")
      .trim(),
    named: (message.mentions ?? [])
      .map(({ id }) => id)
      .filter((id) => id !== context.me && isIn(id, message)),
    pictures: picturesOf(message),
    message: messageRefIn(place, message.id),
    replyTo: isHere ? messageRefIn(place, answered.message_id ?? "") : null,
    respond,
  };
}

/** A member's reaction with an emoji of Unicode; ids are all that it takes, so nothing is fetched. */
export function eventOfReaction(
  reaction: GatewayMessageReactionAddDispatchData | GatewayMessageReactionRemoveDispatchData,
  isAdded: boolean,
  receivedAt: number,
  context: EventContext,
): ChatEvent | null {
  const { emoji, user_id: user, guild_id } = reaction;
  const guild = guild_id ?? undefined;
  const given = "member" in reaction ? reaction.member : undefined;
  const author = "message_author_id" in reaction ? reaction.message_author_id : undefined;
  const isOfTheBot = author === undefined || author === context.me;
  if (user === context.me || given?.user?.bot === true || !isOfTheBot) return null;
  if (emoji.id || !emoji.name) return null;
  const place = placeIn(reaction.channel_id, guild);
  return {
    // Discord gives reactions no id, and the same one may come and go many times.
    id: `${reaction.message_id}-${user}-${emoji.name}-${isAdded ? "on" : "off"}-${receivedAt}`,
    receivedAt,
    place,
    member: memberOf({ id: user, ...given?.user }, given, guild, context),
    kind: "reaction",
    emoji: emoji.name,
    isAdded,
    message: messageRefIn(place, reaction.message_id),
  };
}

function isCallFor(me: string, message: GatewayMessageCreateDispatchData): boolean {
  const { author, type = MessageType.Default } = message;
  const content = message.content ?? "";
  if (author.bot === true || author.id === me || message.webhook_id) return false;
  if (type !== MessageType.Default && type !== MessageType.Reply) return false;
  if (!message.guild_id) return content.trim() !== "" || picturesOf(message).length > 0;
  return isNamedIn(me, message) || (message.mentions ?? []).some(({ id }) => id === me);
}

/** A reply names whom it answers beside its text. */
function isIn(user: string, { content = "" }: Pick<GatewayMessageCreateDispatchData, "content">): boolean {
  return (content ?? "").includes(`<@${user}>`) || (content ?? "").includes(`<@!${user}>`);
}

/** A reply notifies its author without a mention in the text. */
function isNamedIn(me: string, { content = "" }: Pick<GatewayMessageCreateDispatchData, "content">): boolean {
  return new RegExp(`<@!?${me}>`).test(content ?? "");
}

function memberOf(
  user: { readonly id: string; readonly username?: string; readonly global_name?: string | null },
  member: { readonly nick?: string | null; readonly roles?: readonly string[] } | undefined,
  guild: string | undefined,
  context: EventContext,
): Member {
  const groups = member?.roles ?? [];
  return {
    id: user.id,
    name: member?.nick ?? user.global_name ?? user.username ?? user.id,
    locale: context.localeOf(user.id, guild),
    isAdmin: context.isAdmin(guild, user.id, groups),
    groups,
  };
}
