import {
  type DrivenInteraction,
  type FakeDiscord,
  startFakeDiscord,
} from "../../test/fakes/discord/index.ts";
import { discordEnvironment } from "../../test/kill/discord-crowd.ts";

/** Many people on Discord, in servers with many channels, since each channel takes few messages a minute. */
export interface ChatWorld extends AsyncDisposable {
  /** Tokens and addresses, for the environment of the bot. */
  readonly chat: Readonly<Record<string, string>>;
  readonly isHeard: boolean;
  readonly channels: number;
  /** Resolves when the client of that person has its acknowledgement, or none within 3 seconds. */
  order(person: number, prompt: string, picture?: Uint8Array): Promise<DrivenInteraction>;
  /** By prompt: how many messages of the bot stand for it, and whether one of them shows a result. */
  messages(): ReadonlyMap<string, Told>;
  /** Whose job it is, by what the store has of its owner. */
  personOf(user: string): number;
  readonly requests: number;
  readonly violations: readonly unknown[];
}

export interface Told {
  readonly count: number;
  readonly hasResult: boolean;
  /** Of each message, as it stands. */
  readonly texts: readonly string[];
}

export interface ChatWorldOptions {
  readonly people: number;
  readonly picture: Uint8Array;
  /** Of the windows of Discord's rate limits: 1 are Discord's own. */
  readonly rateLimitScale: number;
}

const peopleOfGuild = 20;
const channelsOfGuild = 10;

export async function createChatWorld({
  people,
  picture,
  rateLimitScale,
}: ChatWorldOptions): Promise<ChatWorld> {
  const fake = await startFakeDiscord({ rateLimitScale });
  const guilds = Array.from({ length: Math.ceil(people / peopleOfGuild) }, (_, index) => {
    const guild = fake.guild({ name: `guild-${index}` });
    return {
      guild,
      channels: Array.from({ length: channelsOfGuild }, (_, room) => fake.channel(guild, `room-${room}`)),
    };
  });
  const placed = Array.from({ length: people }, (_, person) => {
    const at = guilds[person % guilds.length];
    if (!at) throw new Error("Expected a guild, got none");
    return { ...at, member: fake.member({ guild: at.guild, name: `member-${person}` }), orders: 0 };
  });
  const persons = new Map(placed.map(({ member }, person) => [member.id, person]));

  return {
    chat: discordEnvironment(fake),
    channels: guilds.length * channelsOfGuild,
    violations: fake.violations,
    get isHeard() {
      return fake.gateway.connected > 0 && fake.commands.length > 0;
    },
    get requests() {
      return fake.requests.length;
    },
    order(person, prompt, bytes = picture) {
      const at = placed[person];
      const channel = at?.channels[(person + at.orders++) % channelsOfGuild];
      if (!at || !channel) throw new Error(`Expected a person below ${people}, got ${person}`);
      const image = { name: "photo.png", bytes };
      return at.member.slash("edit", { prompt, image }, { channel });
    },
    messages: () => messagesIn(fake),
    personOf: (user) => persons.get(user) ?? -1,
    [Symbol.asyncDispose]: () => fake[Symbol.asyncDispose](),
  };
}

function messagesIn(fake: FakeDiscord): ReturnType<ChatWorld["messages"]> {
  const found = new Map<string, { count: number; hasResult: boolean; texts: string[] }>();
  for (const { authorId, visibleTo, deletedAt, content } of fake.world.messages.values()) {
    if (authorId !== fake.botId || visibleTo !== null || deletedAt !== null) continue;
    const prompt = /picture \d+/.exec(content)?.[0] ?? "";
    const entry = found.get(prompt) ?? { count: 0, hasResult: false, texts: [] };
    entry.texts.push(content);
    entry.count += 1;
    entry.hasResult ||= content.includes("result 1 of");
    found.set(prompt, entry);
  }
  return found;
}
