import type { ChatEvent, ChatPlatform } from "./chat.ts";
import type { Command } from "./commands/define-command.ts";
import { type BotServices, type Context, type MisreadEvent, say } from "./context.ts";
import { answerButton } from "./events/button.ts";
import { answerModal } from "./events/edit-modal.ts";
import { answerMention } from "./events/mention.ts";
import { answerMessageAction } from "./events/message-action.ts";
import { answerReaction } from "./events/reaction.ts";
import { misreadText } from "./messages/misread.ts";
import { tellFailure } from "./tell-failure.ts";

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
  await say(event.respond, misreadText(event, words));
}
