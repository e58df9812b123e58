import type { RichText } from "../../../locales/rich-text.ts";
import type { ChatButton, Modal } from "../../chat.ts";

// What is said in a room: messages that stay, and answers that one person sees.

/** What a message and an answer show. */
export interface PageContent {
  readonly text: RichText;
  /** Names of the members whom the text names, by id. */
  readonly names: Readonly<Record<string, string>>;
  readonly pictures: readonly PagePicture[];
  /** Rows of buttons; each is pressed by `POST /api/press`. */
  readonly buttons: readonly (readonly ChatButton[])[];
}

export interface PagePicture {
  /** Changes with the picture: it can be kept for ever. 404 once the picture is not kept any more. */
  readonly url: string;
  readonly fileName: string;
  readonly alt: string;
  /** Shown on a click only. */
  readonly isSpoiler: boolean;
}

/** A message in a room, the bot's or a person's. It stays over restarts. */
export interface PageMessage extends PageContent {
  readonly id: string;
  readonly room: string;
  /** `null`: the bot. */
  readonly author: { readonly id: string; readonly name: string } | null;
  /** The message that it answers. */
  readonly replyTo: string | null;
  /** Milliseconds since 1970. */
  readonly postedAt: number;
  readonly editedAt: number | null;
  /** Emojis under it with how many put each, the bot included. */
  readonly reactions: Readonly<Record<string, number>>;
  /** The job that it tells of: `GET /api/jobs/:id` has the rest. */
  readonly job: string | null;
}

/** `GET /api/messages?room=&before=&limit=&search=`: oldest first; `before` is a message's `cursor`. */
export interface MessagePage {
  readonly messages: readonly PageMessage[];
  /** `before` of the page before this one; `null` where there is none. */
  readonly earlier: string | null;
}

/** A text file that comes with an answer, whole. */
export interface PageDocument {
  readonly fileName: string;
  readonly text: string;
}

/** Said to one person alone. It is gone with the page, but for an hour the server has it for other tabs. */
export interface PageAnswer extends PageContent {
  readonly id: string;
  readonly room: string;
  /** What it answers: `Reply.id` of the request. */
  readonly to: string;
  /** `pair`: of three pictures the first stands above the others, which stand side by side, over big buttons. */
  readonly layout: "pair" | null;
  /** `null`: none. */
  readonly document: PageDocument | null;
  /** Take the answer `replaces` away and show this one in its place; `null`: it comes below. */
  readonly replaces: string | null;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/**
 * What every POST that asks for something is answered with, once the bot has taken it; answers follow in the event stream
 * with `to: id`. `working`: it works on it. `silent`: what was pressed changes by itself. `form`: a form is to be filled in,
 * and sent by `POST /api/forms` with `form: modal.id`. `fields`: of a form, which stays open; these are wrong, by name.
 */
export type Reply = { readonly id: string } & (
  | { readonly kind: "working" }
  | { readonly kind: "silent" }
  | { readonly kind: "form"; readonly modal: Modal }
  | { readonly kind: "fields"; readonly texts: Readonly<Record<string, string>> }
);

/** Body of every status from 400 on. `text` is in the session's language and says what to do next. */
export interface Problem {
  /** One of the program's codes (`errors.ts`). */
  readonly code: string;
  readonly text: string;
  /** Of `too-many`: when to try again. */
  readonly retryAfterSeconds?: number;
}

/** Answer of `POST /api/uploads` (the file's bytes are the body) and of `/api/uploads/address`. */
export interface Upload {
  /** `picture` of what is said next. Kept for an hour. */
  readonly id: string;
  readonly bytes: number;
  /** Upright. */
  readonly width: number;
  readonly height: number;
  /** A copy of it, re-encoded. */
  readonly url: string;
}
