import {
  type APIApplicationCommandAutocompleteInteraction,
  type APIInteraction,
  type Client,
  GatewayDispatchEvents,
  type GatewayMessageCreateDispatchData,
  type GatewayMessageReactionAddDispatchData,
  type GatewayMessageReactionRemoveDispatchData,
  InteractionResponseType,
  InteractionType,
  PermissionsBitField,
  Routes,
} from "discord.js";
import type { Clocks } from "../../../clocks.ts";
import type { AdapterServices, ChatEvent } from "../../chat.ts";
import type { CommandSpec } from "../../commands/command-spec.ts";
import { createEventHandling } from "../../event-handling.ts";
import type { Abilities } from "../abilities.ts";
import type { Outgoing } from "../outgoing/outgoing.ts";
import type { Transport } from "../transport.ts";
import { eventOfInteraction, isAdminBy } from "./interactions.ts";
import { createLanguages, type Languages } from "./languages.ts";
import { type EventContext, eventOfMessage, eventOfReaction } from "./mentions.ts";
import { createReplies } from "./replies.ts";
import { createResponder } from "./responder.ts";
import { suggestionsFor } from "./suggestions.ts";

export interface IncomingParts {
  readonly client: Client;
  readonly transport: Transport;
  readonly abilities: Abilities;
  readonly outgoing: Outgoing;
  readonly services: AdapterServices;
  /** True of commands that Discord itself lets admins alone send. */
  readonly isHeldBack: (command: string) => boolean;
  readonly specs: readonly CommandSpec[];
  readonly clock: Clocks;
}

export interface Incoming {
  listen(handle: (event: ChatEvent) => Promise<void>): void;
  /** Takes no more events, and resolves when all that were taken are handled. */
  stop(): Promise<void>;
}

/**
 * Hands over what members do. It reads the gateway's own events: discord.js makes objects of them only where it knows the
 * channel, which loses reactions in direct conversations and archived threads, and holds them back until it knows every
 * server, which would take longer than an interaction may wait.
 */
export function createIncoming(parts: IncomingParts): Incoming {
  const { client, services, clock } = parts;
  const handling = createEventHandling();
  const languages = createLanguages();

  async function handOver(event: ChatEvent, handle: (event: ChatEvent) => Promise<void>): Promise<void> {
    try {
      // Reactions are harmless twice: the latest state wins.
      if (event.kind !== "reaction" && !(await services.isNew(event.id))) return;
      await handle(event);
    } catch (error) {
      const { id } = event;
      services.log("error", "an event of Discord could not be handled", { id, error: textOf(error) });
    }
  }

  return {
    listen(handle) {
      const on: Listen = (name, read) => {
        client.ws.on(name, (data) => {
          try {
            const event = read(data, clock.wall());
            if (event) handling.begin(() => handOver(withPlaces(client, event), handle));
          } catch (error) {
            services.log("error", "an event of Discord could not be read", { name, error: textOf(error) });
          }
        });
      };
      listenToInteractions(on, parts, languages);
      listenToEvents(on, parts, languages);
    },
    stop: handling.stop,
  };
}

/** Reads each of the gateway's events of a name into an event of the bot; `null` where it means nothing to it. */
type Listen = <T>(
  name: GatewayDispatchEvents,
  read: (data: T, receivedAt: number) => ChatEvent | null,
) => void;

/** What a member waits for: Discord shows a failure where it is not acknowledged within 3 seconds. */
function listenToInteractions(on: Listen, parts: IncomingParts, languages: Languages): void {
  const { client, services, transport, abilities, clock } = parts;
  on<APIInteraction>(GatewayDispatchEvents.InteractionCreate, (interaction, receivedAt) => {
    completeFor(interaction);
    if (interaction.type === InteractionType.ApplicationCommandAutocomplete) {
      void suggest(interaction, parts);
      return null;
    }
    const start = clock.monotonic();
    const responder = createResponder({
      rest: client.rest,
      interaction,
      age: () => clock.monotonic() - start,
      onAcknowledged: services.onAcknowledged,
      mayHaveAcknowledged: transport.mayHaveAcknowledged,
    });
    const event = eventOfInteraction(interaction, receivedAt, responder, parts.isHeldBack);
    if (event) {
      languages.learn(event.member.id, event.member.locale);
      abilities.learn(event.place.channel, {
        bytes: interaction.attachment_size_limit,
        permissions: interaction.app_permissions,
      });
    }
    return event;
  });
}

