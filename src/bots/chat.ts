import type { EditError } from "../errors.ts";
import type { RichText } from "../locales/rich-text.ts";

// The port between the bot and a chat platform. Commands, views and delivery know this file alone; an adapter (`discord/`,
// `slack/`) turns a platform into it. Whatever differs between platforms is in `Capabilities`, never in a name.

/** A chat platform as the bot sees it. Every slow method takes an `AbortSignal` and rejects with a `ChatError`. */
export interface ChatPlatform extends AsyncDisposable {
  /** `discord`, `slack`: a name for logs and the store; nothing branches on it. */
  readonly name: string;
  readonly capabilities: Capabilities;
  /** True while events arrive. */
  readonly isConnected: boolean;
  /** Ids of the guilds or workspaces that it serves; `null` until the platform has told. */
  readonly workspaces: readonly string[] | null;

  /**
   * Connects, and resolves once events arrive; after a failure it may be called again. The handler never rejects and is not
   * waited for before the next event. An event is handed over once: a platform's own redeliveries are dropped by `event.id`
   * where `isNew` says so.
   * @throws EditError `usage` where the platform refuses the bot for good, in words that say what to mend; `cancelled`;
   *   ChatError where it could not be reached
   */
  start(handle: (event: ChatEvent) => Promise<void>, options: StartOptions): Promise<void>;

  /** What the bot may do in a place, asked anew each time or from what the platform keeps current. */
  abilitiesIn(place: Place, options: Call): Promise<PlaceAbilities>;
  /** The place where the bot and one member are alone. @throws ChatError `direct-refused` */
  directPlace(member: string, options: Call): Promise<Place>;

  /**
   * Posts a message of the bot. `key` (at most 25 characters of A-Z a-z 0-9 -) names the message for good: the same key
   * posted twice within the platform's window gives the first message again where the platform can do that.
   */
  post(
    place: Place,
    message: ChatMessage,
    options: Call & { readonly key: string; readonly replyTo?: MessageRef | null },
  ): Promise<MessageRef>;
  /**
   * The bot's message with that key, posted since then (milliseconds) in answer to `replyTo`; `null` where there is none or
   * history is closed. `since` was told by a clock that may have been ahead of the platform's: the latest messages are looked
   * at in any case. A search that fails in passing goes on where it was when it is asked for again. It
   * is asked about messages that were never edited. Where a platform keeps no key with a message, the adapter hides a mark
   * of it in the buttons, and falls back on the job's id (the key's first 16 characters) in button ids and at the start of
   * file names: a message without buttons and pictures cannot be found there.
   */
  findPosted(
    place: Place,
    key: string,
    options: Call & { readonly since: number; readonly replyTo?: MessageRef | null },
  ): Promise<MessageRef | null>;
  /** Replaces a message whole: text, pictures and buttons. @throws ChatError `unknown-message`, `edit-refused` */
  edit(message: MessageRef, content: ChatMessage, options: Call): Promise<void>;
  /** Removes a message of the bot; one that is gone already is no error. */
  remove(message: MessageRef, options: Call): Promise<void>;
  /** Puts the bot's own reactions under a message, in this order. */
  react(message: MessageRef, emojis: readonly string[], options: Call): Promise<void>;

  /** Pictures attached to anybody's message; none where the message cannot be read. */
  picturesIn(message: MessageRef, options: Call): Promise<readonly Attachment[]>;
  /**
   * Saves an attachment's bytes to a file that does not exist yet.
   * @throws EditError `attachment-refused`, `attachment-too-large`, `attachment-unavailable`, `cancelled`
   */
  save(attachment: Attachment, file: string, options: Call & { readonly maxBytes: number }): Promise<void>;
}

export interface Call {
  readonly signal: AbortSignal;
}

export interface StartOptions extends Call {
  /**
   * The platform refused the bot for good after `start` had resolved, and will send nothing more. Called once at most, with
   * the same EditError that `start` would throw.
   */
  readonly onRefused: (reason: EditError) => void;
  /** The bot came into a workspace, or was removed from one: `workspaces` says so by then. Nobody by default. */
  readonly onWorkspaces?: () => void;
}

