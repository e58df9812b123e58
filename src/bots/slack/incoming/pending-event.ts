import type { ChatEvent, Member, Responder } from "../../chat.ts";
import type { Named } from "../people/members.ts";
import type { Pictures } from "./pictures.ts";
import type { Message } from "./replies.ts";
import type { Interaction } from "./responder.ts";

/** Something that a member did, before anybody was asked who they are. */
export interface PendingEvent {
  /** Slack's own id of it: the same when it is sent again. */
  readonly id: string;
  readonly user: Named;
  /** How long Slack is waited for to say who the member is, in milliseconds; `null` where that does not matter. */
  readonly memberTimeout: number | null;
  read(context: EventContext): Promise<ChatEvent>;
}

/** What is known by the time that an event is handed over. */
export interface EventContext {
  readonly member: Member;
  readonly receivedAt: number;
  /** The bot's workspace. */
  readonly team: string;
  /** The bot. */
  readonly me: string;
  readonly pictures: Pictures;
  readonly respond: (interaction: Interaction) => Responder;
  readonly reply: (message: Message) => Responder;
  readonly signal: AbortSignal;
}

/** For `memberTimeout`. A modal may be opened within 3 seconds, so that where one may have to open less is left. */
export const memberTimeouts = { beforeModal: 1500, otherwise: 8000 } as const;

/** The last 20 characters that a message's key may have. */
export function keyOf(id: string): string {
  return id.replace(/[^A-Za-z0-9]/g, "").slice(-20);
}
