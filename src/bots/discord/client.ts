import { Client, type ClientOptions, GatewayIntentBits, Options, type RESTOptions } from "discord.js";
import type { DiscordShards } from "../../types.ts";

/** None of these is privileged: a message that mentions the bot carries its text and files without further rights. */
export const intents = [
  /** Channels, threads, roles: what the bot may do where. */
  GatewayIntentBits.Guilds,
  /** Mentions in servers. */
  GatewayIntentBits.GuildMessages,
  GatewayIntentBits.GuildMessageReactions,
  GatewayIntentBits.DirectMessages,
  GatewayIntentBits.DirectMessageReactions,
];

/** The client with small caches: what is needed to know its own permissions is kept, and nothing of people and messages. */
export function createClient(rest: Partial<RESTOptions>, shards: DiscordShards): Client {
  const client: Client = new Client({
    intents,
    ...shardOptionsOf(shards),
    rest,
    allowedMentions: { parse: [], repliedUser: false },
    waitGuildTimeout: 5000,
    makeCache: Options.cacheWithLimits({
      ApplicationCommandManager: 0,
      AutoModerationRuleManager: 0,
      BaseGuildEmojiManager: 0,
      EntitlementManager: 0,
      GuildBanManager: 0,
      GuildEmojiManager: 0,
      GuildInviteManager: 0,
      GuildMemberManager: { maxSize: 0, keepOverLimit: ({ id }) => id === client.user?.id },
      GuildScheduledEventManager: 0,
      GuildStickerManager: 0,
      MessageManager: 0,
      PresenceManager: 0,
      ReactionManager: 0,
      ReactionUserManager: 0,
      StageInstanceManager: 0,
      ThreadMemberManager: { maxSize: 0, keepOverLimit: ({ id }) => id === client.user?.id },
      UserManager: { maxSize: 0, keepOverLimit: ({ id }) => id === client.user?.id },
      VoiceStateManager: 0,
    }),
    sweepers: { ...Options.DefaultSweeperSettings, threads: { interval: 3600, lifetime: 3600 } },
  });
  return client;
}

/** Of `auto` discord.js asks Discord, at each start. */
function shardOptionsOf(shards: DiscordShards): Pick<ClientOptions, "shards" | "shardCount"> {
  if (shards === "auto") return { shards };
  const { first, last, count } = shards;
  return { shards: Array.from({ length: last - first + 1 }, (_, index) => first + index), shardCount: count };
}
