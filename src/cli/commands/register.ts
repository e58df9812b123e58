import type { Command } from "commander";
import type { RegisterOptions } from "../../service/platforms.ts";
import type { CommandContext } from "../context.ts";

/** `lrbot register`: what a platform has to be told once, and the links that an admin needs. */
export function addRegister(program: Command, context: CommandContext): void {
  program
    .command("register")
    .summary("register the Discord commands; print the invite link and the Slack manifest")
    .description(
      "With DISCORD_TOKEN set, registers the commands and prints the link that adds the bot to a server. Prints the Slack " +
        "manifest that an app is made from; with SLACK_BOT_TOKEN set, says which scopes the app still lacks.",
    )
    .helpOption("-h, --help", "say this")
    .option("--guild <id>", "register in this Discord server alone, at once visible there")
    .option(
      "--slack-url <url>",
      "manifest for HTTP in place of Socket Mode: where Slack reaches /slack/events",
    )
    .addHelpText("after", "\nExample:\n  $ lrbot register > slack-manifest.json")
    .action(async (options: RegisterOptions) => {
      const { runRegister } = await import("../../service/run-register.ts");
      await runRegister(options, context);
    });
}
