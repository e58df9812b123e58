import type { Context } from "../payloads/context.ts";
import { messagePayload } from "../payloads/message-payload.ts";
import { isEmoji } from "../routes/reactions.ts";
import type { FakeChannel, FakeMessage, FakeUser, Id, Json } from "../types.ts";
import { may, type PermissionName } from "../world/permissions.ts";
import { findCommand, type SlashValue, slashData } from "./commands.ts";
import { type MemberFile, upload } from "./files.ts";
import { type DrivenInteraction, drive } from "./interaction.ts";
import { type ModalInput, modalData } from "./modals.ts";

/** A person in front of Discord's own client: does only what that client would let them do, and throws elsewhere. */
export interface Member {
  readonly id: Id;
  readonly user: FakeUser;
  readonly locale: string;
  /** Their conversation with the bot alone. */
  readonly direct: FakeChannel;
  /** `slash("edit", { prompt, image: { name, bytes } }, { channel })`, `slash("admin pause", {}, { channel })`. */
  slash(
    name: string,
    options: Readonly<Record<string, SlashValue | undefined>>,
    where: { readonly channel: FakeChannel },
  ): Promise<DrivenInteraction>;
  /** What the client lists while an option is being typed: its ack has the choices. */
  typing(
    name: string,
    option: { readonly name: string; readonly value: string },
    where: { readonly channel: FakeChannel },
  ): Promise<DrivenInteraction>;
  /** An entry of the menu "Apps" on a message. */
  messageCommand(name: string, message: FakeMessage): Promise<DrivenInteraction>;
  /** By label, emoji or custom id; the first alone where several fit. */
  pressButton(message: FakeMessage, which: WhichButton): Promise<DrivenInteraction>;
  /** Fills and sends the modal that an interaction opened. */
  submitModal(opened: DrivenInteraction, input: ModalInput): Promise<DrivenInteraction>;
  say(channel: FakeChannel, text: string, options?: SayOptions): FakeMessage;
  react(message: FakeMessage, emoji: string): void;
  unreact(message: FakeMessage, emoji: string): void;
  /** Removes a message: their own, or anybody's with the permission. */
  delete(message: FakeMessage): void;
  /** The messages that they can read in a channel, oldest first; ephemeral ones are their own. */
  sees(channel: FakeChannel): FakeMessage[];
}

export interface WhichButton {
  readonly label?: string | RegExp;
  readonly customId?: string;
  readonly emoji?: string;
}

export interface SayOptions {
  readonly attachments?: readonly MemberFile[];
  readonly replyTo?: FakeMessage;
  /** Whether a reply notifies the author, as the client does by default. */
  readonly pingReply?: boolean;
  /** Puts the bot's mention in front. */
  readonly mentionsBot?: boolean;
}

