import { setTimeout as sleep } from "node:timers/promises";
import {
  type Client,
  DiscordjsError,
  DiscordjsErrorCodes,
  Events,
  GatewayCloseCodes,
  GatewayIntentBits,
  Status,
} from "discord.js";
import { EditError, throwIfCancelled } from "../../errors.ts";
import type { AdapterLog, StartOptions } from "../chat.ts";
import { untilAborted } from "../until-aborted.ts";
import { intents } from "./client.ts";
import { chatErrorOf } from "./failures.ts";

/**
 * Logs in, and resolves once events arrive. Where it fails the client is put away: discord.js cannot use it again.
 * @throws EditError `usage` where the token or the application's settings are wrong, `cancelled`; ChatError `unavailable`
 */
export async function connect(
  client: Client,
  token: string,
  { signal, onRefused }: StartOptions,
): Promise<void> {
  requireTokenForm(token);
  // The client puts the numbers of the shards in its place once it has asked.
  const isAuto = client.options.shards === "auto";
  let isReady = false;
  const ready = new Promise<void>((resolve, reject) => {
    client.once(Events.ClientReady, () => resolve());
    client.on(Events.ShardDisconnect, ({ code }) => {
      if (isReady) onRefused(refusalOf(code, isAuto));
      else reject(refusalOf(code, isAuto));
    });
  });
  ready.catch(() => {});
  try {
    await untilAborted(Promise.all([client.login(token), ready]), signal);
    isReady = true;
  } catch (error) {
    await disconnect(client);
    throwIfCancelled(signal);
    if (error instanceof EditError) throw error;
    if (error instanceof DiscordjsError && error.code === DiscordjsErrorCodes.TokenInvalid) {
      throw refusalOf(GatewayCloseCodes.AuthenticationFailed);
    }
    throw chatErrorOf(error, { to: "connect the bot" });
  }
}

/** Closes the connection for good; nothing is logged of it. Resolves within {@link longestClose}. */
export async function disconnect(client: Client): Promise<void> {
  client.removeAllListeners(Events.ShardReconnecting);
  // discord.js waits without end for the close of a connection that is in the middle of its handshake.
  await Promise.race([client.destroy(), sleep(longestClose, undefined, { ref: false })]);
}

/** Milliseconds. */
const longestClose = 3000;

export function isConnected(client: Client): boolean {
  const shards = [...client.ws.shards.values()];
  return client.isReady() && shards.length > 0 && shards.every(({ status }) => status === Status.Ready);
}

/** What happens to the connection; discord.js mends what can be mended. */
export function logConnection(client: Client, log: AdapterLog): void {
  const isAuto = client.options.shards === "auto";
  client.on(Events.Error, (error) => log("error", "Discord's client failed", { error: error.message }));
  client.on(Events.Warn, (text) => log("warn", "Discord's client warns", { text }));
  client.on(Events.ShardError, (error, shard) => {
    log("warn", "the connection to Discord failed", { shard, error: error.message });
  });
  client.on(Events.ShardReconnecting, (shard) => log("info", "reconnecting to Discord", { shard }));
  client.on(Events.ShardReady, (shard) => log("info", "connected to Discord", { shard }));
  client.on(Events.ShardResume, (shard, replayed) => {
    log("info", "connected to Discord again", { shard, replayed });
  });
  client.on(Events.ShardDisconnect, ({ code }, shard) => {
    log("error", "Discord closed the connection for good", { shard, error: refusalOf(code, isAuto).message });
  });
}

/** Why Discord closed the connection for good: https://discord.com/developers/docs/topics/opcodes-and-status-codes */
function refusalOf(code: number, isAuto = true): EditError {
  if (code === GatewayCloseCodes.AuthenticationFailed) return refusedToken();
  if (code === GatewayCloseCodes.DisallowedIntents || code === GatewayCloseCodes.InvalidIntents) {
    return new EditError(
      "usage",
      `Expected Discord to grant the intents ${intents.map((bit) => GatewayIntentBits[bit]).join(", ")}, got a refusal. None of them is privileged: see whether the application was restricted at https://discord.com/developers/applications.`,
    );
  }
  const name = GatewayCloseCodes[code] ?? "unknown";
  const isOfShards = code === GatewayCloseCodes.InvalidShard || code === GatewayCloseCodes.ShardingRequired;
  const next = isOfShards ? shardStep(isAuto) : "See whether there is a newer lrbot.";
  return new EditError(
    "usage",
    `Expected Discord to keep the connection, got close code ${code} (${name}). ${next}`,
  );
}

function shardStep(isAuto: boolean): string {
  return isAuto
    ? "Start lrbot again: it asks Discord for the number of shards at each start."
    : "Discord wants more shards: raise the number behind the slash in DISCORD_SHARDS, the same in all processes.";
}

/** Never says the token. */
export function refusedToken(): EditError {
  return new EditError(
    "usage",
    "Expected DISCORD_TOKEN to be the token of a Discord bot, got one that Discord refuses. Copy it anew: https://discord.com/developers/applications, your application, Bot, Reset Token.",
  );
}

/** Anything else would end up, with its value, in the complaint of whoever writes it into a header. */
export function requireTokenForm(token: string): void {
  if (!/^[\w.-]+$/.test(token)) throw refusedToken();
}
