import { commands } from "../bots/commands/index.ts";
import { registerDiscord } from "../bots/discord/register.ts";
import { slackManifest } from "../bots/slack/manifest.ts";
import { checkSlack } from "../bots/slack/register.ts";
import type { CommandContext } from "../cli/context.ts";
import { describe, languages } from "../locales/words.ts";

export interface RegisterOptions {
  readonly guild?: string;
  readonly slackUrl?: string;
}

/** Registers what can be, and says the rest. */
export async function runRegister(
  { guild, slackUrl }: RegisterOptions,
  context: CommandContext,
): Promise<void> {
  const { terminal, config } = context;
  const { discord, slack } = config();
  if (discord.token) {
    const { commands: registered, inviteUrl } = await registerDiscord({
      token: discord.token,
      apiUrl: discord.apiUrl,
      ...(guild ? { guild } : {}),
      specs: commands,
      describe,
      locales: languages,
      log: () => {},
    });
    terminal.say(`Discord: registered ${registered.map((name) => `"${name}"`).join(", ")}.`);
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
  const manifest = slackManifest({ specs: commands, describe, socketMode, requestUrl: slackUrl ?? null });
  terminal.out(JSON.stringify(manifest, null, 2));
}
