/**
 * Messages of a platform that keeps none itself: a page. Their content is JSON that its reader checks. On platforms with
 * servers of their own nothing is kept here.
 */
export interface MessageStore {
  /** With a key that a room has a message of already nothing is added, and that message is given. */
  add(message: NewMessage): Promise<KeptMessage>;
  find(id: number): Promise<KeptMessage | null>;
  findByKey(room: string, key: string): Promise<KeptMessage | null>;
  /** False where there is no such message. */
  replace(
    id: number,
    after: Pick<KeptMessage, "content" | "text"> & { readonly editedAt: number | null },
  ): Promise<boolean>;
  /** False where there was none. */
  remove(id: number): Promise<boolean>;
  /** Newest first. */
  list(filter: MessageFilter): Promise<readonly KeptMessage[]>;
  /** Removes those that were posted before then; how many. */
  expire(postedBefore: number): Promise<number>;
}

export interface NewMessage {
  readonly room: string;
  /** Names the message within its room; `null` of what nobody looks for by name. */
  readonly key: string | null;
  /** `PLATFORM:USER`: goes when that person has everything forgotten. `null`: the bot. */
  readonly author: string | null;
  readonly replyTo: number | null;
  readonly postedAt: number;
  /** JSON. */
  readonly content: unknown;
  /** What a search looks in. */
  readonly text: string;
}

export interface KeptMessage extends NewMessage {
  /** Grows with each message. */
  readonly id: number;
  readonly editedAt: number | null;
}

export interface MessageFilter {
  readonly room: string;
  /** Messages older than this one. */
  readonly before?: number;
  /** Words that all have to be in the text, whatever their case. */
  readonly words?: readonly string[];
  readonly limit: number;
}
