import { ChatError, type ChatPlatform } from "../../chat.ts";
import { createCache } from "../cache.ts";
import type { SlackClient } from "../client.ts";
import { attempt } from "../failures.ts";
import { placeIn } from "../places.ts";

const keptMilliseconds = 10 * 60_000;

export interface DirectPlacesParts {
  readonly client: SlackClient;
  /** The bot's workspace. */
  readonly team: () => Promise<string>;
  /** Monotonic. */
  readonly now: () => number;
}

/** The direct conversations of the bot, asked of Slack now and then. */
export function createDirectPlaces({ client, team, now }: DirectPlacesParts): ChatPlatform["directPlace"] {
  const channels = createCache<string>({ size: 5000, milliseconds: keptMilliseconds, now });
  return async (member, { signal }) => {
    const workspace = await team();
    const known = channels.get(member);
    if (known) return placeIn(workspace, known, null);
    const aim = { to: "open a direct conversation", signal, needs: ["post"] } as const;
    try {
      const { channel } = await attempt(aim, () => client.conversations.open({ users: member }));
      if (!channel?.id) throw new ChatError("direct-refused", "Expected a direct conversation, got none.");
      channels.put(member, channel.id);
      return placeIn(workspace, channel.id, null);
    } catch (error) {
      // Slack has many words for somebody who cannot be written to.
      if (!(error instanceof ChatError) || error.isPassing || error.failure === "missing-permission")
        throw error;
      throw new ChatError("direct-refused", error.message, { cause: error.cause });
    }
  };
}
