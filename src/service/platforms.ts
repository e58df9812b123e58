import type { AdapterServices, ChatPlatform } from "../bots/chat.ts";
import { commandsFor } from "../bots/commands/index.ts";
import { slackManifest } from "../bots/slack/manifest.ts";
import type { WebParts } from "../bots/web/web.ts";
import type { Terminal } from "../cli/terminal.ts";
import type { Config } from "../config.ts";
import { describe, languages } from "../locales/words.ts";
import { offerOf } from "./offer.ts";
import { webMaker } from "./web.ts";

// The adapters are loaded where a platform's tokens are set: each brings a library that takes a quarter of a second to read.

/** Makes an adapter; the parts are for the page, which has no server elsewhere. */
export type PlatformMaker = (services: AdapterServices, parts: WebParts) => ChatPlatform;

/** What starting and registering have to know of a platform. */
export interface PlatformEntry {
  /** Which tokens it takes and where they come from, for whoever has set none. */
  readonly guide: string;
  /** Loads what makes the adapter; `null` where the platform's tokens are not set. */
  makerFrom(config: Config, terminal: Terminal): Promise<PlatformMaker | null>;
  /** Tells the platform what it has to be told once, and the admin what is left to do. */
  register(config: Config, options: RegisterOptions, terminal: Terminal): Promise<void>;
}

/** Of `lrbot register`. */
export interface RegisterOptions {
  /** Registers in this Discord server alone. */
  readonly guild?: string;
  /** Where Slack reaches the bot over HTTP. */
  readonly slackUrl?: string;
}

const discord: PlatformEntry = {
  guide: `  Discord  DISCORD_TOKEN                          https://discord.com/developers/applications, page Bot`,
  async makerFrom({ discord: { token, apiUrl, cdnHosts, shards, userInstalls }, ...config }) {
    if (!token) return null;
    const { createDiscord } = await import("../bots/discord/discord.ts");
    return (services) =>
      createDiscord({
        ...{ token, apiUrl, cdnHosts, shards, services },
        ...{ specs: commandsFor(offerOf(config)), describe, locales: languages },
        forUsers: userInstalls !== null,
      });
  },
  async register({ discord: { token, apiUrl, userInstalls }, ...config }, { guild }, terminal) {
    if (!token) {
      terminal.say(
        "Discord: DISCORD_TOKEN is not set, so nothing was registered. docs/discord.md says how to get one.",
      );
      return;
    }
    const { registerDiscord } = await import("../bots/discord/register.ts");
    const registration = await registerDiscord({
      ...{ token, apiUrl, specs: commandsFor(offerOf(config)), describe, locales: languages },
      ...(guild ? { guild } : {}),
      forUsers: userInstalls !== null,
      log: () => {},
    });
    const { commands: registered, inviteUrl, userInstallUrl, lacksUserInstall } = registration;
    terminal.say(`Discord: registered ${registered.map((name) => `"${name}"`).join(", ")}.`);
    terminal.say(`Discord: add the bot to a server with ${inviteUrl}`);
    if (userInstallUrl) terminal.say(`Discord: people add it to their own account with ${userInstallUrl}`);
    if (lacksUserInstall) {
      terminal.say(
        "Discord: the app does not let people add it to their account yet: https://discord.com/developers/applications, page Installation, tick User Install.",
      );
    }
  },
};

const slack: PlatformEntry = {
  guide: `  Slack    SLACK_BOT_TOKEN and SLACK_APP_TOKEN    https://api.slack.com/apps, Socket Mode
           or SLACK_SIGNING_SECRET in place of the app token, for HTTP`,
  async makerFrom({
    slack: { botToken, appToken, signingSecret, apiUrl, fileHosts, host, port },
    ...config
  }) {
    if (!botToken) return null;
    const { createSlack } = await import("../bots/slack/slack.ts");
    return (services) =>
      createSlack({
        ...{ botToken, appToken, signingSecret, apiUrl, fileHosts, host, port, services },
        specs: commandsFor(offerOf(config)),
      });
  },
  async register({ slack: { botToken, signingSecret, apiUrl }, ...config }, { slackUrl }, terminal) {
    if (botToken) {
      const { checkSlack } = await import("../bots/slack/register.ts");
      const { workspace, bot, missingScopes } = await checkSlack({ botToken, apiUrl });
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
    const socketMode = slackUrl === undefined && !signingSecret;
    const manifest = slackManifest({
      ...{ specs: commandsFor(offerOf(config)), describe, socketMode },
      requestUrl: slackUrl ?? null,
    });
    terminal.out(JSON.stringify(manifest, null, 2));
  },
};

const web: PlatformEntry = {
  guide: "  a page   LRBOT_WEB=on                           served by this machine, without an account",
  makerFrom: async ({ web: settings, ...config }, terminal) =>
    settings ? webMaker(settings, commandsFor(offerOf(config)), terminal) : null,
  // There is nobody to tell.
  async register() {},
};

/** Every platform that there is an adapter for. */
export const platforms: readonly PlatformEntry[] = [discord, slack, web];