/** Nobody waits for it: what comes late, or not at all, leaves the list empty. */
async function suggest(
  interaction: APIApplicationCommandAutocompleteInteraction,
  { client, specs, services }: IncomingParts,
): Promise<void> {
  const data = suggestionsFor(interaction, specs);
  const body = { type: InteractionResponseType.ApplicationCommandAutocompleteResult, data };
  const route = Routes.interactionCallback(interaction.id, interaction.token);
  await client.rest.post(route, { body, auth: false }).catch((error) => {
    services.log("debug", "what may stand in an option could not be said", { error: textOf(error) });
  });
}

/** Messages and reactions. */
function listenToEvents(on: Listen, { client, outgoing }: IncomingParts, languages: Languages): void {
  const { MessageCreate, MessageReactionAdd, MessageReactionRemove } = GatewayDispatchEvents;
  on<GatewayMessageCreateDispatchData>(MessageCreate, (message, receivedAt) => {
    const context = contextOf(client, languages);
    return context && eventOfMessage(message, receivedAt, context, createReplies(outgoing, message));
  });
  on<GatewayMessageReactionAddDispatchData>(MessageReactionAdd, (reaction, receivedAt) => {
    const context = contextOf(client, languages);
    return context && eventOfReaction(reaction, true, receivedAt, context);
  });
  on<GatewayMessageReactionRemoveDispatchData>(MessageReactionRemove, (reaction, receivedAt) => {
    const context = contextOf(client, languages);
    return context && eventOfReaction(reaction, false, receivedAt, context);
  });
}

/** `null` before the bot knows who it is. */
function contextOf(client: Client, languages: Languages): EventContext | null {
  const me = client.user?.id;
  if (me === undefined) return null;
  return {
    me,
    localeOf: (user, guild) =>
      languages.of(user) ?? client.guilds.cache.get(guild ?? "")?.preferredLocale ?? "en-US",
    isAdmin: (guild, user, roles) => isAdminIn(client, guild, user, roles),
  };
}

/** By the roles that came with the event and what the gateway said of the server's roles. */
function isAdminIn(client: Client, id: string | undefined, user: string, roles: readonly string[]): boolean {
  const guild = client.guilds.cache.get(id ?? "");
  if (!guild) return false;
  if (guild.ownerId === user) return true;
  const held = [guild.id, ...roles].flatMap((role) => guild.roles.cache.get(role)?.permissions ?? []);
  return isAdminBy(new PermissionsBitField(held).bitfield);
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Threads are told with the channel that they belong to, and channels with their category. */
function withPlaces({ channels }: Client, event: ChatEvent): ChatEvent {
  const { place } = event;
  const channel = channels.cache.get(place.channel);
  const parent = (channel?.isThread() ? channel.parentId : null) ?? place.parent;
  const outer = channels.cache.get(parent ?? place.channel);
  const known = outer && "parentId" in outer && !outer.isThread() ? outer.parentId : null;
  const category = known ?? place.category;
  return {
    ...event,
    place: { ...place, ...(parent ? { parent } : {}), ...(category ? { category } : {}) },
  };
}

/** discord.js reads every interaction after this one, and fails at one without these. */
function completeFor(
  interaction: Partial<Pick<APIInteraction, "entitlements" | "authorizing_integration_owners">>,
): void {
  interaction.entitlements ??= [];
  interaction.authorizing_integration_owners ??= {};
}
