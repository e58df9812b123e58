import type { AdapterServices, ChatPlatform } from "../../../src/bots/chat.ts";
import type { EditOffer } from "../../../src/bots/commands/edit.ts";
import type { OfferedPack } from "../../../src/bots/intake/painter.ts";
import type { WebParts } from "../../../src/bots/web/web.ts";

// What a story needs of a platform: people in front of its own client, and what they see. `discord-world.ts` and
// `slack-world.ts` implement it over the fakes of `test/fakes/`, which speak the real protocols.

/** What the operator lets members choose, the first where none is chosen. */
export const offer: EditOffer = {
  packs: ["mini", "far"],
  styles: ["ink"],
  methods: ["regions", "diffedit", "masactrl"],
};

/** What goes with what. */
export const offeredPacks: readonly OfferedPack[] = [
  { name: "mini", styles: ["ink"], methods: offer.methods, takesStrength: true },
  { name: "far", styles: [], methods: ["regions"], takesStrength: false },
];

export interface World extends AsyncDisposable {
  /** The adapter, with the real client library, connected to the fake. */
  connect(services: AdapterServices, parts: WebParts): ChatPlatform;
  person(name: string, options?: { readonly locale?: "en" | "de"; readonly isAdmin?: boolean }): Person;
  /** Somebody of a role or user group, whom the platform lets send an admin's command; `null` where there are no such groups. */
  moderator(name: string): { readonly person: Person; readonly group: string } | null;
  /** The place where everybody is. */
  readonly square: Room;
  /** A place where the bot may not post; `null` where there is none such. */
  readonly closed: Room | null;
  thread(): Room;
  /** Requests of the bot that the platform would refuse as malformed. */
  readonly violations: readonly unknown[];
  /** A message has one picture at most. */
  readonly hasSinglePictures: boolean;
  /** The bot is shown pictures in messages that are not meant for it. */
  readonly showsOthersPictures: boolean;
  /** Messages of the bot in a room, as everybody reads them. */
  messages(room: Room): readonly Seen[];
  /** Where the first picture of a person's message lies, as they would copy it. */
  addressOf(message: Posted): string;
  /** False where people have no pictures of themselves. */
  setAvatar(person: Person, picture: Uint8Array): boolean;
  /** The next requests that post a message fail so. This and what follows gives false where this platform has no such trouble. */
  troublePosting(trouble: "busy" | "limited" | "lost answer"): boolean;
  /**
   * From now on pictures meet that: no right to attach them, less room than the platform says (`maxBytes`), files that are
   * unknown at first and processed for half a minute, edits or all blocks that refuse them, an upload that is refused. False where this
   * platform has no such trouble.
   */
  troublePictures(trouble: PictureTrouble, maxBytes: number): boolean;
  /** The next message that the bot posts is refused for good. */
  refuseNextPost(): boolean;
  /** The square is gone for the bot: deleted, archived, or the bot is taken out of it. */
  loseSquare(how: "gone" | "put out"): boolean;
  /** Messages can be edited no longer, as if much time had passed. */
  age(): boolean;
  until<T>(look: () => T | Promise<T>, what: string): Promise<Exclude<T, undefined | null | false>>;
}

export type PictureTrouble =
  | "no right"
  | "less room"
  | "slow files"
  | "no edits"
  | "no blocks"
  | "refused uploads";

/** The platform's own handle of a channel. */
export type Room = { readonly id: string };

