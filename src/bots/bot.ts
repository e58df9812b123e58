import { EditError } from "../errors.ts";
import { linesOf, type RichText } from "../locales/rich-text.ts";
import type { ChatEvent, ChatPlatform } from "./chat.ts";
import type { Command } from "./commands/define-command.ts";
import {
  type AnsweredEvent,
  type BotServices,
  type Context,
  type HomeEvent,
  type MisreadEvent,
  type ReactionEvent,
  say,
} from "./context.ts";
import { answerButton } from "./events/button.ts";
import { answerDrawnBox } from "./events/drawn-box.ts";
import { answerMarkCheck } from "./events/mark-check.ts";
import { answerMention } from "./events/mention.ts";
import { answerMessageAction } from "./events/message-action.ts";
import { answerModal } from "./events/modal.ts";
import { answerReaction } from "./events/reaction.ts";
import { misreadText } from "./messages/misread.ts";
import type { PublicAnswers } from "./public-answers.ts";
import { failureOf, tellFailure } from "./tell-failure.ts";

/** Answers what members do, on every platform alike. */
export interface Bot {
  /** Never rejects: a failure is told to the member, and logged where it is ours. */
  handle(event: ChatEvent, platform: ChatPlatform): Promise<void>;
}

/** What the bot is made of: what answers work with, and the commands themselves. */
export interface BotParts extends BotServices {
  readonly commands: readonly Command[];
  readonly publicAnswers: PublicAnswers;
}

/** Reads what happened, and hands it to whoever answers it. */
export function createBot(services: BotParts): Bot {
  const commands = new Map(services.commands.map((command) => [command.name, command]));
  return {
    async handle(event, platform) {
      if (event.kind === "reaction") return reactTo(event, services);
      if (event.kind === "home") return showHome(event, platform, services);
      const words = services.wordsIn(event.member.locale);
      const notices: RichText[] = [];
      const heard = heardAs(event, services, notices);
      const context: Context = { event: heard, platform, words, services };
      try {
        if (!(await mayAnswer(event, services))) return;
        await answer(context, commands);
      } catch (error) {
        await tellFailure(context, error);
      }
      if (event.kind === "button" && event.isInHome) await services.homes.show(event, linesOf(...notices));
    },
  };
}

/** False of a reply among people that is refused: it is not told so. @throws EditError, Refusal as the gate does */
async function mayAnswer(event: AnsweredEvent, { gate }: BotServices): Promise<boolean> {
  const isAmongPeople = event.kind === "mention" && !event.isNamed && !event.place.isDirect;
  if (!isAmongPeople) {
    await gate.check(event);
    return true;
  }
  return gate.check(event).then(
    () => true,
    (error) => {
      if (error instanceof EditError && error.code !== "internal") return false;
      throw error;
    },
  );
}

/** With answers as they are given where the event happened: on a member's home they stand on it. */
function heardAs(event: AnsweredEvent, { publicAnswers }: BotParts, notices: RichText[]): AnsweredEvent {
  if (event.kind === "mention") return publicAnswers.limited(event);
  if (event.kind !== "button" || !event.isInHome) return event;
  const { respond } = event;
  return {
    ...event,
    respond: {
      get isAlive() {
        return respond.isAlive;
      },
      acknowledge: () => respond.acknowledgeSilently(),
      acknowledgeSilently: () => respond.acknowledgeSilently(),
      openModal: (modal) => respond.openModal(modal),
      refuseFields: (texts) => respond.refuseFields(texts),
      async say(message, options) {
        if (message.pictures.length > 0 || message.buttons.length > 0) await respond.say(message, options);
        else notices.push(message.text);
      },
    },
  };
}

/** Whoever is refused everything is told why, and shown nothing else. */
async function showHome(event: HomeEvent, platform: ChatPlatform, services: BotServices): Promise<void> {
  try {
    await services.gate.check(event);
    await services.homes.show(event);
  } catch (error) {
    const words = services.wordsIn(event.member.locale);
    await services.homes.showText(event, failureOf({ event, platform, words, services }, error));
  }
}

/** A reaction is never answered: one that is refused does nothing. */
async function reactTo(event: ReactionEvent, services: BotServices): Promise<void> {
  try {
    await services.gate.check(event);
    await answerReaction(event, services);
  } catch (error) {
    const isRefused = error instanceof EditError && error.code !== "internal";
    services.log(isRefused ? "debug" : "error", "reaction", { error });
  }
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
    case "mark-check":
      return answerMarkCheck({ ...context, event });
    case "modal":
      return answerModal({ ...context, event });
    case "button":
      return answerButton({ ...context, event });
    case "box":
      return answerDrawnBox({ ...context, event });
    case "mention":
      return answerMention({ ...context, event });
  }
}

async function answerMisread({ event, words }: Context<MisreadEvent>): Promise<void> {
  await say(event.respond, misreadText(event, words));
}
