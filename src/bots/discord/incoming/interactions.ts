import {
  type APIApplicationCommandInteractionDataBasicOption,
  type APIApplicationCommandInteractionDataOption,
  type APIChatInputApplicationCommandInteraction,
  type APIInteraction,
  type APIMessageApplicationCommandInteraction,
  ApplicationCommandOptionType,
  ApplicationCommandType,
  ApplicationIntegrationType,
  ChannelType,
  ComponentType,
  InteractionContextType,
  InteractionType,
  PermissionFlagsBits,
} from "discord.js";
import type { ChatEvent, Member, MessageRef, Place, Responder } from "../../chat.ts";
import { markCheckName } from "../../commands/command-spec.ts";
import { buttonIdIn } from "../outgoing/message-body.ts";
import { messageRefIn, placeIn, placeOutside } from "../places.ts";
import { submissionOf } from "./modal.ts";
import { attachmentOf, picturesOf } from "./pictures.ts";

/**
 * What a member did through an interaction; `null` for kinds that the bot never offers. `isHeldBack` is true of commands that
 * Discord lets nobody send but whom a server's admins let: with the permission that the command asks for, or by a role,
 * person or channel in the server's own settings (Integrations). Who sends one is an admin for it.
 */
export function eventOfInteraction(
  interaction: APIInteraction,
  receivedAt: number,
  respond: Responder,
  isHeldBack: (command: string) => boolean,
): ChatEvent | null {
  const place = placeOf(interaction);
  const found = memberOf(interaction);
  if (!place || !found) return null;
  // What they may do in a server that the bot is not in is nothing to the bot.
  const member = place.isOutside ? { ...found, isAdmin: false, groups: [] } : found;
  const common = { id: interaction.id, receivedAt, place, member, respond };
  switch (interaction.type) {
    case InteractionType.ApplicationCommand:
      if (interaction.data.type === ApplicationCommandType.ChatInput) {
        const isLet = place.workspace !== null && isHeldBack(interaction.data.name);
        const asker = isLet && !member.isAdmin ? { ...member, isAdmin: true, isAdminByLeave: true } : member;
        return { ...common, member: asker, kind: "command", ...commandOf(interaction.data) };
      }
      return interaction.data.type === ApplicationCommandType.Message
        ? {
            ...common,
            kind: interaction.data.name === markCheckName ? "mark-check" : "message-action",
            ...targetOf(interaction.data, place),
          }
        : null;
    case InteractionType.MessageComponent: {
      if (interaction.data.component_type !== ComponentType.Button) return null;
      const message = messageRefIn(place, interaction.message.id);
      return { ...common, kind: "button", button: buttonIdIn(interaction.data.custom_id).id, message };
    }
    case InteractionType.ModalSubmit:
      return {
        ...common,
        kind: "modal",
        modal: interaction.data.custom_id,
        ...submissionOf(interaction.data),
      };
    default:
      return null;
  }
}

/** A bit set as Discord writes it; none where there is none. */
export function permissionsIn(text: string | undefined): bigint {
  return /^\d+$/.test(text ?? "") ? BigInt(text ?? "") : 0n;
}

/** `ManageGuild` or `Administrator`: who may change a server may steer the bot in it. */
export function isAdminBy(permissions: bigint): boolean {
  return (permissions & (PermissionFlagsBits.ManageGuild | PermissionFlagsBits.Administrator)) !== 0n;
}

function placeOf(interaction: APIInteraction): Place | null {
  const { channel, channel_id, guild_id } = interaction;
  const id = channel?.id ?? channel_id;
  if (!id) return null;
  if (isOutside(interaction)) return placeOutside(id);
  const place = placeIn(id, guild_id);
  const above = (channel as { readonly parent_id?: string | null } | undefined)?.parent_id;
  if (!above) return place;
  return isThread(channel?.type) ? { ...place, parent: above } : { ...place, category: above };
}

/**
 * True where the app was installed to a member's account and is neither in the server nor in a conversation with the bot: the
 * interaction was authorized for nobody but users.
 * https://discord.com/developers/docs/interactions/receiving-and-responding#interaction-object-authorizing-integration-owners-object
 */
export function isOutside({
  context,
  authorizing_integration_owners: owners,
}: Pick<APIInteraction, "context" | "authorizing_integration_owners">): boolean {
  if (context === InteractionContextType.BotDM) return false;
  const installed = owners ?? {};
  const isOfUser = installed[ApplicationIntegrationType.UserInstall] !== undefined;
  return isOfUser && installed[ApplicationIntegrationType.GuildInstall] === undefined;
}

function isThread(type: ChannelType | undefined): boolean {
  return (
    type === ChannelType.PublicThread ||
    type === ChannelType.PrivateThread ||
    type === ChannelType.AnnouncementThread
  );
}

function memberOf(interaction: APIInteraction): Member | null {
  const user = interaction.member?.user ?? interaction.user;
  if (!user || user.bot === true) return null;
  return {
    id: user.id,
    name: interaction.member?.nick ?? user.global_name ?? user.username,
    locale: ("locale" in interaction && interaction.locale) || "en-US",
    isAdmin: isAdminBy(permissionsIn(interaction.member?.permissions)),
    groups: interaction.member?.roles ?? [],
  };
}

type CommandData = APIChatInputApplicationCommandInteraction["data"];

/** The name with its subcommand, the values given, and the files among them. */
function commandOf({ name, options = [], resolved }: CommandData) {
  const path = [name];
  let given: readonly APIApplicationCommandInteractionDataOption[] = options;
  for (let [first] = given; first && isSubcommand(first); [first] = given) {
    path.push(first.name);
    given = first.options ?? [];
  }
  const values = given.filter((option) => !isSubcommand(option));
  const files = values.filter(({ type }) => type === ApplicationCommandOptionType.Attachment);
  return {
    name: path.join(" "),
    options: Object.fromEntries(
      values.filter((option) => !files.includes(option)).map((option) => [option.name, option.value]),
    ),
    pictures: files.flatMap(({ value }) => resolved?.attachments?.[String(value)] ?? []).map(attachmentOf),
  };
}

type Branch = Exclude<
  APIApplicationCommandInteractionDataOption,
  APIApplicationCommandInteractionDataBasicOption
>;

function isSubcommand(option: APIApplicationCommandInteractionDataOption): option is Branch {
  return (
    option.type === ApplicationCommandOptionType.Subcommand ||
    option.type === ApplicationCommandOptionType.SubcommandGroup
  );
}

type MessageCommandData = APIMessageApplicationCommandInteraction["data"];

function targetOf({ target_id: id, resolved }: MessageCommandData, place: Place) {
  const message: MessageRef = messageRefIn(place, id);
  return { message, pictures: picturesOf(resolved?.messages?.[id] ?? {}) };
}