export interface Person {
  readonly id: string;
  /** Asks in the way that members do here: a command with a picture, or a command that opens a modal with one. */
  edit(order: EditOrder): Promise<Answer>;
  /** "Edit this image" in the menu of a message of a person, then the modal. */
  editFromMenu(
    message: Posted,
    prompt: string,
    /** A seed that is refused, and then the one that takes its place, in the modal as it stands after the refusal. */
    seeds?: { readonly seed: string; readonly mendedSeed: string },
  ): Promise<Answer>;
  /** "Was this edited?" in the menu of a message. */
  checkMarks(message: Posted): Promise<Answer>;
  /** Posts a picture, and no word to the bot. */
  share(picture: Uint8Array, room: Room): Promise<Posted>;
  mention(
    text: string,
    options: {
      readonly room: Room;
      readonly picture?: Uint8Array;
      /** Beside the picture, where a message can have more than one. */
      readonly others?: readonly Uint8Array[];
      readonly replyTo?: Seen;
      /** Whom the end of the text names. */
      readonly naming?: Person;
    },
  ): Promise<void>;
  /** Says it to the bot in the conversation of the two. */
  tell(text: string): Promise<void>;
  /** Answers a message without naming the bot. */
  reply(to: Seen, text: string): Promise<void>;
  command(
    name: string,
    options?: Readonly<Record<string, string | number | boolean>>,
    room?: Room,
  ): Promise<Answer>;
  press(message: Seen, label: string | RegExp): Promise<Answer>;
  /** Presses a button that opens a modal, and sends that with a prompt and choices. */
  pressAndSay(message: Seen, label: string | RegExp, prompt: string, choices?: Choices): Promise<Answer>;
  react(message: Seen, emoji: string): void;
  unreact(message: Seen, emoji: string): void;
  /** Messages of the bot in the conversation of the two. */
  direct(): readonly Seen[];
  refuseDirectMessages(): boolean;
}

/** Options of an edit, by name. */
export type Choices = Readonly<Record<string, string | number>>;

/** What a person fills into a form with these fields: choices that have none of their own are typed as words. */
export function filledFields(choices: Choices, names: readonly string[]): Record<string, string> {
  const words = Object.entries(choices).filter(([name]) => !names.includes(name));
  return {
    ...Object.fromEntries(
      Object.entries(choices).flatMap(([name, value]) =>
        names.includes(name) ? [[name, String(value)]] : [],
      ),
    ),
    ...(words.length > 0 ? { more: words.map(([name, value]) => `--${name} ${value}`).join(" ") } : {}),
  };
}

export interface EditOrder {
  readonly prompt: string;
  readonly picture: Uint8Array;
  readonly fileName?: string;
  readonly room?: Room;
  readonly isPrivate?: boolean;
  readonly showsBox?: boolean;
  readonly choices?: Choices;
}

/** A message of a person. */
export interface Posted {
  readonly handle: unknown;
}

/** A message of the bot as a person reads it now. */
export interface Seen {
  readonly id: string;
  readonly text: string;
  readonly pictures: readonly SeenPicture[];
  readonly buttons: readonly string[];
  /** Emojis under it with how many have put each, the bot included. */
  readonly reactions: ReadonlyMap<string, number>;
  /** When it was posted and edited, in milliseconds. */
  readonly times: readonly number[];
  /** Every text that it had, oldest first. */
  readonly history: readonly string[];
  /** People whom it notified. */
  readonly pings: readonly string[];
  /** The message that it answers, or whose thread it is in. */
  readonly replyTo: string | null;
  readonly handle: unknown;
}

export interface SeenPicture {
  readonly alt: string;
  readonly bytes: Uint8Array;
  /** Hidden until somebody clicks on it. */
  readonly isSpoiler: boolean;
}

/** What one action was answered with, seen by the person alone. */
export interface Answer {
  /** Milliseconds until the platform had its acknowledgement; `null` where it never came. */
  readonly acknowledgedAfter: number | null;
  /** Live: all texts so far. */
  readonly text: string;
  readonly buttons: readonly string[];
  readonly pictures: number;
  /** The first picture of the latest message that has any, as it is now. */
  readonly picture: Uint8Array | null;
  /** The file that came with the latest message that has one and no picture; `null` where files come as direct messages. */
  readonly file: Uint8Array | null;
  /** Presses a button of the answer: of its latest message that has one so labelled. */
  press(label: string | RegExp): Promise<Answer>;
  /** Presses a button that opens a form, and sends it; once more with `mended` choices where the first ones are refused. */
  fill(label: string | RegExp, choices: Choices, mended?: Choices): Promise<Answer>;
}
