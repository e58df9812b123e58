import { z } from "zod";
import { refuse } from "../http/api-error.ts";
import { buckets } from "../http/rate-limits.ts";
import type { Answer, Route, RouteCall } from "../http/rest.ts";
import { attachmentsAfter, refuseLosingComponents } from "../http/uploads.ts";
import type { Context } from "../payloads/context.ts";
import type { AllowedMentions } from "../payloads/mentions.ts";
import { type FakeChannel, type FakeMessage, type Json, messageFlags } from "../types.ts";
import type { FakeInteraction } from "../world/interaction-book.ts";
import { changesIn, refuseHollow } from "./messages.ts";
import { shownMessage, snowflake } from "./places.ts";

/** Answers to interactions: the callback within 3 seconds, then `@original` and follow-ups while the token lives. */
export function interactionRoutes(context: Context): Route[] {
  const common = { auth: "link", bucket: buckets.webhook } as const;
  const boolean = z.enum(["true", "false"]).optional();
  const hook = "/webhooks/:application/:token";
  const thread = { thread_id: snowflake.optional() };
  const components = { with_components: boolean };
  return [
    {
      method: "POST",
      path: "/interactions/:interaction/:token/callback",
      auth: "link",
      bucket: null,
      body: "callback",
      query: { with_response: boolean },
      handle: (call) => callback(context, call),
    },
    {
      ...common,
      method: "POST",
      path: hook,
      body: "followUp",
      query: { wait: boolean, ...thread, ...components },
      handle: (call) => followUp(context, call),
    },
    {
      ...common,
      method: "GET",
      path: `${hook}/messages/:message`,
      query: thread,
      handle: (call) => ({ status: 200, body: shownMessage(context, answered(context, call).message) }),
    },
    {
      ...common,
      method: "PATCH",
      path: `${hook}/messages/:message`,
      body: "webhookEdit",
      query: { ...thread, ...components },
      handle(call) {
        const { message, channel } = answered(context, call);
        change(context, channel, message, call.body, call);
        return { status: 200, body: shownMessage(context, message) };
      },
    },
    {
      ...common,
      method: "DELETE",
      path: `${hook}/messages/:message`,
      query: thread,
      handle(call) {
        context.messages.remove(answered(context, call).message);
        return { status: 204 };
      },
    },
  ];
}

function callback(context: Context, call: RouteCall): Answer {
  const { interactions, settings, world } = context;
  const interaction = interactions.byToken(call.param("token"));
  if (!interaction || interaction.id !== call.param("interaction")) throw refuse.unknownInteraction();
  if (interaction.ack) throw refuse.alreadyAcknowledged();
  const waited = world.clock.now() - interaction.createdAt;
  if (waited > settings.ackDeadline) {
    interactions.late.push({ interaction, milliseconds: waited });
    throw refuse.unknownInteraction();
  }
  const type = Number(call.body.type);
  const data = (call.body.data ?? {}) as Json;
  const channel = channelOf(context, interaction);
  let message: FakeMessage | null = null;
  if (type === 4 || type === 5) {
    message = answer(context, interaction, channel, data, call, type === 5);
    interaction.originalId = message.id;
  } else if (type === 6 || type === 7) {
    message = source(context, interaction);
    interaction.originalId = message.id;
    if (type === 7) change(context, channel, message, data, call);
  } else if (type === 9) {
    if (interaction.type === 5) {
      throw refuse.invalidBody({
        type: { _errors: [{ code: "INVALID", message: "a modal cannot open a modal" }] },
      });
    }
    interaction.modal = data;
  }
  interactions.acknowledge(interaction, type, data);
  if (call.query.with_response !== "true") return { status: 204 };
  return { status: 200, body: callbackResponse(context, interaction, type, message) };
}

function callbackResponse(
  context: Context,
  of: FakeInteraction,
  type: number,
  message: FakeMessage | null,
): Json {
  const flags = message?.flags ?? 0;
  const resource = message ? { resource: { type, message: shownMessage(context, message) } } : {};
  return {
    interaction: {
      id: of.id,
      type: of.type,
      channel_id: of.channelId,
      ...(message
        ? {
            response_message_id: message.id,
            response_message_loading: (flags & messageFlags.loading) !== 0,
            response_message_ephemeral: (flags & messageFlags.ephemeral) !== 0,
          }
        : {}),
    },
    ...resource,
  };
}

