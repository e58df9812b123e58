import type { Context } from "../payloads/context.ts";
import { channelPayload, invokerPayload, userPayload } from "../payloads/payloads.ts";
import { botPermissions } from "../routes/places.ts";
import type { FakeChannel, FakeMessage, FakeUser, Json } from "../types.ts";
import type { Acknowledgement, FakeInteraction } from "../world/interaction-book.ts";
import { uploadLimitIn } from "../world/world.ts";

/** What became of something that a member did. All of it is live: it grows as the bot answers. */
export interface DrivenInteraction {
  readonly id: string;
  readonly token: string;
  /** `null` where the member read "The application did not respond". */
  readonly ack: Acknowledgement | null;
  /** Milliseconds of real time until the bot's callback arrived. */
  readonly ackMilliseconds: number | null;
  /** The modal that opened, as the bot sent it. */
  readonly modal: Json | null;
  /** The bot's answers that still stand: the first, and the follow-ups. */
  readonly replies: readonly FakeMessage[];
  /** The first answer, or the message whose button was pressed; `null` without. */
  readonly original: FakeMessage | null;
}

/** Who does something, where. */
export interface Doing {
  readonly user: FakeUser;
  readonly locale: string;
  readonly channel: FakeChannel;
  readonly type: 2 | 3 | 4 | 5;
  readonly commandType?: 1 | 3;
  readonly data: Json;
  /** The message with the component. */
  readonly source?: { readonly message: FakeMessage; readonly payload: Json } | null;
}

/** Sends INTERACTION_CREATE, and resolves when the bot has acknowledged it or its time is over. */
export async function drive(context: Context, doing: Doing): Promise<DrivenInteraction> {
  const { interactions, settings } = context;
  const interaction = interactions.open({
    type: doing.type,
    commandType: doing.commandType ?? null,
    userId: doing.user.id,
    channelId: doing.channel.id,
    sourceId: doing.source?.message.id ?? null,
    isOutside: isOutside(context, doing.channel),
  });
  const acknowledged = interactions.acknowledged(interaction, settings.ackDeadline);
  const data = interactionPayload(context, interaction, doing);
  context.emit({ name: "INTERACTION_CREATE", intent: null, channel: null, data: () => data });
  await acknowledged;
  return viewOf(context, interaction);
}

/** The app is there for the members alone who brought it along. */
export function isOutside({ world }: Pick<Context, "world">, { guildId, type }: FakeChannel): boolean {
  return type === 3 || world.guilds.get(guildId ?? "")?.hasBot === false;
}

export function viewOf(context: Context, interaction: FakeInteraction): DrivenInteraction {
  return {
    id: interaction.id,
    token: interaction.token,
    get ack() {
      return interaction.ack;
    },
    get ackMilliseconds() {
      return interaction.ack?.milliseconds ?? null;
    },
    get modal() {
      return interaction.modal;
    },
    get replies() {
      return context.interactions.replies(interaction);
    },
    get original() {
      const message = context.world.messages.get(interaction.originalId ?? "");
      return message && message.deletedAt === null ? message : null;
    },
  };
}

/** https://discord.com/developers/docs/interactions/receiving-and-responding#interaction-object */
function interactionPayload(context: Context, interaction: FakeInteraction, doing: Doing): Json {
  const { world } = context;
  const { channel, user } = doing;
  const guild = world.guilds.get(channel.guildId ?? "");
  const owners = interaction.isOutside ? { "1": user.id } : { "0": guild?.id ?? "0" };
  const placed = guild
    ? {
        guild_id: guild.id,
        guild: { id: guild.id, locale: guild.preferredLocale, features: [] },
        guild_locale: guild.preferredLocale,
        member: invokerPayload(world, guild, channel, user.id),
        context: 0,
      }
    : {
        user: userPayload(user),
        context: channel.type === 3 ? 2 : 1,
      };
  return {
    id: interaction.id,
    application_id: world.applicationId,
    type: interaction.type,
    token: interaction.token,
    version: 1,
    channel_id: channel.id,
    channel: channelPayload(world, channel),
    data: doing.data,
    locale: doing.locale,
    app_permissions: botPermissions(context, channel),
    attachment_size_limit: uploadLimitIn(world, channel),
    entitlements: [],
    authorizing_integration_owners: owners,
    ...placed,
    ...(doing.source ? { message: doing.source.payload } : {}),
  };
}
