/** Messages that the bot posted for jobs: what makes a result be posted once, and a reaction be understood. */
export interface PostStore {
  /**
   * Notes, before the platform is asked, that a message is about to be posted under a key. Gives what was noted before:
   * a key that is not new and was never confirmed must be looked up on the platform before it is posted again.
   */
  begin(
    post: { readonly key: string; readonly job: string; readonly role: PostRole },
    now: number,
  ): Promise<Post & { readonly isNew: boolean }>;
  /** It is tried once more: from now on this try counts as its beginning. Nothing where the platform has it. */
  beginAgain(key: string, now: number): Promise<void>;
  /** The platform has it. Where its job was removed meanwhile, it is noted as a message that has to go. */
  confirm(key: string, message: PostedMessage, now: number): Promise<void>;
  find(key: string): Promise<Post | null>;
  ofJob(job: string): Promise<readonly Post[]>;
  ofMessage(message: Pick<PostedMessage, "platform" | "channel" | "message">): Promise<Post | null>;
  /** The message was deleted on the platform. */
  remove(key: string): Promise<void>;
  /** A member's reaction on a message came or went; gives those that stand, oldest first. None where the key is unknown. */
  recordReaction(reaction: Reaction, isAdded: boolean): Promise<readonly Reaction[]>;
}

/** `job` carries the job; `result` is the reply of a result that could not be edited in; `gallery` shows all alternates. */
export type PostRole = "job" | "result" | "gallery" | "alternate";

export interface PostedMessage {
  readonly platform: string;
  readonly workspace: string | null;
  readonly channel: string;
  readonly message: string;
  readonly thread: string | null;
}

export interface Post {
  readonly key: string;
  readonly job: string;
  readonly role: PostRole;
  /** The first try. */
  readonly begunAt: number;
  /** `null` until confirmed. */
  readonly postedAt: number | null;
  readonly message: PostedMessage | null;
}

export interface Reaction {
  readonly key: string;
  readonly user: string;
  readonly emoji: string;
  readonly at: number;
}
