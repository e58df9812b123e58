import { randomUUID } from "node:crypto";
import { EditError } from "../errors.ts";
import { linesOf, type RichText } from "../locales/rich-text.ts";
import type { Words } from "../locales/words.ts";
import { ChatError, type ChatEvent, type ChatPlatform } from "./chat.ts";
import { adminAudit } from "./commands/admin/audit.ts";
import { adminBlock, adminChannels, adminLimits, adminUnblock, adminWords } from "./commands/admin/limits.ts";
import {
  adminCancel,
  adminDrain,
  adminMove,
  adminPause,
  adminQueue,
  adminResume,
} from "./commands/admin/queue.ts";
import { adminSafety } from "./commands/admin/safety.ts";
import { forgetCommand, helpCommand, queueCommand } from "./commands/queue.ts";
import {
  type AnsweredEvent,
  type BotServices,
  type CommandEvent,
  type Context,
  type Handler,
  type MisreadEvent,
  type ModalEvent,
  requireAdmin,
  say,
  typed,
} from "./context.ts";
import { pressButton } from "./events/button.ts";
import { againModal, editCommand, editMessage, editModal, mention } from "./events/edit-modal.ts";
import { react } from "./events/reaction.ts";
import { Refusal } from "./intake/admission.ts";
import { failureText } from "./messages/failure.ts";

/** Answers what members do, on every platform alike. */
export interface Bot {
  /** Never rejects: a failure is told to the member, and logged where it is ours. */
  handle(event: ChatEvent, platform: ChatPlatform): Promise<void>;
}

const commands: Readonly<Record<string, Handler<CommandEvent>>> = {
  edit: editCommand,
  queue: queueCommand,
  help: helpCommand,
  forget: forgetCommand,
  "admin queue": admin(adminQueue),
  "admin pause": admin(adminPause),
  "admin resume": admin(adminResume),
  "admin cancel": admin(adminCancel),
  "admin move": admin(adminMove),
  "admin drain": admin(adminDrain),
  "admin limits": admin(adminLimits),
  "admin block": admin(adminBlock),
  "admin unblock": admin(adminUnblock),
  "admin channels": admin(adminChannels),
  "admin words": admin(adminWords),
  "admin safety": admin(adminSafety),
  "admin audit": admin(adminAudit),
};

export function createBot(services: BotServices): Bot {
  return {
    async handle(event, platform) {
      if (event.kind === "reaction") {
        await react(event, services).catch((error) => services.log("error", "reaction", { error }));
        return;
      }
      const words = services.wordsIn(event.member.locale);
      const context: Context = { event, platform, words, services };
      try {
        await answer(context);
      } catch (error) {
        await tellFailure(context, error);
      }
    },
  };
}

function answer(context: Context): Promise<void> {
  const { event } = context;
  switch (event.kind) {
    case "command": {
      const command = commands[event.name] ?? helpCommand;
      return command({ ...context, event });
    }
    case "misread":
      return misread({ ...context, event });
    case "message-action":
      return editMessage({ ...context, event });
    case "modal":
      return submitModal({ ...context, event });
    case "button":
      return pressButton({ ...context, event });
    case "mention":
      return mention({ ...context, event });
  }
}

/** What was wrong with a command that was typed, and how it is typed. */
function misread({ event, words }: Context<MisreadEvent>): Promise<void> {
  const usages = event.usages.map((usage): RichText => [{ code: usage }]);
  return say(event.respond, linesOf(words.say("error.misread", { got: event.got ?? "none" }), ...usages));
}

function submitModal(context: Context<ModalEvent>): Promise<void> {
  const { action, subject, argument } = context.services.references.read(context.event.modal);
  if (action === "new") return editModal(context, subject);
  if (action === "again") return againModal(context, subject, argument);
  throw new Refusal("reference-invalid", "Expected a modal of this bot, got a button's id.");
}

/** Rights are checked here as well, whatever the platform let through. */
function admin(handler: Handler<CommandEvent>): Handler<CommandEvent> {
  return async (context) => {
    await context.event.respond.acknowledge();
    requireAdmin(context);
    await handler(context);
  };
}

/** Tells the member what went wrong and what to do next, in their language. */
async function tellFailure(context: Context<AnsweredEvent>, error: unknown): Promise<void> {
  const { event, services } = context;
  try {
    const text = failureOf(context, error);
    // Does nothing where it was acknowledged before.
    await event.respond.acknowledge();
    await say(event.respond, text);
  } catch (unsaid) {
    services.log("info", "an answer could not be given", { event: event.id, error: unsaid });
  }
}

function failureOf({ event, platform, services, words }: Context, error: unknown): RichText {
  if (error instanceof ChatError && error.failure === "missing-permission") {
    const missing = error.missing.length > 0 ? error.missing : (["post"] as const);
    if (missing.every((each) => each === "join")) return words.say("answer.permission.join");
    const permissions = missing.flatMap((each, index) => [
      ...(index === 0 ? [] : [", "]),
      ...words.say(`permission.${each}`),
    ]);
    return words.say("answer.permission", { permissions });
  }
  if (error instanceof ChatError && (error.isPassing || error.failure === "expired")) {
    services.log("info", "the chat did not take an answer", { event: event.id, error });
    return words.say("error.chat");
  }
  if (error instanceof Refusal || (error instanceof EditError && error.code !== "internal")) {
    services.log("debug", "refused", { event: event.id, code: error.code, message: error.message });
    if (error instanceof Refusal && error.details.isOwners) return words.say("answer.not-yours");
    if (error instanceof Refusal && error.details.isLanes) return words.say("admin.operators");
    if (error instanceof Refusal && error.details.isSeed) return words.say("error.seed");
    const channels = error instanceof Refusal ? error.details.channels : undefined;
    if (Array.isArray(channels) && channels.length > 0) {
      return words.say("error.channel-refused.try", { channels: channelList(channels) });
    }
    return failureText({ code: error.code, message: error.message, reference: null }, words, {
      edit: { code: typed(platform, "edit") },
      help: { code: typed(platform, "help") },
      megabytes: services.maxUploadBytes / 1e6,
      ...(error instanceof Refusal ? numbersOf(error.details) : {}),
      again: againText(error, words),
    });
  }
  const reference = randomUUID().slice(0, 8);
  services.log("error", `reference ${reference}`, { event: event.id, error });
  return failureText({ code: "internal", message: "", reference }, words);
}

function channelList(channels: readonly string[]): RichText {
  return channels.flatMap((channel, index) => (index === 0 ? [{ channel }] : [", ", { channel }]));
}

/** When somebody who reached a limit may ask again, or `none` as the catalogues' `select` has it. */
function againText(error: EditError, words: Words): string {
  const seconds = error instanceof Refusal ? error.details.againSeconds : undefined;
  return typeof seconds === "number" ? words.plain("time.about", { time: words.duration(seconds) }) : "none";
}

function numbersOf(details: Refusal["details"]): Record<string, number> {
  const numbers = Object.entries(details).filter(
    (entry): entry is [string, number] => typeof entry[1] === "number",
  );
  return Object.fromEntries(numbers);
}
