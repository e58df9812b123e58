import { type CommandSpec, markCheckName, messageActionName } from "../commands/command-spec.ts";
import { markCheckCallback, shortcutCallback } from "./places.ts";

/** What the bot asks for, each with the reason; docs/slack.md says the same at length. */
export const neededScopes = {
  "app_mentions:read": "hears @bot",
  "channels:history":
    "finds its own messages again, the picture that a thread hangs on, and the last one, in public channels",
  "channels:read": "tells whether it is in a public channel before it takes work",
  "chat:write": "posts and edits its messages",
  commands: "/edit, /lrbot and the message shortcut",
  "files:read": "fetches the pictures that it is handed",
  "files:write": "uploads results, and deletes them again",
  "groups:history": "as channels:history, in private channels that it was invited to",
  "groups:read": "as channels:read, in private channels",
  "im:history": "hears what is said to it in direct messages, and finds its own messages there",
  "im:read": "tells its own direct messages from other people's",
  "im:write": "opens a direct message for private results",
  "reactions:read": "hears 1️⃣ to 8️⃣ and 🔲 under its results",
  "reactions:write": "puts them there",
  "usergroups:read": "tells who is in a user group that an admin gave limits of its own or commands",
  "users:read": "reads the language of members, whether they are admins, and avatars that are asked for",
} as const;

export type Scope = keyof typeof neededScopes;

/** Events that Slack tells the bot of. */
const events = [
  "app_home_opened",
  "app_mention",
  "app_uninstalled",
  "message.im",
  "reaction_added",
  "reaction_removed",
  "tokens_revoked",
] as const;

export interface ManifestOptions {
  readonly specs: readonly CommandSpec[];
  /** The text of `command.NAME` or `action.edit`, in the standard language where the locale is `null`. */
  readonly describe: (key: string, locale: string | null) => string;
  /** Over HTTP where false. */
  readonly socketMode: boolean;
  /** Where Slack reaches the bot over HTTP, with the path `/slack/events`; to be filled in by hand where `null`. */
  readonly requestUrl: string | null;
}

const placeholderUrl = "https://your-host.example/slack/events";

/** As JSON, what https://api.slack.com/apps takes under "From a manifest". https://docs.slack.dev/reference/app-manifest */
export function slackManifest({ specs, describe, socketMode, requestUrl }: ManifestOptions) {
  const url = requestUrl ?? placeholderUrl;
  const address = socketMode ? {} : { request_url: url };
  const commandAddress = socketMode ? {} : { url };
  const text = (key: string, maxLength: number) => describe(key, null).slice(0, maxLength);
  const own = specs
    .filter(({ name, isForAdmins }) => name !== "edit" && !isForAdmins)
    .map(({ name }) => name);
  return {
    display_information: {
      name: "lrbot",
      description: text("command.edit", 140),
      background_color: "#2f4f3a",
    },
    features: {
      app_home: {
        home_tab_enabled: true,
        messages_tab_enabled: true,
        messages_tab_read_only_enabled: false,
      },
      bot_user: { display_name: "lrbot", always_online: true },
      shortcuts: [
        {
          name: messageActionName,
          type: "message" as const,
          callback_id: shortcutCallback,
          description: text("command.edit", 150),
        },
        {
          name: markCheckName,
          type: "message" as const,
          callback_id: markCheckCallback,
          description: text("action.marks", 150),
        },
      ],
      slash_commands: [
        {
          command: "/edit",
          description: text("command.edit", 140),
          usage_hint: '"a big tree with many flowers"',
          should_escape: false,
          ...commandAddress,
        },
        {
          command: "/lrbot",
          description: text("command.help", 140),
          usage_hint: [...own, "admin"].join(" | "),
          // Members, groups and channels come as ids.
          should_escape: true,
          ...commandAddress,
        },
      ],
    },
    oauth_config: { scopes: { bot: Object.keys(neededScopes) as Scope[] } },
    settings: {
      event_subscriptions: { ...address, bot_events: [...events] },
      interactivity: { is_enabled: true, ...address },
      org_deploy_enabled: false,
      socket_mode_enabled: socketMode,
      token_rotation_enabled: false,
    },
  };
}
