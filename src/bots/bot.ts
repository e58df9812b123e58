import { randomUUID } from "node:crypto";
import { EditError } from "../errors.ts";
import type { RichText } from "../locales/rich-text.ts";
import { ChatError, type ChatEvent, type ChatPlatform } from "./chat.ts";
import type { Command } from "./commands/define-command.ts";
import { type AnsweredEvent, type BotServices, type Context, type MisreadEvent, say } from "./context.ts";
import { answerButton } from "./events/button.ts";
import { answerModal } from "./events/edit-modal.ts";
import { answerMention } from "./events/mention.ts";
import { answerMessageAction } from "./events/message-action.ts";
import { answerReaction } from "./events/reaction.ts";
import { failureOfCode, failureText, permissionText } from "./messages/failure.ts";
import { misreadText } from "./messages/misread.ts";
import { Refusal } from "./refusal.ts";

/** Answers what members do, on every platform alike. */
export interface Bot {
  /** Never rejects: a failure is told to the member, and logged where it is ours. */
  handle(event: ChatEvent, platform: ChatPlatform): Promise<void>;
}

/** What the bot is made of: what answers work with, and the commands themselves. */
export interface BotParts extends BotServices {
  readonly commands: readonly Command[];
}

/** Reads what happened, and hands it to whoever answers it. */
export function createBot(services: BotParts): Bot {
  const commands = new Map(services.commands.map((command) => [command.name, command]));
  return {
    async handle(event, platform) {
      if (event.kind === "reaction") {
        await answerReaction(event, services).catch((error) => services.log("error", "reaction", { error }));
        return;
      }
      const words = services.wordsIn(event.member.locale);
      const context: Context = { event, platform, words, services };
      try {
        await answer(context, commands);
      } catch (error) {
        await tellFailure(context, error);
      }
    },
  };
}

async function answer(context: Context, commands: ReadonlyMap<string, Command>): Promise<void> {
  const { event } = context;
  switch (event.kind) {
    case "command":
      // What a platform still lists of an older version is answered with what there is now.
      return (commands.get(event.name) ?? commands.get("help"))?.run({ ...context, event });
    case "misread":
      return answerMisread({ ...context, event });
    case "message-action":
      return answerMessageAction({ ...context, event });
    case "modal":
      return answerModal({ ...context, event });
    case "button":
      return answerButton({ ...context, event });
    case "mention":
      return answerMention({ ...context, event });
  }
}

async function answerMisread({ event, words }: Context<MisreadEvent>): Promise<void> {
  await say(event.respond, misreadText(event.got, event.usages, words));
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
    return permissionText(error.missing, words);
  }
  if (error instanceof ChatError && (error.isPassing || error.failure === "expired")) {
    services.log("info", "the chat did not take an answer", { event: event.id, error });
    return words.say("error.chat");
  }
  const { capabilities } = platform;
  if (error instanceof EditError && error.code !== "internal") {
    services.log("debug", "refused", { event: event.id, code: error.code, message: error.message });
    const failure = error instanceof Refusal ? error.reason : failureOfCode(error.code, null);
    return failureText(failure, words, capabilities);
  }
  const reference = randomUUID().slice(0, 8);
  services.log("error", `reference ${reference}`, { event: event.id, error });
  return failureText({ code: "internal", reference }, words, capabilities);
}
