import {
  type FakeDiscord,
  type Fault,
  type InjectedFault,
  startFakeDiscord,
} from "../fakes/discord/index.ts";
import type { Crowd, Order, Seen, Which } from "./crowd.ts";

export interface DiscordCrowdOptions {
  readonly picture: Uint8Array;
  /** Default 12: each has a budget of its own. */
  readonly channels?: number;
  /** Of the windows of Discord's rate limits. Default 0.02. */
  readonly rateLimitScale?: number;
}

export interface TakenToken {
  /** Requests that were refused for it. */
  readonly refusals: number;
  /** Closes the connection for it, as Discord does. */
  close(): void;
  giveBack(): void;
}

export interface DiscordCrowd extends Crowd {
  /** @param choices Of the command's options, besides prompt and picture. */
  order(prompt: string, picture?: Uint8Array, choices?: Readonly<Record<string, number>>): Promise<Order>;
  /** Posts that were refused by `refusePosts`. */
  readonly refusals: number;
  readonly trouble: Crowd["trouble"] & {
    /** The token is no good any more; requests are refused at once, the connection as soon as it is closed. */
    takeTokenBack(): TakenToken;
    /** From now on no command is acknowledged: the request that says so hangs. */
    hangAcknowledgements(): { readonly hits: number };
    /** From now on no message can be posted, as if Discord were down. */
    refusePosts(): void;
  };
  until(look: () => boolean): Promise<unknown>;
}

/** Two servers, a few people, and the real client library of the bot against the fake. */
export async function createDiscordCrowd(options: DiscordCrowdOptions): Promise<DiscordCrowd> {
  const { picture, channels: channelCount = 12, rateLimitScale = 0.02 } = options;
  const fake = await startFakeDiscord({ rateLimitScale });
  const guilds = [fake.guild(), fake.guild()];
  const people = guilds.flatMap((guild, at) =>
    Array.from({ length: 4 }, (_, index) => fake.member({ guild, name: `member-${at}-${index}` })),
  );
  const rooms = guilds.map((guild) =>
    Array.from({ length: channelCount / guilds.length }, (_, index) => fake.channel(guild, `room-${index}`)),
  );
  let orders = 0;
  let refusing: { readonly hits: number } = { hits: 0 };

  return {
    name: "Discord",
    chat: discordEnvironment(fake),
    violations: fake.violations,
    get isHeard() {
      return fake.gateway.connected > 0 && fake.commands.length > 0;
    },
    get refusals() {
      return refusing.hits;
    },
    until: (look) => fake.until(look, { timeout: 40_000 }),
    async order(prompt, bytes = picture, choices = {}): Promise<Order> {
      const number = orders++;
      const side = number % guilds.length;
      const ofSide = people.slice(side * 4, side * 4 + 4);
      const member = ofSide[Math.floor(number / 2) % ofSide.length];
      const channel = rooms[side]?.[Math.floor(number / 2) % (rooms[side]?.length ?? 1)];
      if (!member || !channel) throw new Error("Expected people and rooms, got none");
      const image = { name: "photo.png", bytes };
      const connections = fake.gateway.identified + fake.gateway.resumed;
      const interaction = await member.slash("edit", { prompt, image, ...choices }, { channel });
      const isPromised = () => interaction.replies.some(({ content }) => content.startsWith("On it"));
      // The command is acknowledged before the picture is fetched: the job is on its way until it is told.
      const isDead = () =>
        fake.gateway.connected === 0 || fake.gateway.identified + fake.gateway.resumed > connections;
      const told = () => interaction.replies.map(({ content }) => content).join(" / ");
      await fake
        .until(() => isPromised() || isDead(), { timeout: 30_000, what: "an answer, or the bot's end" })
        .catch((cause: unknown) => {
          throw new Error(`Expected that ${prompt} is promised, or the bot's end, got "${told()}"`, {
            cause,
          });
        });
      return {
        prompt,
        get isPromised() {
          return isPromised();
        },
      };
    },
    messages: () => seenIn(fake),
    trouble: {
      late: async (which, delay) => void (await arrival(fake, which, { delay })),
      async lost(which) {
        const { remove } = await arrival(fake, which, { drop: "before", times: Number.POSITIVE_INFINITY });
        return { end: remove };
      },
      unanswered: async (which) => void (await arrival(fake, which, { drop: "after" })),
      takeTokenBack() {
        const { token } = fake.settings;
        const since = fake.requests.length;
        fake.settings.token = `${token}-new`;
        return {
          get refusals() {
            return fake.requests.slice(since).filter(({ status }) => status === 401).length;
          },
          close: () => fake.gateway.closeSockets(4004),
          giveBack() {
            fake.settings.token = token;
          },
        };
      },
      hangAcknowledgements: () =>
        fake.inject({
          method: "POST",
          path: /^\/interactions\/\d+\/.+\/callback$/,
          delay: 60_000,
          times: Number.POSITIVE_INFINITY,
        }),
      refusePosts() {
        const path = /^\/channels\/\d+\/messages$/;
        refusing = fake.inject({ method: "POST", path, status: 503, times: Number.POSITIVE_INFINITY });
      },
      noEdits() {
        fake.settings.oldEdits = { age: 0, limit: 0, retryAfter: 60 };
      },
    },
    [Symbol.asyncDispose]: () => fake[Symbol.asyncDispose](),
  };
}

/** What a bot is told to find the fake. */
export function discordEnvironment(fake: FakeDiscord): Readonly<Record<string, string>> {
  return {
    DISCORD_TOKEN: fake.token,
    DISCORD_API_URL: fake.apiUrl,
    DISCORD_CDN_HOSTS: new URL(fake.cdn.url).host,
  };
}

function seenIn(fake: FakeDiscord): Seen[] {
  return [...fake.world.messages.values()]
    .filter(
      ({ authorId, deletedAt, visibleTo }) =>
        authorId === fake.botId && deletedAt === null && visibleTo === null,
    )
    .map(({ content, attachments, reactions }) => ({
      text: content,
      pictures: attachments.length,
      reactions: [...reactions.values()].filter((users) => users.includes(fake.botId)).length,
    }));
}

async function arrival(
  fake: FakeDiscord,
  { what, nth = 1 }: Which,
  fault: Pick<Fault, "delay" | "drop" | "times">,
): Promise<InjectedFault> {
  const injected = fake.inject({
    method: what === "post" ? "POST" : "PATCH",
    path: what === "post" ? /^\/channels\/\d+\/messages$/ : /^\/channels\/\d+\/messages\/\d+$/,
    after: nth - 1,
    ...fault,
  });
  await fake.until(() => injected.hits > 0, { timeout: 60_000, what: `a request to ${what}` });
  return injected;
}
