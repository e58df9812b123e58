import type { App } from "@slack/bolt";
import type { ChatEvent } from "../../chat.ts";
import type { CommandSpec } from "../../commands/command-spec.ts";
import type { Abilities } from "../abilities.ts";
import { buttonPrefix } from "../outgoing/message-body.ts";
import { markCheckCallback, shortcutCallback } from "../places.ts";
import { createHandover, type Handover, type HandoverParts } from "./handover.ts";
import {
  pendingEventOfCommand,
  pendingEventOfHome,
  pendingEventOfPress,
  pendingEventOfShortcut,
  pendingEventOfSubmission,
} from "./interactions.ts";
import { pendingEventOfMessage, pendingEventOfReaction } from "./mentions.ts";
import { modalCallback } from "./modal.ts";
import {
  commandSchema,
  homeEventSchema,
  messageEventSchema,
  pressSchema,
  reactionEventSchema,
  shortcutSchema,
  submissionSchema,
} from "./payloads.ts";
import { createSubmission } from "./submission.ts";

export interface IncomingParts extends HandoverParts {
  readonly specs: readonly CommandSpec[];
  readonly abilities: Pick<Abilities, "learn">;
}

export interface Incoming {
  listen(app: App, handle: (event: ChatEvent) => Promise<void>): void;
  /** Takes no more events, and resolves when all that were taken are handled. */
  stop(): Promise<void>;
}

/**
 * Hands over what members do. Everything is acknowledged first and waits for nobody, but for modals: they stay open for a
 * moment, in case that what was filled in is refused.
 */
export function createIncoming(parts: IncomingParts): Incoming {
  let handover: Handover | null = null;
  return {
    listen(app, handle) {
      handover = createHandover(parts, handle);
      listenToInteractions(app, handover, parts);
      listenToEvents(app, handover, () => parts.identities.known?.user ?? null);
      app.error(async (error) => {
        parts.log("warn", "Slack's client failed on an event", { error: parts.redact(error.message) });
      });
    },
    async stop() {
      await handover?.stop();
    },
  };
}

/** What a member waits for: Slack shows a failure where it is not acknowledged within 3 seconds. */
function listenToInteractions(
  app: App,
  { take }: Handover,
  { specs, services, abilities, clock }: Pick<IncomingParts, "specs" | "services" | "abilities" | "clock">,
): void {
  const acknowledged = async (ack: () => Promise<void>, start = clock.monotonic()) => {
    await ack();
    services.onAcknowledged(clock.monotonic() - start);
  };
  app.command(/^\//, async ({ ack, body }) => {
    await acknowledged(ack);
    take(commandSchema, body, (data) => {
      abilities.learn(data.channel_id, data.channel_name ?? "");
      return pendingEventOfCommand(data, specs);
    });
  });
  for (const callback_id of [shortcutCallback, markCheckCallback]) {
    app.shortcut({ type: "message_action", callback_id }, async ({ ack, body }) => {
      await acknowledged(ack);
      take(shortcutSchema, body, (data) => {
        abilities.learn(data.channel.id, data.channel.name ?? "");
        return pendingEventOfShortcut(data);
      });
    });
  }
  app.action(new RegExp(`^${buttonPrefix}`), async ({ ack, body }) => {
    await acknowledged(ack);
    take(pressSchema, body, pendingEventOfPress);
  });
  app.view(modalCallback, async ({ ack, body }) => {
    const start = clock.monotonic();
    const submission = createSubmission((answer) => acknowledged(() => ack(answer), start));
    const isTaken = take(submissionSchema, body, (data) => pendingEventOfSubmission(data, submission));
    if (!isTaken) await submission.close();
  });
}

/** Messages and reactions, which bolt acknowledges as they come. `me` is the bot's id, once it is known. */
function listenToEvents(app: App, { take }: Handover, me: () => string | null): void {
  const takeMessage = (body: unknown) => {
    take(messageEventSchema, body, (data) => pendingEventOfMessage(data, me()));
  };
  app.event("app_mention", async ({ body }) => takeMessage(body));
  app.event("message", async ({ body, event }) => {
    if (event.channel_type === "im") takeMessage(body);
  });
  app.event("app_home_opened", async ({ body }) => {
    take(homeEventSchema, body, pendingEventOfHome);
  });
  for (const name of ["reaction_added", "reaction_removed"] as const) {
    app.event(name, async ({ body }) => {
      take(reactionEventSchema, body, (data) => pendingEventOfReaction(data, me()));
    });
  }
}
