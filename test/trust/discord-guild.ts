import {
  type DrivenInteraction,
  type FakeChannel,
  type FakeDiscord,
  type Member,
  startFakeDiscord,
} from "../fakes/discord/index.ts";
import { discordEnvironment } from "../kill/discord-crowd.ts";

/** One channel with a few members, whose answers are read word for word. */
export interface DiscordGuild extends AsyncDisposable {
  readonly fake: FakeDiscord;
  readonly channel: FakeChannel;
  /** Who orders where nobody else is named. */
  readonly ann: Member;
  readonly chat: Readonly<Record<string, string>>;
  readonly isHeard: boolean;
  /** The command is sent; resolves with what the member sees of its acknowledgement. */
  edit(prompt: string, picture: Uint8Array, member?: number): Promise<DrivenInteraction>;
  /** What the bot's messages that everybody sees say. */
  messages(): string[];
  until(look: () => boolean, what?: string): Promise<unknown>;
  readonly violations: readonly unknown[];
}

export async function createDiscordGuild(): Promise<DiscordGuild> {
  const fake = await startFakeDiscord({ rateLimitScale: 0.02 });
  const guild = fake.guild();
  const channel = fake.channel(guild, "pictures");
  const ann = fake.member({ guild, name: "ann" });
  const members = [ann, ...["ben", "cem"].map((name) => fake.member({ guild, name }))];
  return {
    ...{ fake, channel, ann },
    chat: discordEnvironment(fake),
    violations: fake.violations,
    get isHeard() {
      return fake.gateway.connected > 0 && fake.commands.length > 0;
    },
    async edit(prompt, bytes, at = 0) {
      const member = members[at];
      if (!member) throw new Error(`Expected one of ${members.length} members, got ${at}`);
      return member.slash("edit", { prompt, image: { name: "photo.png", bytes } }, { channel });
    },
    messages: () =>
      [...fake.world.messages.values()]
        .filter(({ authorId, deletedAt, visibleTo }) => authorId === fake.botId && !deletedAt && !visibleTo)
        .map(({ content }) => content),
    until: (look, what = "what the test waits for") => fake.until(look, { timeout: 60_000, what }),
    [Symbol.asyncDispose]: () => fake[Symbol.asyncDispose](),
  };
}
