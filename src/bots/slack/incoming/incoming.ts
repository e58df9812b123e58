import { setImmediate as turn } from "node:timers/promises";
import type { App } from "@slack/bolt";
import type { z } from "zod";
import type { AdapterLog, AdapterServices, ChatEvent } from "../../chat.ts";
import type { CommandSpec } from "../../commands/command-spec.ts";
import type { Redact } from "../client.ts";
import { buttonPrefix } from "../outgoing/message-body.ts";
import type { Identities } from "../people/identity.ts";
import type { Members } from "../people/members.ts";
import { shortcutCallback } from "../places.ts";
import { pendingCommand, pendingPress, pendingShortcut, pendingSubmission } from "./interactions.ts";
import { pendingMessage, pendingReaction } from "./mentions.ts";
import { modalCallback } from "./modal.ts";
import {
  commandSchema,
  messageEventSchema,
  pressSchema,
  reactionEventSchema,
  shortcutSchema,
  submissionSchema,
} from "./payloads.ts";
import type { PendingEvent } from "./pending-event.ts";
import type { Pictures } from "./pictures.ts";
import { createReplies, createResponder, type ResponderParts } from "./responder.ts";

export interface IncomingParts extends ResponderParts {
  readonly identities: Identities;
  readonly members: Members;
  readonly pictures: Pictures;
  readonly services: Pick<AdapterServices, "isNew" | "onAcknowledged">;
  readonly specs: readonly CommandSpec[];
  readonly log: AdapterLog;
  readonly redact: Redact;
}

export interface Incoming {
  listen(app: App, handle: (event: ChatEvent) => Promise<void>): void;
  /** Takes no more events, and resolves when all that were taken are handled. */
  stop(): Promise<void>;
}

const readMilliseconds = 20_000;

/** Hands over what members do. Everything is acknowledged first, and nothing waits for the handler. */
export function createIncoming(parts: IncomingParts): Incoming {
  const { identities, members, services, log, redact } = parts;
  const handling = new Set<Promise<void>>();
  let isStopped = false;

  function take<T>(
    schema: z.ZodType<T>,
    body: unknown,
    handle: (event: ChatEvent) => Promise<void>,
    pendingOf: (data: T) => PendingEvent | null,
  ): void {
    const receivedAt = Date.now();
    const parsed = schema.safeParse(body);
    if (!parsed.success) {
      const where = parsed.error.issues.map(({ path }) => path.join("."));
      log("warn", "an event of Slack could not be read", { where });
      return;
    }
    const pending = pendingOf(parsed.data);
    if (!pending || isStopped) return;
    const handled = handOver(pending, receivedAt, handle).finally(() => handling.delete(handled));
    handling.add(handled);
  }

  async function handOver(
    pending: PendingEvent,
    receivedAt: number,
    handle: (event: ChatEvent) => Promise<void>,
  ): Promise<void> {
    try {
      // Whatever came at the same time is acknowledged first.
      await turn();
      if (!(await services.isNew(pending.id))) return;
      const { patience, user } = pending;
      const member = patience === null ? members.known(user) : await members.get(user, patience);
      const { team, user: me } = await identities.get();
      const event = await pending.read({
        member,
        receivedAt,
        team,
        me,
        pictures: parts.pictures,
        respond: (asked) => createResponder(asked, parts),
        reply: (asked) => createReplies(asked, parts),
        signal: AbortSignal.any([parts.signal, AbortSignal.timeout(readMilliseconds)]),
      });
      await handle(event);
    } catch (error) {
      const text = redact(error instanceof Error ? error.message : String(error));
      log("error", "an event of Slack could not be handled", { id: pending.id, error: text });
    }
  }

  return {
    listen(app, handle) {
      const acknowledged = async (ack: () => Promise<void>) => {
        const arrivedAt = performance.now();
        await ack();
        services.onAcknowledged(performance.now() - arrivedAt);
      };
      app.command(/^\//, async ({ ack, body }) => {
        await acknowledged(ack);
        take(commandSchema, body, handle, (data) => pendingCommand(data, parts.specs));
      });
      app.shortcut({ type: "message_action", callback_id: shortcutCallback }, async ({ ack, body }) => {
        await acknowledged(ack);
        take(shortcutSchema, body, handle, pendingShortcut);
      });
      app.action(new RegExp(`^${buttonPrefix}`), async ({ ack, body }) => {
        await acknowledged(ack);
        take(pressSchema, body, handle, pendingPress);
      });
      app.view(modalCallback, async ({ ack, body }) => {
        await acknowledged(ack);
        take(submissionSchema, body, handle, pendingSubmission);
      });
      // Events are acknowledged by bolt as they come.
      const me = () => identities.known?.user ?? null;
      const takeMessage = (body: unknown) =>
        take(messageEventSchema, body, handle, (data) => pendingMessage(data, me()));
      app.event("app_mention", async ({ body }) => takeMessage(body));
      app.event("message", async ({ body, event }) => {
        if (event.channel_type === "im") takeMessage(body);
      });
      for (const name of ["reaction_added", "reaction_removed"] as const) {
        app.event(name, async ({ body }) => {
          take(reactionEventSchema, body, handle, (data) => pendingReaction(data, me()));
        });
      }
      app.error(async (error) => {
        log("warn", "Slack's client failed on an event", { error: redact(error.message) });
      });
    },
    async stop() {
      isStopped = true;
      while (handling.size > 0) await Promise.allSettled(handling);
    },
  };
}
