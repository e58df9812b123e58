import { type RetryPolicy, retry } from "../../../retry.ts";
import { ChatError, type ChatFailure, type ChatMessage, type Place, type Responder } from "../../chat.ts";
import { passingChatFailures } from "../../chat-retry.ts";
import type { SlackClient } from "../client.ts";
import { attempt, codeOf } from "../failures.ts";
import type { MessageBody } from "../outgoing/message-body.ts";
import type { Outgoing } from "../outgoing/outgoing.ts";
import { refusesPictures } from "../outgoing/pictured-messages.ts";
import { modalBodyOf } from "./modal.ts";
import { createResponseUrl, isFresh, usedUp } from "./response-url.ts";
import type { Submission } from "./submission.ts";

/** An interaction, as far as it is answered. Slack's own acknowledgement was given before; a modal's is given here. */
export interface Interaction {
  /** Unique for the interaction: at most 20 characters of A-Z a-z 0-9 -. */
  readonly key: string;
  readonly member: string;
  /** Where what comes of it belongs. */
  readonly place: Place;
  /** The thread that the member looks at. */
  readonly shownIn: string | null;
  readonly triggerId: string | null;
  readonly responseUrl: string | null;
  /** When it arrived, in milliseconds since 1970. */
  readonly receivedAt: number;
  /** A command shows nothing by itself; buttons and modals show that they were taken. */
  readonly isCommand: boolean;
  /** Of a modal that was sent: it waits to be closed. */
  readonly submission?: Submission;
}

export interface ResponderParts {
  readonly client: SlackClient;
  readonly outgoing: Outgoing;
  /** Ends everything that is under way. */
  readonly signal: AbortSignal;
  /** Milliseconds since the interaction arrived. */
  readonly age: () => number;
}

/**
 * What a command showed first cannot be replaced by what it shows later (https://github.com/slackapi/bolt-js/issues/2287), so
 * it shows that it is being worked on only where the answer takes longer than this.
 */
const quietMilliseconds = 1500;
const modalMilliseconds = 2500;
/** How long an answer may take to go out. */
export const answerMilliseconds = 60_000;
/** Nobody else would send an answer again: it is tried a few times where Slack is busy or out of reach. */
export const answerPolicy: RetryPolicy = {
  ...passingChatFailures,
  pauses: [1000, 2000],
  longestAskedPause: 10_000,
};
const worksOnIt: ChatMessage = { text: ["⏳"], pictures: [], buttons: [] };

/** Answers an interaction: by its response URL, else by a message that only the member sees, else by a direct message. */
export function createResponder(interaction: Interaction, parts: ResponderParts): Responder {
  const { client, outgoing, signal, age } = parts;
  const { key, member, place, shownIn, triggerId, responseUrl } = interaction;
  const url = createResponseUrl({ url: responseUrl, age, thread: shownIn });
  let isAcknowledged = false;
  let notice: NodeJS.Timeout | null = null;
  let count = 0;

  async function answerByUrl(message: ChatMessage, deadline: AbortSignal, isInPlace = false): Promise<void> {
    const options = { isPrivate: true, signal: deadline };
    const send = (body: MessageBody) => url.send(body, { isInPlace, signal: deadline });
    const { files } = await outgoing.withPictures(message, options, send);
    outgoing.keepForAWhile(files);
  }

  async function answer(message: ChatMessage, deadline: AbortSignal, isInPlace: boolean): Promise<void> {
    if (url.isUsable) {
      try {
        return await answerByUrl(message, deadline, isInPlace);
      } catch (error) {
        if (!(error instanceof ChatError) || error.isPassing) throw error;
      }
    }
    try {
      await outgoing.postEphemeral({ ...place, thread: shownIn }, member, message, { signal: deadline });
    } catch (error) {
      const isOutside = error instanceof ChatError && outsiders.includes(error.failure);
      if (!isOutside && !refusesPictures(error, message)) throw error;
      const direct = await outgoing.directPlace(member, { signal: deadline });
      await outgoing.post(direct, message, { key: `${key}-${++count}`, signal: deadline });
    }
  }

  function within(milliseconds: number): AbortSignal {
    return AbortSignal.any([signal, AbortSignal.timeout(milliseconds)]);
  }

  return {
    get isAlive() {
      return isFresh(age());
    },
    async acknowledge() {
      if (isAcknowledged) return;
      isAcknowledged = true;
      await interaction.submission?.close();
      if (!interaction.isCommand) return;
      const show = () => answerByUrl(worksOnIt, within(answerMilliseconds)).catch(() => {});
      notice = setTimeout(() => void show(), quietMilliseconds).unref();
    },
    async acknowledgeSilently() {
      isAcknowledged = true;
      await interaction.submission?.close();
    },
    async refuseFields(texts) {
      return (await interaction.submission?.refuse(texts)) ?? false;
    },
    async openModal(modal) {
      isAcknowledged = true;
      if (!triggerId) throw new RangeError("Expected an interaction to open a modal for, got none.");
      const { channel, thread } = place;
      const view = modalBodyOf(modal, {
        channel,
        thread,
        responseUrl,
        openedAt: interaction.receivedAt,
        shownIn,
      });
      const open = () =>
        attempt({ to: "open a modal", signal: within(modalMilliseconds) }, () =>
          client.views.open({ trigger_id: triggerId, view }),
        );
      try {
        await open();
      } catch (error) {
        if (!(error instanceof ChatError) || error.failure !== "unavailable") throw error;
        await open().catch((again) => {
          // The first one came through, and only its answer was lost.
          if (codeOf(again) !== "exchanged_trigger_id") throw again;
        });
      }
    },
    async say(message, { isInPlace = false } = {}) {
      if (!isFresh(age())) throw usedUp();
      await interaction.submission?.close();
      if (notice) clearTimeout(notice);
      const deadline = within(answerMilliseconds);
      await retry(() => answer(message, deadline, isInPlace), answerPolicy, { signal: deadline });
      await outgoing.sendDocument(member, message, { signal: deadline });
    },
  };
}

/** Failures of a place that the bot is not in, or that the member has left. */
const outsiders: readonly ChatFailure[] = ["missing-permission", "unknown-place", "unknown-message"];
