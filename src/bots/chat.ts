import type { EditError } from "../errors.ts";
import type { ChatEvent } from "./chat/events.ts";
import type { ChatHome, ChatMessage } from "./chat/messages.ts";
import type { Attachment, MessageRef, Place, PlaceAbilities } from "./chat/places.ts";

export * from "./chat/errors.ts";
export type * from "./chat/events.ts";
export type * from "./chat/messages.ts";
export type * from "./chat/places.ts";
export type * from "./chat/services.ts";

// The port between the bot and a chat platform. Commands, views and delivery know this file alone, which gives out what
// `chat/` has; an adapter (`discord/`, `slack/`) turns a platform into it. Whatever differs between platforms is in
// `Capabilities`, never in a name.

/** A chat platform as the bot sees it. Every slow method takes an `AbortSignal` and rejects with a `ChatError`. */
export interface ChatPlatform extends AsyncDisposable {
  /** `discord`, `slack`: a name for logs and the store; nothing branches on it. */
  readonly name: string;
  readonly capabilities: Capabilities;
  /** True while events arrive. */
  readonly isConnected: boolean;
  /** Ids of the guilds or workspaces that it serves; `null` until the platform has told. */
  readonly workspaces: readonly string[] | null;
  /** True where other processes serve other guilds of the same bot, each with a store of its own. Default: false. */
  readonly isPart?: boolean;

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
  /**
   * Ids of the roles or groups that somebody has in a workspace; `null` of who is not in it. Absent where a direct conversation belongs
   * to the workspace, or where there are no groups. @throws ChatError
   */
  groupsIn?(workspace: string, member: string, options: Call): Promise<readonly string[] | null>;
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

  /** Replaces what the member's home shows; absent where a platform has none. @throws ChatError `rejected` where it is turned off */
  showHome?(member: string, home: ChatHome, options: Call): Promise<void>;

  /** Pictures attached to anybody's message; none where the message cannot be read. */
  picturesIn(message: MessageRef, options: Call): Promise<readonly Attachment[]>;
  /**
   * Messages of a place that show pictures, the bot's own too, newest first: of the latest few dozen, older than `before`. Of a
   * thread those of the thread, with the message that it hangs on; where it has none, those of its channel. None where the history is closed
   * to the bot, and none whose pictures the platform does not show it.
   */
  pictureMessages(
    place: Place,
    options: Call & { readonly before: MessageRef | null },
  ): Promise<readonly MessageRef[]>;
  /**
   * What an address on the platform's own hosts names: a picture that whoever is in that place can see, or a message of that place.
   * Nothing is fetched.
   * @throws EditError `attachment-refused` of every other address; ChatError
   */
  addressed(
    url: string,
    options: Call & { readonly place: Place },
  ): Promise<{ readonly picture: Attachment } | { readonly message: MessageRef }>;
  /** A member's own picture of themselves; `null` where they have none. Only where `Capabilities.avatars`. @throws ChatError */
  avatarOf(member: string, options: Call): Promise<Attachment | null>;
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
  /** Members have pictures of themselves. */
  readonly avatars: boolean;
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
  /** Fields that a modal may have, the prompt, picture, source, seed and options of an edit at least. */
  readonly modalFields: number;
  /** A modal can stay open with what is wrong in it: `Responder.refuseFields`. */
  readonly errorsInModals: boolean;
  /** Pictures can be hidden until somebody clicks on them; where they cannot, text stands in their place. */
  readonly spoilers: boolean;
  /** Lays out a message of `layout: "pair"`: one picture above two that stand side by side. */
  readonly showsPairs: boolean;
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
