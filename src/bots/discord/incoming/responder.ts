import {
  type APIInteraction,
  type APIInteractionResponse,
  InteractionResponseType,
  InteractionType,
  MessageFlags,
  type RawFile,
  type REST,
  RESTJSONErrorCodes,
  Routes,
} from "discord.js";
import { ChatError, type ChatMessage, type Responder } from "../../chat.ts";
import { attempt, isDiscordCode } from "../failures.ts";
import { buttonIdIn, messageBodyOf } from "../outgoing/message-body.ts";
import { isOutside } from "./interactions.ts";
import { modalBodyOf } from "./modal.ts";

/**
 * An interaction's token lives for 15 minutes
 * (https://discord.com/developers/docs/interactions/receiving-and-responding#followup-messages); it counts as dead a
 * little earlier, so that what is begun can be finished.
 */
const tokenLifetime = 15 * 60_000 - 20_000;

/**
 * Follow-ups to one interaction where the app is installed to a member alone; Discord answers the next with code 40094.
 * https://discord.com/developers/docs/change-log (2024-06-27)
 */
const mostFollowUps = 5;

const onlyForMember = MessageFlags.Ephemeral;
/** Links are never drawn out into previews. */
const withoutPreviews = MessageFlags.SuppressEmbeds;

function wasOfComponents(interaction: APIInteraction): boolean {
  const isMarked =
    interaction.type === InteractionType.MessageComponent &&
    buttonIdIn(interaction.data.custom_id).isOfComponents;
  return isMarked || ((interaction.message?.flags ?? 0) & MessageFlags.IsComponentsV2) !== 0;
}

export interface ResponderParts {
  readonly rest: REST;
  readonly interaction: APIInteraction;
  /** Milliseconds since the interaction arrived. */
  readonly age: () => number;
  readonly onAcknowledged: (milliseconds: number) => void;
  readonly mayHaveAcknowledged: (interaction: string) => boolean;
}

/** Answers one interaction by its token, which stands in for the bot's own. */
export function createResponder(parts: ResponderParts): Responder {
  const { rest, interaction, age } = parts;
  const webhook = Routes.webhook(interaction.application_id, interaction.token);
  const original = Routes.webhookMessage(interaction.application_id, interaction.token, "@original");
  const isOnMessage =
    interaction.type === InteractionType.MessageComponent ||
    (interaction.type === InteractionType.ModalSubmit && interaction.message !== undefined);
  let isAcknowledged = false;
  /** True once the message with the button counts as what the interaction showed first. */
  let isSilent = false;
  /** True while "works on it" is shown and waits to be replaced. */
  let isWaitedFor = false;
  let isDead = false;
  let followUpsLeft = isOutside(interaction) ? mostFollowUps : Number.POSITIVE_INFINITY;
  const isAlive = () => !isDead && age() < tokenLifetime;

  async function answer<T>(to: string, request: () => Promise<T>): Promise<T> {
    if (!isAlive()) {
      throw new ChatError("expired", `Expected Discord to ${to}, got an interaction that is over.`);
    }
    try {
      return await attempt({ to }, request);
    } catch (error) {
      isDead ||= error instanceof ChatError && error.failure === "expired";
      throw error;
    }
  }

  /** Once only, whoever asks again meanwhile; a failure on the way leaves room for another try. */
  async function callback(response: APIInteractionResponse, files: RawFile[] = []): Promise<void> {
    isAcknowledged = true;
    const route = Routes.interactionCallback(interaction.id, interaction.token);
    try {
      await answer("take the acknowledgement", async () => {
        try {
          await rest.post(route, { body: response, files, auth: false });
        } catch (error) {
          if (!isOurOwn(error)) throw error;
        }
      });
    } catch (error) {
      isAcknowledged = isDead;
      throw error;
    }
    parts.onAcknowledged(age());
  }

  /** An earlier try of ours came through though its answer got lost. */
  function isOurOwn(error: unknown): boolean {
    const isTaken = isDiscordCode(error, RESTJSONErrorCodes.InteractionHasAlreadyBeenAcknowledged);
    return isTaken && parts.mayHaveAcknowledged(interaction.id);
  }

  const responder: Responder = {
    get isAlive() {
      return isAlive();
    },
    async acknowledge() {
      if (isAcknowledged) return;
      const type = InteractionResponseType.DeferredChannelMessageWithSource;
      await callback({ type, data: { flags: onlyForMember } });
      isWaitedFor = true;
    },
    async acknowledgeSilently() {
      if (!isOnMessage) return responder.acknowledge();
      if (isAcknowledged) return;
      await callback({ type: InteractionResponseType.DeferredMessageUpdate });
      isSilent = true;
    },
    async openModal(modal) {
      await callback({ type: InteractionResponseType.Modal, data: modalBodyOf(modal) });
    },
    async refuseFields() {
      return false;
    },
    async say(message: ChatMessage, { isInPlace = false } = {}) {
      // What a message of components was it stays.
      const replaces = isInPlace && isSilent && !isWaitedFor;
      const isOfComponents = message.layout === "gallery" || (replaces && wasOfComponents(interaction));
      const { body, files } = await messageBodyOf(message, { isOfComponents });
      const ephemeral = { ...body, flags: onlyForMember | withoutPreviews | (body.flags ?? 0) };
      if (!isAcknowledged) {
        await callback({ type: InteractionResponseType.ChannelMessageWithSource, data: ephemeral }, files);
      } else if (isWaitedFor || (isInPlace && isSilent)) {
        isWaitedFor = false;
        await answer("show the answer", () => rest.patch(original, { body, files, auth: false }));
      } else if (followUpsLeft === 0 && !isSilent) {
        // The latest matters most: it takes the place of the first.
        await answer("show the answer", () => rest.patch(original, { body, files, auth: false }));
      } else {
        followUpsLeft -= 1;
        await answer("show the answer", () => rest.post(webhook, { body: ephemeral, files, auth: false }));
      }
    },
  };
  return responder;
}