function followUp(context: Context, call: RouteCall): Answer {
  const interaction = alive(context, call);
  const channel = channelOf(context, interaction);
  const original = context.world.messages.get(interaction.originalId ?? "");
  // Kept from older versions of the API: straight after a deferral a follow-up fills the waiting answer.
  if (original && (original.flags & messageFlags.loading) !== 0 && interaction.ack?.type === 5) {
    change(context, channel, original, call.body, call);
    return { status: 200, body: shownMessage(context, original) };
  }
  const followUps = interaction.replyIds.filter((id) => id !== interaction.originalId);
  if (interaction.isOutside && followUps.length >= mostFollowUps) throw refuse.tooManyFollowUps();
  const message = answer(context, interaction, channel, call.body, call, false);
  return { status: 200, body: shownMessage(context, message) };
}

/** Of an app that is installed to a member alone. https://discord.com/developers/docs/change-log, 2024-06-27 */
const mostFollowUps = 5;

/** The interaction of a token that is acknowledged and lives. @throws ApiError 10015, 50027 */
function alive(context: Context, call: RouteCall): FakeInteraction {
  const { interactions, settings, world } = context;
  const interaction = interactions.byToken(call.param("token"));
  if (!interaction || call.param("application") !== world.applicationId) throw refuse.unknownWebhook();
  if (world.clock.now() - interaction.createdAt > settings.tokenLifetime) {
    throw settings.expiredTokenAnswer === "invalid-token"
      ? refuse.invalidWebhookToken()
      : refuse.unknownWebhook();
  }
  if (!interaction.ack) throw refuse.unknownWebhook();
  return interaction;
}

function answered(context: Context, call: RouteCall) {
  const interaction = alive(context, call);
  const named = call.param("message");
  const id = named === "@original" ? interaction.originalId : named;
  const belongs = id === interaction.originalId || interaction.replyIds.includes(id ?? "");
  const message = context.world.messages.get(id ?? "");
  if (!message || !belongs || message.deletedAt !== null) throw refuse.unknownMessage();
  return { message, channel: channelOf(context, interaction) };
}

function channelOf(context: Context, interaction: FakeInteraction): FakeChannel {
  const channel = context.world.channels.get(interaction.channelId);
  if (!channel || channel.isDeleted) throw refuse.unknownChannel();
  return channel;
}

/** The message with the button; a modal that was opened from a button has it too. */
function source(context: Context, interaction: FakeInteraction): FakeMessage {
  const message = context.world.messages.get(interaction.sourceId ?? "");
  if (!message || message.deletedAt !== null) throw refuse.unknownMessage();
  return message;
}

function answer(
  context: Context,
  interaction: FakeInteraction,
  channel: FakeChannel,
  body: Json,
  call: RouteCall,
  isLoading: boolean,
): FakeMessage {
  const flags = Number(body.flags ?? 0);
  const isEphemeral = (flags & messageFlags.ephemeral) !== 0;
  const content = {
    content: "",
    embeds: [],
    components: [],
    ...changesIn(body),
    // Without `allowed_mentions` an interaction's answer notifies users alone.
    allowedMentions: (body.allowed_mentions ?? { parse: ["users"] }) as AllowedMentions,
    attachments: attachmentsAfter(context, channel, body, call.files, null, isEphemeral),
    flags: isLoading ? flags | messageFlags.loading : flags,
    type: interaction.commandType === 1 ? 20 : interaction.commandType === 3 ? 23 : 0,
    interaction: { id: interaction.id, type: interaction.type, userId: interaction.userId },
    visibleTo: isEphemeral ? interaction.userId : null,
  };
  if (!isLoading) refuseHollow(content);
  const message = context.messages.create(channel, context.world.bot.id, content);
  interaction.replyIds.push(message.id);
  return message;
}

function change(
  context: Context,
  channel: FakeChannel,
  message: FakeMessage,
  body: Json,
  call: RouteCall,
): void {
  const settable = messageFlags.suppressEmbeds | messageFlags.componentsV2;
  const flags = (message.flags & ~settable) | (Number(body.flags ?? message.flags) & settable);
  const isEphemeral = message.visibleTo !== null;
  const attachments = attachmentsAfter(context, channel, body, call.files, message, isEphemeral);
  const changes = { ...changesIn(body), attachments, flags };
  refuseLosingComponents(message, { ...message, ...changes });
  refuseHollow({ ...message, ...changes });
  context.messages.edit(message, changes);
}
