import { setImmediate as turn } from "node:timers/promises";
import type { z } from "zod";
import type { Clocks } from "../../../clocks.ts";
import type { AdapterLog, AdapterServices, ChatEvent } from "../../chat.ts";
import { createEventHandling } from "../../event-handling.ts";
import type { Redact } from "../client.ts";
import type { Identities } from "../people/identity.ts";
import type { Members } from "../people/members.ts";
import type { PendingEvent } from "./pending-event.ts";
import type { Pictures } from "./pictures.ts";
import { createReplies } from "./replies.ts";
import { createResponder, type ResponderParts } from "./responder.ts";

export interface HandoverParts extends Omit<ResponderParts, "age"> {
  readonly identities: Identities;
  readonly members: Members;
  readonly pictures: Pictures;
  readonly services: Pick<AdapterServices, "isNew" | "onAcknowledged">;
  readonly log: AdapterLog;
  readonly redact: Redact;
  readonly clock: Clocks;
}

/** The way of a payload from Slack to the bot's handler. */
export interface Handover {
  /** Checks a payload, and hands over what the member did; false where it means nothing to the bot and is dropped. */
  take<T>(schema: z.ZodType<T>, payload: unknown, pendingEventOf: (data: T) => PendingEvent | null): boolean;
  /** Takes no more, and resolves when all that were taken are handled. */
  stop(): Promise<void>;
}

const readMilliseconds = 20_000;

/** Slack names members by their ids alone, so each event waits until it is known who did it. */
export function createHandover(parts: HandoverParts, handle: (event: ChatEvent) => Promise<void>): Handover {
  const { identities, members, services, log, redact, clock } = parts;
  const handling = createEventHandling();

  async function handOver(pending: PendingEvent, receivedAt: number, age: () => number): Promise<void> {
    try {
      // Whatever came at the same time is acknowledged first.
      await turn();
      if (!(await services.isNew(pending.id))) return;
      const { memberTimeout: timeout, user } = pending;
      const member = timeout === null ? members.known(user) : await members.get(user, timeout);
      const { team, user: me } = await identities.get();
      const event = await pending.read({
        member,
        receivedAt,
        team,
        me,
        pictures: parts.pictures,
        respond: (interaction) => createResponder(interaction, { ...parts, age }),
        reply: (message) => createReplies(message, parts),
        signal: AbortSignal.any([parts.signal, AbortSignal.timeout(readMilliseconds)]),
      });
      await handle(event);
    } catch (error) {
      const text = redact(error instanceof Error ? error.message : String(error));
      log("error", "an event of Slack could not be handled", { id: pending.id, error: text });
    }
  }

  return {
    take(schema, payload, pendingEventOf) {
      const receivedAt = clock.wall();
      const start = clock.monotonic();
      const parsed = schema.safeParse(payload);
      if (!parsed.success) {
        const where = parsed.error.issues.map(({ path }) => path.join("."));
        log("warn", "an event of Slack could not be read", { where });
        return false;
      }
      const pending = pendingEventOf(parsed.data);
      if (pending) handling.begin(() => handOver(pending, receivedAt, () => clock.monotonic() - start));
      return pending !== null;
    },
    stop: handling.stop,
  };
}