/** What a platform can do. */
export interface Capabilities {
  readonly reactions: boolean;
  /** Commands and menu entries are shown in the member's language. */
  readonly translatesCommands: boolean;
  /**
   * How a command is typed, with the text that it is given: `queue` as `/queue`, or as `/lrbot queue` where one command has
   * to hold them all.
   */
  readonly typed: (command: string, text?: string) => string;
  /** The platform asks for a command's options itself; where it does not, they are typed with the command. */
  readonly asksForOptions: boolean;
  /** Modals can take files. */
  readonly picturesInModals: boolean;
  /** A modal can stay open with what is wrong in it: `Responder.refuseFields`. */
  readonly errorsInModals: boolean;
  /** Pictures can be hidden until somebody clicks on them; where they cannot, text stands in their place. */
  readonly spoilers: boolean;
  /** Upload limit where the place does not say otherwise. */
  readonly maxUploadBytes: number;
  /** Pictures in one message. */
  readonly maxPictures: number;
  /** Rows of buttons, and buttons in one row. */
  readonly buttonRows: number;
  readonly buttonsPerRow: number;
  /** Characters of a message's text. */
  readonly maxTextLength: number;
  /** How long after posting a message can be edited freely; `null` for ever. */
  readonly editWindowSeconds: number | null;
  /** Posts and edits that a minute has room for, in one channel and in one workspace. */
  readonly writesPerMinute: { readonly channel: number; readonly workspace: number };
}

/** A channel, thread or direct conversation. */
export interface Place {
  readonly platform: string;
  /** Guild or workspace; `null` in a direct conversation that belongs to none. */
  readonly workspace: string | null;
  readonly channel: string;
  /** Where threads are not channels: the message that the thread hangs on. */
  readonly thread: string | null;
  readonly isDirect: boolean;
  /** Where threads are channels: the channel that this one belongs to. */
  readonly parent?: string;
  /** Where channels are grouped: the group of this one, or of the one that it belongs to. */
  readonly category?: string;
}

/**
 * What a member would have to grant, in words that they can find in their settings; or what no setting mends: the channel is
 * `archived`, or it is a `group` message or a conversation of other people.
 */
export type Permission =
  | "view"
  | "post"
  | "attach"
  | "react"
  | "read-history"
  | "join"
  | "archived"
  | "group";

export interface PlaceAbilities {
  readonly missing: readonly Permission[];
  readonly maxUploadBytes: number;
}

/** A message of anybody's. */
export interface MessageRef {
  readonly platform: string;
  readonly workspace: string | null;
  readonly channel: string;
  /** The platform's own id of the message within the channel. */
  readonly message: string;
  readonly thread: string | null;
}

export interface Member {
  /** The platform's own id. */
  readonly id: string;
  readonly name: string;
  /** BCP 47, such as `de` or `pt-BR`. */
  readonly locale: string;
  /** By the platform's permissions, as they were told with this event or asked for it. */
  readonly isAdmin: boolean;
  /** Ids of roles or user groups. */
  readonly groups: readonly string[];
}

/** A file on the platform, not fetched yet. Plain data: it can be stored and used after a restart. */
export interface Attachment {
  readonly id: string;
  readonly fileName: string;
  readonly url: string;
  /** As the platform says; believed for early refusals alone. */
  readonly contentType: string | null;
  readonly bytes: number | null;
}

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
      readonly message: MessageRef;
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
      readonly pictures: readonly Attachment[];
      readonly message: MessageRef;
      /** The message that this one answers, or the one that its thread hangs on. */
      readonly replyTo: MessageRef | null;
      readonly respond: Responder;
    }
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

export interface ChatMessage {
  readonly text: RichText;
  readonly pictures: readonly ChatPicture[];
  /** Rows of buttons. */
  readonly buttons: readonly (readonly ChatButton[])[];
}

