import { randomBytes } from "node:crypto";
import { type Clock, createTimers, createTimestamps, type Timers } from "../clock.ts";
import type { Settings } from "../settings.ts";
import type {
  FakeChannel,
  FakeFile,
  FakeGroup,
  FakeMessage,
  FakeTeam,
  FakeUser,
  FakeView,
  Id,
  Json,
} from "../types.ts";

/** Everything that exists, and nothing of how it travels. It outlives any bot process that connects to it. */
export interface World {
  readonly clock: Clock;
  readonly settings: Settings;
  readonly timers: Timers;
  readonly appId: Id;
  readonly appToken: string;
  readonly verificationToken: string;
  readonly signingSecret: string;
  /** `http://127.0.0.1:PORT`, set once the server listens. */
  origin: string;
  readonly teams: Map<Id, FakeTeam>;
  readonly users: Map<Id, FakeUser>;
  readonly channels: Map<Id, FakeChannel>;
  readonly groups: Map<Id, FakeGroup>;
  /** All messages ever, in the order of their making; the deleted and ephemeral ones too. */
  readonly messages: FakeMessage[];
  readonly files: Map<Id, FakeFile>;
  readonly views: Map<Id, FakeView>;
  readonly violations: Violation[];
  readonly nextId: (prefix: string) => Id;
  readonly nextTimestamp: () => string;
  addTeam(name: string): FakeTeam;
  addUser(team: FakeTeam, options: Partial<FakeUser> & { readonly name: string }): FakeUser;
  addChannel(team: FakeTeam, options: ChannelOptions): FakeChannel;
  addGroup(team: FakeTeam, handle: string, users: Iterable<Id>): FakeGroup;
  /** The direct conversation of the bot with a member, made when it is first asked for. */
  directChannel(user: FakeUser): FakeChannel;
  teamOfToken(token: string): FakeTeam | undefined;
  findMessage(channel: Id, ts: string): FakeMessage | undefined;
  /** All messages ever in a channel, oldest first. */
  messagesIn(channel: Id): readonly FakeMessage[];
  /** All replies ever in the thread under a message, oldest first. */
  repliesTo(channel: Id, ts: string): readonly FakeMessage[];
}

/** A request that Slack would refuse because it breaks a rule, or that names an argument which does not exist. */
export interface Violation {
  readonly method: string;
  readonly problems: readonly string[];
  readonly args: Json;
}

export interface ChannelOptions {
  readonly name: string;
  readonly kind?: "public" | "private";
  readonly members?: Iterable<Id>;
  /** Whether the bot is a member. Default true. */
  readonly withBot?: boolean;
}

export function createWorld(clock: Clock, settings: Settings): World {
  let counter = 0;
  const nextId = (prefix: string) => `${prefix}0${(++counter).toString(36).toUpperCase().padStart(8, "A")}`;
  const teams = new Map<Id, FakeTeam>();
  const users = new Map<Id, FakeUser>();
  const channels = new Map<Id, FakeChannel>();
  const groups = new Map<Id, FakeGroup>();
  const messages: FakeMessage[] = [];
  const byPlace = new Map<string, FakeMessage>();
  const byChannel = new Map<Id, FakeMessage[]>();
  const threads = new Map<string, FakeMessage[]>();
  let indexed = 0;

  const world: World = {
    clock,
    settings,
    timers: createTimers(),
    appId: nextId("A"),
    appToken: `xapp-1-${randomBytes(12).toString("hex")}`,
    verificationToken: randomBytes(12).toString("hex"),
    signingSecret: randomBytes(16).toString("hex"),
    origin: "",
    teams,
    users,
    channels,
    groups,
    messages,
    files: new Map(),
    views: new Map(),
    violations: [],
    nextId,
    nextTimestamp: createTimestamps(clock),

    addTeam(name) {
      const id = nextId("T");
      const botUser = createUser(id, { name: "painter", isBot: true });
      const botToken = `xoxb-${id}-${randomBytes(12).toString("hex")}`;
      const domain = name.toLowerCase().replace(/[^a-z0-9]+/g, "-");
      const team: FakeTeam = { id, name, domain, botToken, botUser, botId: nextId("B") };
      teams.set(id, team);
      return team;
    },
    addUser: (team, options) => createUser(team.id, options),
    addChannel(team, { name, kind = "public", members = [], withBot = true }) {
      const channel = createChannel(team.id, name, kind, members, null);
      if (withBot) channel.members.add(team.botUser.id);
      return channel;
    },
    addGroup(team, handle, users) {
      const group = { id: nextId("S"), team: team.id, handle, users: new Set(users), isDisabled: false };
      groups.set(group.id, group);
      return group;
    },
    directChannel(user) {
      const open = [...channels.values()].find((channel) => channel.user === user.id);
      const bot = teams.get(user.team)?.botUser.id ?? "";
      return open ?? createChannel(user.team, "directmessage", "im", [user.id, bot], user.id);
    },
    teamOfToken: (token) => [...teams.values()].find((team) => team.botToken === token),
    findMessage(channel, ts) {
      indexNewMessages();
      return byPlace.get(`${channel} ${ts}`);
    },
    messagesIn(channel) {
      indexNewMessages();
      return byChannel.get(channel) ?? [];
    },
    repliesTo(channel, ts) {
      indexNewMessages();
      return threads.get(`${channel} ${ts}`) ?? [];
    },
  };
  return world;

  function indexNewMessages(): void {
    for (; indexed < messages.length; indexed += 1) {
      const message = messages[indexed];
      if (message === undefined) return;
      byPlace.set(`${message.channel} ${message.ts}`, message);
      append(byChannel, message.channel, message);
      if (message.threadTs !== null) append(threads, `${message.channel} ${message.threadTs}`, message);
    }
  }

  function createUser(team: Id, options: Partial<FakeUser> & { readonly name: string }): FakeUser {
    const user: FakeUser = {
      id: nextId("U"),
      team,
      isBot: false,
      locale: "en-US",
      timezone: "Europe/Berlin",
      isAdmin: false,
      isOwner: false,
      refusesDirectMessages: null,
      avatar: null,
      ...options,
    };
    users.set(user.id, user);
    return user;
  }

  function createChannel(
    team: Id,
    name: string,
    kind: FakeChannel["kind"],
    members: Iterable<Id>,
    user: Id | null,
  ): FakeChannel {
    const id = nextId(kind === "im" ? "D" : "C");
    const flags = { isArchived: false, refusesBot: null };
    const channel: FakeChannel = { id, team, name, kind, members: new Set(members), user, ...flags };
    channels.set(id, channel);
    return channel;
  }
}

function append<T>(lists: Map<string, T[]>, key: string, item: T): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [item]);
  else list.push(item);
}
