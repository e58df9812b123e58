/** A snowflake, as text. */
export type Id = string;

/** A JSON object as it travels. */
export type Json = { [key: string]: unknown };

export interface FakeUser {
  readonly id: Id;
  readonly name: string;
  readonly isBot: boolean;
  /** Refuses direct messages of the bot: sending answers 403 with code 50007. */
  refusesDirectMessages: boolean;
  /** What they show of themselves. */
  avatar: { readonly hash: string; readonly bytes: Uint8Array } | null;
}

export interface FakeRole {
  readonly id: Id;
  readonly name: string;
  permissions: bigint;
}

export interface Overwrite {
  /** A role or a user. */
  readonly id: Id;
  readonly kind: "role" | "user";
  allow: bigint;
  deny: bigint;
}

export interface FakeMembership {
  readonly userId: Id;
  roles: Id[];
  readonly joinedAt: number;
}

export interface FakeGuild {
  readonly id: Id;
  readonly name: string;
  readonly ownerId: Id;
  /** The role with the guild's own id is @everyone. */
  readonly roles: Map<Id, FakeRole>;
  readonly members: Map<Id, FakeMembership>;
  preferredLocale: string;
  /** 0 to 3: decides the upload limit (10, 10, 50, 100 MiB). */
  premiumTier: number;
  /** Bytes that one file may have, where a test wants another limit than the tier's. */
  uploadLimit: number | null;
  /** The bot is in it; where it is not, members who added it to their account bring it along. */
  hasBot: boolean;
}

/** 0 text, 1 direct message, 3 group of people, 11 public thread. */
export type ChannelType = 0 | 1 | 3 | 4 | 11;

export interface FakeChannel {
  readonly id: Id;
  readonly guildId: Id | null;
  readonly type: ChannelType;
  readonly name: string;
  /** A thread's channel. */
  readonly parentId: Id | null;
  /** The member of a direct conversation. */
  readonly recipientId: Id | null;
  readonly overwrites: Overwrite[];
  /** Bytes that one file may really have here, whatever Discord says of the place; `null` for what it says. */
  refusesAbove: number | null;
  isArchived: boolean;
  isDeleted: boolean;
}

export interface FakeAttachment {
  readonly id: Id;
  readonly channelId: Id;
  readonly filename: string;
  /** Alt text. */
  readonly description: string | null;
  readonly title: string | null;
  readonly contentType: string;
  /** As told by the API; the bytes may lie where a test says so. */
  readonly size: number;
  readonly bytes: Uint8Array;
  readonly width: number | null;
  readonly height: number | null;
  readonly isEphemeral: boolean;
  readonly isSpoiler: boolean;
}

/** What a member could read at one moment. */
export interface Revision {
  /** The fake's clock. */
  readonly at: number;
  readonly content: string;
  readonly attachments: readonly FakeAttachment[];
  readonly embeds: readonly Json[];
  readonly components: readonly Json[];
  readonly flags: number;
}

export interface FakeMessage {
  readonly id: Id;
  readonly channelId: Id;
  readonly guildId: Id | null;
  readonly authorId: Id;
  /** 0 message, 19 reply, 20 slash command's answer, 23 message command's answer. */
  readonly type: number;
  readonly createdAt: number;
  readonly nonce: string | number | null;
  readonly reference: { readonly channelId: Id; readonly messageId: Id } | null;
  /** The interaction that this message answers. */
  readonly interaction: { readonly id: Id; readonly type: number; readonly userId: Id } | null;
  /** An ephemeral message's only reader. */
  readonly visibleTo: Id | null;
  content: string;
  attachments: readonly FakeAttachment[];
  embeds: readonly Json[];
  components: readonly Json[];
  flags: number;
  /** Users who were notified: mentioned in the content or by the reply, and allowed to be. */
  pings: readonly Id[];
  pingsEveryone: boolean;
  editedAt: number | null;
  deletedAt: number | null;
  /** Emoji to the users who put it, in the order of their coming. */
  readonly reactions: Map<string, Id[]>;
  /** Every state with its time, the first included. */
  readonly revisions: Revision[];
  /** Edits since the message became old (`settings.oldEdits`). */
  oldEdits: number;
}

export interface UploadedFile {
  /** `n` of `files[n]`. */
  readonly index: string;
  readonly name: string;
  readonly contentType: string;
  readonly bytes: Uint8Array;
}

/** Bits of a message's flags. */
export const messageFlags = {
  suppressEmbeds: 1 << 2,
  ephemeral: 1 << 6,
  loading: 1 << 7,
  suppressNotifications: 1 << 12,
  componentsV2: 1 << 15,
} as const;
