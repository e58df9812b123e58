import { type Client, Events, GatewayDispatchEvents } from "discord.js";
import type { DiscordShards } from "../../types.ts";

/**
 * True of the process that serves the first shard. Discord tells that one alone of direct conversations, and it alone
 * registers the commands.
 */
export function servesFirst(shards: DiscordShards): boolean {
  return shards === "auto" || shards.first === 0;
}

/**
 * Follows which shards have told in which servers the bot is: each begins with the list of its own.
 * @returns true from the moment on when all of this process have
 */
export function followShards(client: Client): () => boolean {
  const told = new Set<number>();
  client.on(Events.Raw, ({ t }: { readonly t: unknown }, shard: number) => {
    if (t === GatewayDispatchEvents.Ready) told.add(shard);
  });
  return () => told.size > 0 && [...client.ws.shards.keys()].every((shard) => told.has(shard));
}
