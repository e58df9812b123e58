// What exists in the fake's workspaces. All of it is mutable state that tests read and, where it says so, set.

export type Id = string;
export type Json = Readonly<Record<string, unknown>>;

/** A workspace with the app installed in it. */
export interface FakeTeam {
  readonly id: Id;
  readonly name: string;
  readonly domain: string;
  /** The installation's bot token, `xoxb-...`. */
  readonly botToken: string;
  readonly botUser: FakeUser;
  readonly botId: Id;
}

export interface FakeUser {
  readonly id: Id;
  readonly team: Id;
  readonly name: string;
  readonly isBot: boolean;
  locale: string;
  timezone: string;
  isAdmin: boolean;
  isOwner: boolean;
  /** What they uploaded to show of themselves. */
  avatar: Uint8Array | null;
  /** Error code with which `conversations.open` and messages to this member are refused; `null` lets them through. */
  refusesDirectMessages: string | null;
}

/** A user group, such as `@painters`. */
export interface FakeGroup {
  readonly id: Id;
  readonly team: Id;
  readonly handle: string;
  readonly users: Set<Id>;
  isDisabled: boolean;
}

export type ChannelKind = "public" | "private" | "im";

export interface FakeChannel {
  readonly id: Id;
  readonly team: Id;
  readonly name: string;
  kind: ChannelKind;
  readonly members: Set<Id>;
  /** In a direct conversation: the member who talks with the bot. */
  readonly user: Id | null;
  isArchived: boolean;
  /** Error code with which the bot's posts are refused, such as `restricted_action`. */
  refusesBot: string | null;
}

export interface MessageContent {
  readonly text: string;
  readonly blocks: readonly Json[];
  readonly attachments: readonly Json[];
  readonly metadata: Json | null;
  readonly files: readonly Id[];
}

/** One state of a message. `at` is of the fake's clock, in milliseconds since 1970. */
export interface Revision extends MessageContent {
  readonly at: number;
}

export interface FakeReaction {
  readonly name: string;
  /** In the order in which they reacted. */
  readonly users: Id[];
}

export interface FakeMessage {
  readonly ts: string;
  readonly channel: Id;
  readonly team: Id;
  readonly user: Id;
  readonly botId: Id | null;
  readonly subtype: string | null;
  readonly threadTs: string | null;
  /** The only member who sees it, or `null` for everybody in the channel. */
  readonly ephemeralTo: Id | null;
  readonly unfurlLinks: boolean | null;
  readonly unfurlMedia: boolean | null;
  readonly reactions: FakeReaction[];
  /** All states so far, the first one included. */
  readonly revisions: Revision[];
  /** The state now: the last revision. */
  content: MessageContent;
  editedAt: number | null;
  deletedAt: number | null;
}

export interface FakeFile {
  readonly id: Id;
  readonly team: Id;
  readonly user: Id;
  readonly name: string;
  title: string;
  bytes: Buffer;
  readonly mimetype: string;
  altText: string | null;
  readonly createdAt: number;
  readonly shares: { readonly channel: Id; readonly ts: string; readonly threadTs: string | null }[];
  /** Calls of `files.info` that still find it being processed. */
  notReadyCalls: number;
  /** By the fake's clock, until when it is being processed. */
  readyAt: number;
  /** Calls of `files.info` that do not find it yet. */
  unknownCalls: number;
  /** True once a member handed it to the app in a modal. */
  isGrantedToApp: boolean;
  /** Events and payloads carry a stub with `file_access: "check_file_info"`. */
  needsFileInfo: boolean;
  /** `uploading` until its bytes and its completion arrived. */
  state: "uploading" | "complete" | "deleted";
}

export interface FakeView {
  readonly id: Id;
  readonly team: Id;
  readonly user: Id;
  readonly rootId: Id;
  readonly previousId: Id | null;
  hash: string;
  /** As the bot sent it, with every block_id and action_id filled in. */
  content: Json;
  /** Errors by block id that the last submission was answered with. */
  errors: Readonly<Record<string, string>> | null;
  state: "open" | "closed" | "submitted" | "home";
  /** Every content so far. */
  readonly revisions: Json[];
  readonly openedAt: number;
}
