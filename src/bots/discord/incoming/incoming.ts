import {
  type APIInteraction,
  type Client,
  GatewayDispatchEvents,
  type GatewayMessageCreateDispatchData,
  type GatewayMessageReactionAddDispatchData,
  type GatewayMessageReactionRemoveDispatchData,
  PermissionsBitField,
} from "discord.js";
import type { AdapterServices, ChatEvent } from "../../chat.ts";
import type { Abilities } from "../abilities.ts";
import type { Outgoing } from "../outgoing/outgoing.ts";
import type { Transport } from "../transport.ts";
import { eventOfInteraction, isAdminBy } from "./interactions.ts";
import { eventOfMessage, eventOfReaction, type Surroundings } from "./mentions.ts";
import { createReplies } from "./replies.ts";
import { createResponder } from "./responder.ts";

export interface IncomingParts {
  readonly client: Client;
  readonly transport: Transport;
  readonly abilities: Abilities;
  readonly outgoing: Outgoing;
  readonly services: AdapterServices;
}

export interface Incoming {
  listen(handle: (event: ChatEvent) => Promise<void>): void;
  /** Takes no more events, and resolves when all that were taken are handled. */
  stop(): Promise<void>;
}

/**
 * Hands over what members do. It reads the gateway's own events: discord.js makes objects of them only where it knows the
 * channel, which loses reactions in direct conversations and archived threads, and holds them back until every server has
 * been told of, which would take longer than an interaction may wait.
 */
export function createIncoming(parts: IncomingParts): Incoming {
  const { client, outgoing, services } = parts;
  const handling = new Set<Promise<void>>();
  let isStopped = false;

  const surroundings = (): Surroundings | null => {
    const me = client.user?.id;
    if (me === undefined) return null;
    return {
      me,
      localeOf: (guild) => client.guilds.cache.get(guild ?? "")?.preferredLocale ?? "en-US",
      isAdmin: (guild, user, roles) => isAdminIn(client, guild, user, roles),
    };
  };

  function listen(handle: (event: ChatEvent) => Promise<void>): void {
    const take = (event: ChatEvent | null): void => {
      if (!event || isStopped) return;
      const handled = handOver(withParent(client, event), handle).finally(() => handling.delete(handled));
      handling.add(handled);
    };
    const on = <T>(name: GatewayDispatchEvents, read: (data: T, receivedAt: number) => ChatEvent | null) => {
      client.ws.on(name, (data: T) => {
        try {
          take(read(data, Date.now()));
        } catch (error) {
          services.log("error", "an event of Discord could not be read", { name, error: messageOf(error) });
        }
      });
    };

    on<APIInteraction>(GatewayDispatchEvents.InteractionCreate, (interaction, receivedAt) => {
      completeFor(interaction);
      const responder = createResponder({
        rest: client.rest,
        interaction,
        receivedAt,
        onAcknowledged: services.onAcknowledged,
        mayHaveAcknowledged: parts.transport.mayHaveAcknowledged,
      });
      const event = eventOfInteraction(interaction, receivedAt, responder);
      if (event) {
        parts.abilities.learn(event.place.channel, {
          bytes: interaction.attachment_size_limit,
          permissions: interaction.app_permissions,
        });
      }
      return event;
    });
    on<GatewayMessageCreateDispatchData>(GatewayDispatchEvents.MessageCreate, (message, receivedAt) => {
      const around = surroundings();
      return around && eventOfMessage(message, receivedAt, around, createReplies(outgoing, message));
    });
    on<GatewayMessageReactionAddDispatchData>(
      GatewayDispatchEvents.MessageReactionAdd,
      (reaction, receivedAt) => {
        const around = surroundings();
        return around && eventOfReaction(reaction, true, receivedAt, around);
      },
    );
    on<GatewayMessageReactionRemoveDispatchData>(
      GatewayDispatchEvents.MessageReactionRemove,
      (reaction, receivedAt) => {
        const around = surroundings();
        return around && eventOfReaction(reaction, false, receivedAt, around);
      },
    );
  }

  async function handOver(event: ChatEvent, handle: (event: ChatEvent) => Promise<void>): Promise<void> {
    try {
      // Reactions are harmless twice: the latest state wins.
      if (event.kind !== "reaction" && !(await services.isNew(event.id))) return;
      await handle(event);
    } catch (error) {
      services.log("error", "an event of Discord could not be handled", {
        id: event.id,
        error: messageOf(error),
      });
    }
  }

  return {
    listen,
    async stop() {
      isStopped = true;
      while (handling.size > 0) await Promise.allSettled(handling);
    },
  };
}

/** By the roles that came with the event and what the gateway told of the server's roles. */
function isAdminIn(client: Client, id: string | undefined, user: string, roles: readonly string[]): boolean {
  const guild = client.guilds.cache.get(id ?? "");
  if (!guild) return false;
  if (guild.ownerId === user) return true;
  const held = [guild.id, ...roles].flatMap((role) => guild.roles.cache.get(role)?.permissions ?? []);
  return isAdminBy(new PermissionsBitField(held).bitfield);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Threads are told with the channel that they belong to. */
function withParent(client: Client, event: ChatEvent): ChatEvent {
  const channel = client.channels.cache.get(event.place.channel);
  const parent = channel?.isThread() ? channel.parentId : null;
  return parent === null ? event : { ...event, place: { ...event.place, parent } };
}

/** discord.js reads every interaction after this one, and fails at one without these. */
function completeFor(
  interaction: Partial<Pick<APIInteraction, "entitlements" | "authorizing_integration_owners">>,
): void {
  interaction.entitlements ??= [];
  interaction.authorizing_integration_owners ??= {};
}
