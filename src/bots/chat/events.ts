import type { Box } from "../../types.ts";
import type { ChatMessage, Modal } from "./messages.ts";
import type { Attachment, Member, MessageRef, Place } from "./places.ts";

// What members do, and how each of it is answered.

/** What a member did. `id` is the platform's own id of the event. */
export type ChatEvent = {
  readonly id: string;
  /** When it arrived, in milliseconds. */
  readonly receivedAt: number;
  readonly place: Place;
  readonly member: Member;
} & (
  | {
      readonly kind: "command";
      /** A name of `commandSpecs`, with its subcommand: `edit`, `admin pause`. */
      readonly name: string;
      /** Members, groups and channels stand as their ids. */
      readonly options: Readonly<Record<string, string | number | boolean>>;
      readonly pictures: readonly Attachment[];
      readonly respond: Responder;
    }
  /** A command that was typed and could not be understood. */
  | {
      readonly kind: "misread";
      /** What was wrong in it; `null` where something is missing. */
      readonly got: string | null;
      /** How what may have been meant is typed. */
      readonly usages: readonly string[];
      /** Where there is no such command: it as it was typed, and the name that was most likely meant. */
      readonly unknown: { readonly typed: string; readonly meant: string | null } | null;
      readonly respond: Responder;
    }
  /** "Edit this image" on somebody's message. */
  | {
      readonly kind: "message-action";
      readonly message: MessageRef;
      readonly pictures: readonly Attachment[];
      readonly respond: Responder;
    }
  /** "Was this edited?" on somebody's message. */
  | {
      readonly kind: "mark-check";
      readonly message: MessageRef;
      readonly pictures: readonly Attachment[];
      readonly respond: Responder;
    }
  | {
      readonly kind: "modal";
      /** `Modal.id` as it was opened. */
      readonly modal: string;
      /** By field name: text; of toggles the chosen values. */
      readonly fields: Readonly<Record<string, string | readonly string[]>>;
      readonly pictures: readonly Attachment[];
      readonly respond: Responder;
    }
  | {
      readonly kind: "button";
      /** `ChatButton.id` as it was posted. */
      readonly button: string;
      /** Where it stands on the member's home, a message that there is not. */
      readonly message: MessageRef;
      /** It stands on the member's home (`ChatPlatform.showHome`), which answers by what it shows. False by default. */
      readonly isInHome?: boolean;
      readonly respond: Responder;
    }
  /** A box that was drawn over the picture of a job: it is painted there. */
  | {
      readonly kind: "box";
      readonly job: string;
      /** In pixels of the upright picture. */
      readonly box: Box;
      /** `null`: the job's own. */
      readonly prompt: string | null;
      /** A random one where `null`. */
      readonly seed: number | null;
      readonly respond: Responder;
    }
  /** Said to the bot: with its mention, as a reply to its message, or in a direct conversation. */
  | {
      readonly kind: "mention";
      /** The platform did not show whether the message has pictures. */
      readonly isUnread?: boolean;
      /** The text has the bot's mention; a reply without it may be meant for people. */
      readonly isNamed: boolean;
      /** Without the mention. */
      readonly text: string;
      /** Ids of members whom the text names besides the bot, in its order. */
      readonly named?: readonly string[];
      readonly pictures: readonly Attachment[];
      readonly message: MessageRef;
      /** The message that this one answers, or the one that its thread hangs on. */
      readonly replyTo: MessageRef | null;
      readonly respond: Responder;
    }
  /** The member looks at the bot's page for them; what it shows is given by `ChatPlatform.showHome`. */
  | { readonly kind: "home" }
  /** Of members, not of the bot. `emoji` is in Unicode: `1️⃣`, `🔲`. */
  | {
      readonly kind: "reaction";
      readonly emoji: string;
      readonly isAdded: boolean;
      readonly message: MessageRef;
    }
);

/**
 * Answers one event. First comes one of `acknowledge`, `acknowledgeSilently`, `openModal` and `refuseFields`, within 3 seconds, so before
 * anything slow; then any number of `say`. It works as long as the platform's token lives (`isAlive`); afterwards `say`
 * rejects with `expired`. Where a platform has no acknowledgement (a mention) these do nothing.
 */
export interface Responder {
  readonly isAlive: boolean;
  /** Shows the member alone that the bot works on it. */
  acknowledge(): Promise<void>;
  /** Shows nothing: what was pressed will change by itself. */
  acknowledgeSilently(): Promise<void>;
  /** Instead of acknowledging. */
  openModal(modal: Modal): Promise<void>;
  /**
   * Instead of acknowledging a modal: it stays open as it was filled in, and says what is wrong with fields of it, by name.
   * False where the platform cannot, or has closed it already.
   */
  refuseFields(texts: Readonly<Record<string, string>>): Promise<boolean>;
  /**
   * Says it to the member alone where the platform can; as a reply to a mention. The first one replaces "works on it".
   * `isInPlace` puts it in place of the answer whose button was pressed, where it was acknowledged silently and the platform
   * can do that.
   */
  say(message: ChatMessage, options?: { readonly isInPlace?: boolean }): Promise<void>;
  /** Says to the member alone what `say` would say where everybody reads it; absent where the platform cannot. */
  readonly sayAlone?: (message: ChatMessage) => Promise<void>;
}
