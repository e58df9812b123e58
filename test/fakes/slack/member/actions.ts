import { SlackApiError } from "../http/api-error.ts";
import { problemsOf, type ResponseUrl } from "../http/response-urls.ts";
import { messageJson } from "../payloads/message-json.ts";
import type { FakeChannel, FakeMessage, FakeView, Json } from "../types.ts";
import { actionOf, type Target } from "./buttons.ts";
import { type Interaction, interact } from "./interaction.ts";
import type { MemberParts } from "./member-parts.ts";
import { channelOf, interactionBasics, slashPayload } from "./payloads.ts";

/** Types a slash command. Files cannot come with it. */
export async function slash(
  parts: MemberParts,
  command: string,
  text: string,
  channel: FakeChannel,
): Promise<Interaction> {
  const { world, user } = parts;
  const trigger = parts.interactions.issueTrigger(user);
  const url = parts.responseUrls.issue({ user, channel: channel.id, original: null });
  return await interact({
    delivery: parts.delivery,
    type: "slash_commands",
    payload: slashPayload(world, user, channel, { command, text, trigger: trigger.id, url: url.url }),
    trigger,
    url,
    onAck: (body) => answerAck(parts, url, body),
  });
}

/** Uses a message shortcut. */
export async function shortcut(
  parts: MemberParts,
  callbackId: string,
  message: FakeMessage,
): Promise<Interaction> {
  const { world, user } = parts;
  const channel = channelOf(world, message.channel);
  const trigger = parts.interactions.issueTrigger(user);
  const url = parts.responseUrls.issue({ user, channel: channel.id, original: null });
  return await interact({
    delivery: parts.delivery,
    type: "interactive",
    payload: {
      ...interactionBasics(world, user),
      type: "message_action",
      action_ts: world.nextTimestamp(),
      callback_id: callbackId,
      trigger_id: trigger.id,
      response_url: url.url,
      message_ts: message.ts,
      channel: { id: channel.id, name: channel.name },
      message: messageJson(world, message),
    },
    trigger,
    url,
    onAck: () => {},
  });
}

/** Presses a button, or chooses from a menu, of a message or a modal as it is now. */
export async function press(
  parts: MemberParts,
  place: FakeMessage | FakeView,
  target: Target,
): Promise<Interaction> {
  const { world, user } = parts;
  const isMessage = "ts" in place;
  const trigger = parts.interactions.issueTrigger(user);
  const blocks = isMessage ? place.content.blocks : (place.content.blocks as Json[]);
  const action = actionOf(blocks, target, world.nextTimestamp());
  const url = isMessage ? parts.responseUrls.issue({ user, channel: place.channel, original: place }) : null;
  return await interact({
    delivery: parts.delivery,
    type: "interactive",
    payload: {
      ...interactionBasics(world, user),
      type: "block_actions",
      trigger_id: trigger.id,
      ...(isMessage && url !== null ? messageParts(parts, place, url) : viewParts(parts, place as FakeView)),
      actions: [action],
    },
    trigger,
    url,
    onAck: () => {},
  });
}

function messageParts({ world }: MemberParts, message: FakeMessage, url: ResponseUrl): Json {
  const channel = channelOf(world, message.channel);
  const isEphemeral = message.ephemeralTo !== null;
  const thread = message.threadTs === null ? {} : { thread_ts: message.threadTs };
  return {
    container: {
      type: "message",
      message_ts: message.ts,
      channel_id: channel.id,
      is_ephemeral: isEphemeral,
      ...thread,
    },
    channel: { id: channel.id, name: channel.name },
    // Slack does not keep ephemeral messages, so their payloads lack them.
    ...(isEphemeral ? {} : { message: messageJson(world, message) }),
    state: { values: {} },
    response_url: url.url,
  };
}

function viewParts({ interactions }: MemberParts, view: FakeView): Json {
  return { container: { type: "view", view_id: view.id }, view: interactions.viewJson(view) };
}

/** A command's acknowledgement with a body is the first reply; it does not count as a use of the response URL. */
function answerAck(parts: MemberParts, url: ResponseUrl, body: unknown): void {
  if (typeof body !== "object" || body === null || Object.keys(body).length === 0) return;
  try {
    parts.responseUrls.respond(url, body as Json);
  } catch (error) {
    if (!(error instanceof SlackApiError)) throw error;
    const args = { body };
    parts.world.violations.push({ method: "slash_commands", problems: problemsOf(error), args });
  }
}
