import type { Client } from "discord.js";
import type { Clocks } from "../../clocks.ts";
import type { DiscordShards } from "../../types.ts";
import type { AdapterServices } from "../chat.ts";
import type { CommandSpec } from "../commands/command-spec.ts";
import { type Abilities, createAbilities } from "./abilities.ts";
import { createClient } from "./client.ts";
import { logConnection } from "./connection.ts";
import { createIncoming, type Incoming } from "./incoming/incoming.ts";
import { createOutgoing, type Outgoing } from "./outgoing/outgoing.ts";
import { followShards, servesFirst } from "./shards.ts";
import type { Transport } from "./transport.ts";

/** A client of discord.js, which can connect once, and what works with it. */
export interface Session {
  readonly client: Client;
  readonly abilities: Abilities;
  readonly outgoing: Outgoing;
  readonly incoming: Incoming;
  /** True once every shard has told in which servers the bot is. */
  readonly hasTold: () => boolean;
}

export interface SessionParts {
  readonly transport: Transport;
  readonly shards: DiscordShards;
  readonly services: AdapterServices;
  /** True of commands that Discord itself lets admins alone send. */
  readonly isHeldBack: (command: string) => boolean;
  readonly specs: readonly CommandSpec[];
  readonly clock: Clocks;
}

/** A client that is not connected yet. */
export function createSession({
  transport,
  shards,
  services,
  isHeldBack,
  specs,
  clock,
}: SessionParts): Session {
  const client = createClient(transport.options, shards);
  transport.serve(client.rest);
  const abilities = createAbilities(client, clock.monotonic);
  const outgoing = createOutgoing({
    rest: client.rest,
    missingAtOnce: abilities.missingAtOnce,
    hearsDirect: servesFirst(shards),
  });
  const incoming = createIncoming({
    ...{ client, transport, abilities, outgoing, services, isHeldBack, specs, clock },
  });
  logConnection(client, services.log);
  return { client, abilities, outgoing, incoming, hasTold: followShards(client) };
}
