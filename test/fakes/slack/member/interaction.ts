import type { Delivery, Outcome } from "../delivery/delivery.ts";
import type { ResponseUrl } from "../http/response-urls.ts";
import type { FakeMessage, FakeView, Json } from "../types.ts";
import { until } from "../until.ts";

/** What came of a command, a shortcut or a pressed button. The lists go on filling after the acknowledgement. */
export interface Interaction {
  /** Milliseconds until the acknowledgement, `Infinity` where none came in time. */
  readonly ackMilliseconds: number;
  /** How the delivery ended; anything but `acknowledged` is an error that the member sees. */
  readonly outcome: Outcome["kind"];
  readonly ackBody: unknown;
  /** Messages by acknowledgement and by response URL. */
  readonly replies: readonly FakeMessage[];
  /** Modals that its trigger opened. */
  readonly views: readonly FakeView[];
  readonly triggerId: string;
  readonly responseUrl: string | null;
  /** The first modal, waited for. */
  view(timeout?: number): Promise<FakeView>;
  /** The first reply, waited for. */
  reply(timeout?: number): Promise<FakeMessage>;
}

export interface InteractionParts {
  readonly delivery: Delivery;
  readonly type: "slash_commands" | "interactive";
  readonly payload: Json;
  readonly trigger: { readonly id: string; readonly opened: readonly FakeView[] };
  readonly url: ResponseUrl | null;
  /** What the acknowledgement's body brings about. */
  readonly onAck: (body: unknown) => void;
}

/** Sends an interaction and waits for its acknowledgement, or for the end of the time for it. */
export async function interact(parts: InteractionParts): Promise<Interaction> {
  const { outcome, milliseconds } = await parts.delivery.interaction(parts.type, parts.payload);
  const ackBody = outcome.kind === "acknowledged" ? outcome.body : undefined;
  if (outcome.kind === "acknowledged") parts.onAck(outcome.body);
  const replies = parts.url?.replies ?? [];
  const views = parts.trigger.opened;
  return {
    ackMilliseconds: milliseconds,
    outcome: outcome.kind,
    ackBody,
    replies,
    views,
    triggerId: parts.trigger.id,
    responseUrl: parts.url?.url ?? null,
    view: (timeout) => until(() => views[0], { timeout, what: "a modal" }),
    reply: (timeout) => until(() => replies[0], { timeout, what: "a reply" }),
  };
}
