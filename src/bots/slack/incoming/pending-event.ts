import type { ChatEvent, Member, Responder } from "../../chat.ts";
import type { Named } from "../people/members.ts";
import type { Pictures } from "./pictures.ts";
import type { Asked } from "./responder.ts";

/** Something that a member did, before anybody was asked who they are. */
export interface PendingEvent {
  /** Slack's own id of it: the same when it is sent again. */
  readonly id: string;
  readonly user: Named;
  /** Milliseconds to wait for who the member is; `null` where that does not matter. */
  readonly patience: number | null;
  read(known: Known): Promise<ChatEvent>;
}

/** What is known by the time that an event is handed over. */
export interface Known {
  readonly member: Member;
  readonly receivedAt: number;
  /** The bot's workspace. */
  readonly team: string;
  /** The bot. */
  readonly me: string;
  readonly pictures: Pictures;
  readonly respond: (asked: Asked) => Responder;
  readonly reply: (asked: Pick<Asked, "key" | "place">) => Responder;
  readonly signal: AbortSignal;
}

/** Milliseconds to wait for who a member is where a modal may have to open, which Slack allows for 3 seconds. */
export const hasty = 1500;
export const patient = 8000;

/** The last 20 characters that a message's key may have. */
export function keyOf(id: string): string {
  return id.replace(/[^A-Za-z0-9]/g, "").slice(-20);
}