/** A picture to post: a file of ours. */
export interface ChatPicture {
  /** Absolute path. */
  readonly path: string;
  readonly fileName: string;
  readonly alt: string;
  /** Shown on a click only. */
  readonly isSpoiler: boolean;
}

export interface ChatButton {
  /** At most 100 characters. */
  readonly id: string;
  /** At most 75 characters. */
  readonly label: string;
  readonly emoji?: string;
  readonly style: "primary" | "secondary" | "danger";
}

export interface Modal {
  /** At most 100 characters. */
  readonly id: string;
  /** At most 24 characters. */
  readonly title: string;
  /** At most 24 characters. */
  readonly submit: string;
  /** At most 5. */
  readonly fields: readonly ModalField[];
}

export type ModalField = {
  readonly name: string;
  /** At most 45 characters. */
  readonly label: string;
  /** Below the label, at most 100 characters. */
  readonly hint?: string;
} & (
  | {
      readonly kind: "text";
      readonly value: string;
      readonly placeholder: string;
      readonly isRequired: boolean;
      readonly maxLength: number;
      readonly isLong: boolean;
    }
  /** One picture; on platforms without `picturesInModals` it is left out. */
  | { readonly kind: "picture"; readonly isRequired: boolean }
  /** Any number of these. */
  | {
      readonly kind: "toggles";
      readonly choices: readonly { readonly value: string; readonly label: string; readonly isOn: boolean }[];
    }
);

/** Why a platform did not do something. */
export type ChatFailure =
  | "missing-permission"
  | "unknown-place"
  | "unknown-message"
  | "edit-refused"
  | "direct-refused"
  | "too-large"
  | "expired"
  | "rate-limited"
  | "unavailable"
  | "rejected";

/**
 * A platform's refusal, in the port's words. `rate-limited` and `unavailable` pass and are worth another try after
 * `retryAfterSeconds`; `rejected` means that the platform took offence at what was sent, a fault of ours.
 */
export class ChatError extends Error {
  override readonly name = "ChatError";
  readonly failure: ChatFailure;
  readonly missing: readonly Permission[];
  readonly retryAfterSeconds: number | null;
  /** No answer came: what was asked for may still take effect, also where nothing is seen of it yet. */
  readonly mayStillArrive: boolean;

  constructor(
    failure: ChatFailure,
    message: string,
    options: {
      readonly cause?: unknown;
      readonly missing?: readonly Permission[];
      readonly retryAfterSeconds?: number;
      readonly mayStillArrive?: boolean;
    } = {},
  ) {
    super(message, { cause: options.cause });
    this.failure = failure;
    this.missing = options.missing ?? [];
    this.retryAfterSeconds = options.retryAfterSeconds ?? null;
    this.mayStillArrive = options.mayStillArrive ?? false;
  }

  /** True where the same call may go through later. */
  get isPassing(): boolean {
    return this.failure === "rate-limited" || this.failure === "unavailable";
  }
}

/** What an adapter is given besides its tokens. */
export interface AdapterServices {
  /** False where an event with this id was handed over before, also before a restart. */
  readonly isNew: (eventId: string) => Promise<boolean>;
  /** Fetches a file under the rules of `src/media/`; `bearer` is sent to `hosts` alone. */
  readonly fetchAttachment: FetchAttachment;
  /** Milliseconds from an event's arrival to its acknowledgement. */
  readonly onAcknowledged: (milliseconds: number) => void;
  readonly log: AdapterLog;
}

export type FetchAttachment = (order: {
  readonly url: string;
  /** Host names; redirects elsewhere are refused. */
  readonly hosts: readonly string[];
  readonly bearer: string | null;
  readonly maxBytes: number;
  /** Takes the bytes; must not exist. */
  readonly file: string;
  readonly signal: AbortSignal;
}) => Promise<void>;

export type AdapterLog = (
  level: "debug" | "info" | "warn" | "error",
  text: string,
  details?: Readonly<Record<string, unknown>>,
) => void;
