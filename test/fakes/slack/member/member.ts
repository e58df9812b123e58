import { mimetypeOf } from "../payloads/file-json.ts";
import type { FakeChannel, FakeFile, FakeMessage, FakeTeam, FakeUser, FakeView } from "../types.ts";
import type { World } from "../world/world.ts";
import { press, shortcut, slash } from "./actions.ts";
import type { Target } from "./buttons.ts";
import type { Interaction } from "./interaction.ts";
import type { MemberParts } from "./member-parts.ts";
import { closeView, type Submission, submitView } from "./modals.ts";
import { teamOf } from "./payloads.ts";
import type { ViewInput } from "./view-state.ts";

/** A person in a workspace, so that a test reads as a story. */
export interface FakeMember {
  readonly id: string;
  /** Locale, rights and refusals; settable. */
  readonly user: FakeUser;
  readonly team: FakeTeam;
  /** The direct conversation with the bot. */
  readonly dm: FakeChannel;
  /** Types a slash command, in the DM where no channel is given. */
  slash(command: string, text: string, options?: { readonly channel?: FakeChannel }): Promise<Interaction>;
  /** Uses a message shortcut. */
  shortcut(callbackId: string, message: FakeMessage): Promise<Interaction>;
  /** Presses a button or chooses from a menu; of a message that this member sees, or of a modal. */
  press(place: FakeMessage | FakeView, target: Target): Promise<Interaction>;
  /** Opens the app's Home, on its Home tab where none is named. */
  openHome(tab?: "home" | "messages"): void;
  /** What the Home tab shows; `null` where nothing was published. */
  readonly home: FakeView | null;
  /** Fills in and submits the visible modal. @throws Error where the client would not let them */
  submitView(view: FakeView, input?: ViewInput): Promise<Submission>;
  closeView(view: FakeView): Promise<Interaction | null>;
  /** Posts a message. `thread` is any message of the thread. */
  say(channel: FakeChannel, text: string, options?: SayOptions): FakeMessage;
  /** Changes the text of an own message. */
  edit(message: FakeMessage, text: string): void;
  /** Deletes an own message. */
  remove(message: FakeMessage): void;
  react(message: FakeMessage, name: string): void;
  unreact(message: FakeMessage, name: string): void;
  /** What stands in a channel for this member now, threads included, oldest first. */
  sees(channel: FakeChannel): FakeMessage[];
  upload(file: UploadInput): FakeFile;
}

export interface SayOptions {
  readonly files?: readonly (FakeFile | UploadInput)[];
  readonly thread?: FakeMessage;
  /** Puts a mention of the bot in front. */
  readonly mentionsBot?: boolean;
  /** Id of a member whom the end of the text names. */
  readonly naming?: string;
}

export interface UploadInput {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Default: by the name's ending. */
  readonly mimetype?: string;
  readonly altText?: string;
  /** Calls of `files.info` that find it still being processed. Default: as the settings say. */
  readonly notReadyCalls?: number;
  /** Payloads carry only a stub with `file_access: "check_file_info"`. */
  readonly needsFileInfo?: boolean;
}

export function createMember(parts: MemberParts): FakeMember {
  const { world, user, messages } = parts;
  const team = teamOf(world, user);
  const member: FakeMember = {
    id: user.id,
    user,
    team,
    get dm() {
      return world.directChannel(user);
    },
    slash: (command, text, { channel = member.dm } = {}) => slash(parts, command, text, entered(channel)),
    shortcut: (callbackId, message) => shortcut(parts, callbackId, seen(message)),
    press: (place, target) => press(parts, "ts" in place ? seen(place) : place, target),
    openHome(tab = "home") {
      const view = member.home;
      parts.events.homeOpened(user, tab, view && parts.interactions.viewJson(view));
    },
    get home() {
      return parts.interactions.homeOf(user.id);
    },
    submitView: (view, input = {}) => submitView(parts, view, input),
    closeView: (view) => closeView(parts, view),
    say(channel, text, { files = [], thread, mentionsBot = false, naming } = {}) {
      const escaped = text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
      const uploaded = files.map((file) => ("id" in file ? file : member.upload(file)));
      return messages.post({
        channel: entered(channel).id,
        user: user.id,
        text: `${mentionsBot ? `<@${team.botUser.id}> ` : ""}${escaped}${naming ? ` <@${naming}>` : ""}`,
        threadTs: thread === undefined ? null : (thread.threadTs ?? thread.ts),
        files: uploaded.map(({ id }) => id),
      });
    },
    edit(message, text) {
      messages.update(own(message), { text });
    },
    remove(message) {
      messages.remove(own(message));
    },
    react(message, name) {
      messages.react(seen(message), user.id, name);
    },
    unreact(message, name) {
      messages.unreact(seen(message), user.id, name);
    },
    sees: (channel) => world.messagesIn(channel.id).filter(isVisible),
    upload: (file) => addFile(world, user, file),
  };
  return member;

  /** Members join public channels as they please. */
  function entered(channel: FakeChannel): FakeChannel {
    if (channel.team !== user.team) throw new Error(`Expected a channel of ${team.name}, got ${channel.id}`);
    if (channel.kind === "public") channel.members.add(user.id);
    if (!channel.members.has(user.id))
      throw new Error(`Expected ${user.name} in ${channel.name}, got an outsider`);
    return channel;
  }

  function isVisible(message: FakeMessage): boolean {
    const channel = world.channels.get(message.channel);
    const isInside = channel?.kind === "public" || channel?.members.has(user.id) === true;
    const isForThem = message.ephemeralTo === null || message.ephemeralTo === user.id;
    return isInside && isForThem && message.deletedAt === null;
  }

  function own(message: FakeMessage): FakeMessage {
    if (message.user !== user.id)
      throw new Error(`Expected a message of ${user.name}, got ${message.user}'s`);
    return message;
  }

  function seen(message: FakeMessage): FakeMessage {
    if (!isVisible(message)) throw new Error(`Expected a message that ${user.name} sees, got ${message.ts}`);
    return message;
  }
}

function addFile(world: World, user: FakeUser, input: UploadInput): FakeFile {
  const file: FakeFile = {
    id: world.nextId("F"),
    team: user.team,
    user: user.id,
    name: input.name,
    title: input.name,
    bytes: Buffer.from(input.bytes),
    mimetype: input.mimetype ?? mimetypeOf(input.name),
    altText: input.altText ?? null,
    createdAt: world.clock.now(),
    shares: [],
    notReadyCalls: input.notReadyCalls ?? world.settings.fileNotReadyCalls,
    readyAt: 0,
    unknownCalls: 0,
    isGrantedToApp: false,
    needsFileInfo: input.needsFileInfo ?? false,
    state: "complete",
  };
  world.files.set(file.id, file);
  return file;
}
