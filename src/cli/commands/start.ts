import type { Command } from "commander";
import type { CommandContext } from "../context.ts";

/** `lrbot start`: the bot, on every chat platform whose tokens are set, until it is told to stop. */
export function addStart(program: Command, context: CommandContext): void {
  program
    .command("start")
    .summary("run the bot on every chat platform whose tokens are set, and its page")
    .description(
      "Runs the bot on every chat platform whose tokens are set, in the environment or in .env, and serves its page, whose " +
        "address it prints. The first SIGTERM or Ctrl-C " +
        "lets what runs finish and takes no new work; the second ends at once, and what ran runs again at the next start.",
    )
    .helpOption("-h, --help", "say this")
    .action(async () => {
      // Loaded for this command alone: the chats' libraries take memory and time that an edit has no use for.
      const { runBot } = await import("../../service/run-bot.ts");
      await runBot(context);
    });
}
