import type { Command } from "commander";
import { commandSpecs } from "../bots/commands/specs.ts";
import { registerDiscord } from "../bots/discord/register.ts";
import { checkSlack } from "../bots/slack/check.ts";
import { slackManifest } from "../bots/slack/manifest.ts";
import { describe, languages } from "../locales/words.ts";
import type { CommandContext } from "./context.ts";

interface RegisterOptions {
  readonly guild?: string;
  readonly slackUrl?: string;
}

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
    .action((options: RegisterOptions) => runRegister(options, context));
}

async function runRegister({ guild, slackUrl }: RegisterOptions, context: CommandContext): Promise<void> {
  const { terminal, config } = context;
  const { discord, slack } = config();
  if (discord.token) {
    const { commands, inviteUrl } = await registerDiscord({
      token: discord.token,
      apiUrl: discord.apiUrl,
      ...(guild ? { guild } : {}),
      specs: commandSpecs,
      describe,
      locales: languages,
      log: () => {},
    });
    terminal.say(`Discord: registered ${commands.map((name) => `"${name}"`).join(", ")}.`);
    terminal.say(`Discord: add the bot to a server with ${inviteUrl}`);
  } else {
    terminal.say(
      "Discord: DISCORD_TOKEN is not set, so nothing was registered. docs/discord.md says how to get one.",
    );
  }
  if (slack.botToken) {
    const { workspace, bot, missingScopes } = await checkSlack({
      botToken: slack.botToken,
      apiUrl: slack.apiUrl,
    });
    const lacks =
      missingScopes === null ? "Slack does not say which scopes it has" : missingScopes.join(", ");
    terminal.say(
      `Slack: ${bot.name} in ${workspace.name}; ${lacks ? `missing scopes: ${lacks}` : "it has every scope that it needs"}.`,
    );
  } else {
    terminal.say(
      "Slack: make an app of the manifest below, at https://api.slack.com/apps, From a manifest. docs/slack.md goes on from there.",
    );
  }
  const socketMode = slackUrl === undefined && !slack.signingSecret;
  const manifest = slackManifest({ specs: commandSpecs, describe, socketMode, requestUrl: slackUrl ?? null });
  terminal.out(JSON.stringify(manifest, null, 2));
}
