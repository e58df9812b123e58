// Where things are said, by whom, and what comes along.

/** A channel, thread or direct conversation. */
export interface Place {
  readonly platform: string;
  /** Guild or workspace; `null` in a direct conversation that belongs to none. */
  readonly workspace: string | null;
  readonly channel: string;
  /** Where threads are not channels: the message that the thread hangs on. */
  readonly thread: string | null;
  readonly isDirect: boolean;
  /**
   * A member brought the bot along to where it is not: what it says comes as answers to that member alone, and `workspace` is
   * `null`. False by default.
   */
  readonly isOutside?: boolean;
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
  /** An admin by nothing but this: the place's own settings let them send this command. False by default. */
  readonly isAdminByLeave?: boolean;
  /** Steers what all communities share, whoever else is named for that: whoever started the bot said so. False by default. */
  readonly isOperator?: boolean;
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
