import type { FaultPlan } from "../http/faults.ts";
import type { Settings } from "../settings.ts";
import type { FakeChannel, Id, Json } from "../types.ts";
import type { AttachmentStore } from "../world/attachments.ts";
import type { InteractionBook } from "../world/interaction-book.ts";
import type { MessageBook } from "../world/message-book.ts";
import type { World } from "../world/world.ts";

/** What the parts of the fake share. */
export interface Context {
  readonly settings: Settings;
  readonly world: World;
  readonly messages: MessageBook;
  readonly interactions: InteractionBook;
  readonly attachments: AttachmentStore;
  readonly commands: CommandBook;
  readonly faults: FaultPlan;
  /** Requests that broke the API's description or limits. A correct bot leaves this empty. */
  readonly violations: Violation[];
  /** Every request that arrived, with its answer. */
  readonly requests: RequestRecord[];
  /** Tells the gateway's sessions. */
  emit(event: GatewayEvent): void;
  gatewayUrl(): string;
}

/** Registered commands: global ones, and those of one guild by its id. */
export interface CommandBook {
  global: readonly Json[];
  readonly guilds: Map<Id, readonly Json[]>;
  /** What a guild's admins said, by `GUILD COMMAND MEMBER-OR-ROLE`. */
  readonly permissions: Map<string, boolean>;
}

export interface Violation {
  readonly method: string;
  readonly path: string;
  /** Where in the body or query, such as `components.0.components.1.custom_id`. */
  readonly at: string;
  readonly problem: string;
}

export interface RequestRecord {
  readonly method: string;
  /** Without the version, such as `/channels/1/messages`. */
  readonly path: string;
  /** Real time, in milliseconds since 1970. */
  readonly at: number;
  /** The JSON of the request, and the names and sizes of its files. */
  body: unknown;
  files: readonly { readonly name: string; readonly bytes: number }[];
  /** 0 until answered, and where the connection was dropped. */
  status: number;
}

/** Intents by bit: https://discord.com/developers/docs/events/gateway#gateway-intents */
export const intents = {
  Guilds: 1 << 0,
  GuildMembers: 1 << 1,
  GuildPresences: 1 << 8,
  GuildMessages: 1 << 9,
  GuildMessageReactions: 1 << 10,
  DirectMessages: 1 << 12,
  DirectMessageReactions: 1 << 13,
  MessageContent: 1 << 15,
} as const;

export interface GatewayEvent {
  readonly name: string;
  /** Sessions without this intent never hear of it; `null` goes to all. */
  readonly intent: keyof typeof intents | null;
  /** The bot must be able to view it; `null` where that does not matter. */
  readonly channel: FakeChannel | null;
  /** `seesContent` is false for a session without the intent for message content. */
  data(seesContent: boolean): Json;
}