export function createMember(context: Context, user: FakeUser, locale: string): Member {
  const { world, messages } = context;
  /** Modals are answered where they were opened. */
  const opened = new Map<string, { channel: FakeChannel; source: FakeMessage | null }>();

  async function act(
    channel: FakeChannel,
    doing: { type: 2 | 3 | 4 | 5; commandType?: 1 | 3; data: Json; source: FakeMessage | null },
  ): Promise<DrivenInteraction> {
    const { source, ...rest } = doing;
    const payload = source && messagePayload(world, context.attachments, source, true);
    const withSource = source && payload ? { source: { message: source, payload } } : {};
    const view = await drive(context, { user, locale, channel, ...rest, ...withSource });
    if (view.modal) opened.set(view.id, { channel, source });
    return view;
  }

  function need(channel: FakeChannel, name: PermissionName): void {
    if (!may(world, channel, user.id, name))
      throw new Error(`Expected ${user.name} to have ${name}, got none`);
  }

  function channelOf(message: FakeMessage): FakeChannel {
    const channel = world.channels.get(message.channelId);
    if (!channel || !isSeen(message))
      throw new Error(`Expected a message that ${user.name} sees, got ${message.id}`);
    need(channel, "ViewChannel");
    return channel;
  }

  const isSeen = (message: FakeMessage) =>
    message.deletedAt === null && (message.visibleTo === null || message.visibleTo === user.id);

  return {
    id: user.id,
    user,
    locale,
    get direct() {
      return world.directChannel(user.id);
    },
    slash(name, options, { channel }) {
      need(channel, "ViewChannel");
      need(channel, "UseApplicationCommands");
      const path = name.split(" ");
      const command = findCommand(context, channel, user, path[0] ?? "", 1);
      const data = slashData(context, channel, command, path, options);
      return act(channel, { type: 2, commandType: 1, data, source: null });
    },
    typing(name, option, { channel }) {
      const command = findCommand(context, channel, user, name, 1);
      const known = ((command.options ?? []) as Json[]).find((each) => each.name === option.name);
      if (known?.autocomplete !== true)
        throw new Error(`Expected ${option.name} to be asked for, got a plain one`);
      const options = [{ ...option, type: 3, focused: true }];
      const data = { id: command.id, name, type: 1, options };
      return act(channel, { type: 4, commandType: 1, data, source: null });
    },
    messageCommand(name, message) {
      const channel = channelOf(message);
      const command = findCommand(context, channel, user, name, 3);
      const target = messagePayload(world, context.attachments, message, true);
      const data = {
        id: command.id,
        name: command.name,
        type: 3,
        target_id: message.id,
        resolved: { messages: { [message.id]: target } },
      };
      return act(channel, { type: 2, commandType: 3, data, source: null });
    },
    pressButton(message, which) {
      const channel = channelOf(message);
      const button = buttonsOf(message).find((each) => isButton(each, which));
      const offered = buttonsOf(message).map(({ label, custom_id: id }) => label ?? id);
      if (!button) throw new Error(`Expected a button ${JSON.stringify(which)}, got ${offered.join(", ")}`);
      if (button.disabled === true)
        throw new Error(`Expected an enabled button, got ${String(button.label)}`);
      const data = { custom_id: button.custom_id, component_type: 2, id: button.id ?? 1 };
      return act(channel, { type: 3, data, source: message });
    },
    async submitModal(interaction, input) {
      const place = opened.get(interaction.id);
      if (!place || !interaction.modal)
        throw new Error("Expected an interaction that opened a modal, got none");
      const data = modalData(context, place.channel, interaction.modal, input);
      const submitted = await act(place.channel, { type: 5, data, source: place.source });
      // A modal stays open until its submission was acknowledged.
      if (submitted.ack) opened.delete(interaction.id);
      return submitted;
    },
    say(channel, text, options = {}) {
      need(channel, "ViewChannel");
      need(channel, channel.type === 11 ? "SendMessagesInThreads" : "SendMessages");
      const attachments = (options.attachments ?? []).map((file) => upload(context, channel, file, false));
      const content = options.mentionsBot ? `<@${world.bot.id}> ${text}` : text;
      const allowedMentions = { parse: ["users", "everyone"], replied_user: options.pingReply ?? true };
      const replyTo = options.replyTo ?? null;
      return messages.create(channel, user.id, { content, attachments, replyTo, allowedMentions });
    },
    react(message, emoji) {
      if (!isEmoji(emoji)) throw new Error(`Expected an emoji, got ${JSON.stringify(emoji)}`);
      const channel = channelOf(message);
      if (!message.reactions.has(emoji)) need(channel, "AddReactions");
      messages.addReaction(message, emoji, user.id);
    },
    unreact(message, emoji) {
      channelOf(message);
      messages.removeReaction(message, emoji, user.id);
    },
    delete(message) {
      const channel = channelOf(message);
      if (message.authorId !== user.id) need(channel, "ManageMessages");
      messages.remove(message);
    },
    sees(channel) {
      if (!may(world, channel, user.id, "ViewChannel")) return [];
      const ids = world.history.get(channel.id) ?? [];
      return ids.flatMap((id) => world.messages.get(id) ?? []).filter(isSeen);
    },
  };
}

/** All buttons of a message in reading order, as the bot sent them. */
export function buttonsOf(message: FakeMessage): Json[] {
  const inside = (parts: readonly Json[]): Json[] =>
    parts.flatMap((part) => {
      const nested = inside((part.components ?? []) as Json[]);
      const accessory = part.accessory === undefined ? [] : inside([part.accessory as Json]);
      return [...(part.type === 2 ? [part] : []), ...nested, ...accessory];
    });
  return inside(message.components);
}

function isButton(button: Json, { label, customId, emoji }: WhichButton): boolean {
  const text = String(button.label ?? "");
  if (button.style === 5) return false;
  if (customId !== undefined && button.custom_id !== customId) return false;
  if (emoji !== undefined && (button.emoji as Json | undefined)?.name !== emoji) return false;
  if (label instanceof RegExp) return label.test(text);
  return label === undefined || text === label;
}
