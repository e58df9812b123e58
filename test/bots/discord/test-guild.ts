import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach } from "vitest";
import type {
  AdapterServices,
  ChatButton,
  ChatEvent,
  ChatMessage,
  ChatPicture,
  ChatPlatform,
  Place,
} from "../../../src/bots/chat.ts";
import { commands } from "../../../src/bots/commands/index.ts";
import { createDiscord } from "../../../src/bots/discord/discord.ts";
import type { EditError } from "../../../src/errors.ts";
import { createFetchAttachment } from "../../../src/media/fetch-attachment.ts";
import {
  type FakeChannel,
  type FakeDiscord,
  type FakeGuild,
  type FakeMessage,
  type Member,
  startFakeDiscord,
} from "../../fakes/discord/index.ts";

export const signal = new AbortController().signal;

export type EventOf<Kind extends ChatEvent["kind"]> = Extract<ChatEvent, { readonly kind: Kind }>;

/** A server with one channel and one member, the fake Discord, and the adapter logged in to it. */
export interface TestGuild {
  readonly fake: FakeDiscord;
  readonly guild: FakeGuild;
  readonly channel: FakeChannel;
  readonly place: Place;
  readonly alice: Member;
  readonly discord: ChatPlatform;
  /** Every event that was handed over, in order. */
  readonly events: readonly ChatEvent[];
  /** What the bot does with an event; by default it acknowledges what can be. */
  react(handle: (event: ChatEvent) => Promise<void>): void;
  /** The next event of a kind that nobody took yet. */
  next<Kind extends ChatEvent["kind"]>(kind: Kind): Promise<EventOf<Kind>>;
  /** Ids that were handed over before, as the store knows them. */
  readonly seen: Set<string>;
  readonly acknowledged: readonly number[];
  readonly logged: readonly string[];
  /** Why the platform said that it refuses the bot for good. */
  readonly refusals: readonly EditError[];
  readonly folder: string;
  /** Another adapter on the same fake: after a restart. */
  connect(options?: { token?: string }): Promise<ChatPlatform>;
  /** The same, not connected yet. */
  begin(options?: { token?: string }): {
    readonly platform: ChatPlatform;
    readonly start: () => Promise<void>;
  };
  /** A message as it stands on Discord. */
  standing(message: { readonly message: string }): FakeMessage;
  picture(name?: string, options?: { readonly bytes?: number; readonly alt?: string }): Promise<ChatPicture>;
}

/** A key as the bot makes them: a job's id and what the message is. */
export const key = "abcdefghjkmnpqrs-j";

export const pixel = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);

export function message(text: ChatMessage["text"], rest: Partial<ChatMessage> = {}): ChatMessage {
  return { text, pictures: [], buttons: [], ...rest };
}

export function button(id: string, label = id): ChatButton {
  return { id, label, style: "secondary" };
}

/** Builds one before each test, and takes it down after. */
export function useTestGuild(): () => TestGuild {
  let built: TestGuild | undefined;
  let platforms: ChatPlatform[] = [];
  let folder = "";

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "discord-"));
    const fake = await startFakeDiscord({ rateLimitScale: 0.05 });
    const guild = fake.guild({ preferredLocale: "de" });
    const channel = fake.channel(guild, "painting");
    const alice = fake.member({ guild, name: "alice", locale: "fr" });
    const events: ChatEvent[] = [];
    const taken = new Set<ChatEvent>();
    const seen = new Set<string>();
    const acknowledged: number[] = [];
    const logged: string[] = [];
    const refusals: EditError[] = [];
    let handle = acknowledge;
    const services: AdapterServices = {
      isNew: async (id) => !seen.has(id) && Boolean(seen.add(id)),
      fetchAttachment: createFetchAttachment({ allowLoopback: true }),
      onAcknowledged: (milliseconds) => void acknowledged.push(milliseconds),
      leave: async () => {},
      log: (level, text, details) => void logged.push(`${level} ${text} ${JSON.stringify(details)}`),
    };
    const begin = (options: { token?: string } = {}) => {
      const platform = createDiscord({
        token: options.token ?? fake.token,
        apiUrl: fake.apiUrl,
        cdnHosts: [new URL(fake.cdn.url).host],
        services,
        specs: commands,
        describe: (key, locale) => (locale ? `${key} (${locale})` : key),
        locales: ["en", "de"],
      });
      platforms.push(platform);
      const onRefused = (reason: EditError) => void refusals.push(reason);
      const take = async (event: ChatEvent) => {
        events.push(event);
        await handle(event);
      };
      return { platform, start: () => platform.start(take, { signal, onRefused }) };
    };
    const connect = async (options: { token?: string } = {}) => {
      const { platform, start } = begin(options);
      await start();
      return platform;
    };
    const discord = await connect();
    await fake.until(() => fake.commands.length > 0, { what: "the registered commands" });
    built = {
      fake,
      guild,
      channel,
      place: { platform: "discord", workspace: guild.id, channel: channel.id, thread: null, isDirect: false },
      alice,
      discord,
      events,
      react: (next) => {
        handle = next;
      },
      async next(kind) {
        const found = await fake.until(
          () => events.find((event) => event.kind === kind && !taken.has(event)),
          {
            what: `a ${kind}`,
          },
        );
        taken.add(found);
        return found as EventOf<typeof kind>;
      },
      seen,
      acknowledged,
      logged,
      refusals,
      folder,
      begin,
      connect,
      standing({ message: id }) {
        const found = fake.world.messages.get(id);
        if (!found) throw new Error(`Expected message ${id} to be there, got none.`);
        return found;
      },
      async picture(name = "result.png", { bytes, alt = "a tree" } = {}) {
        const path = join(folder, `${Math.random()}.png`);
        await writeFile(path, bytes ? Buffer.alloc(bytes, 1) : pixel);
        return { path, fileName: name, alt, isSpoiler: false };
      },
    };
  });

  afterEach(async () => {
    await Promise.all(platforms.map((platform) => platform[Symbol.asyncDispose]()));
    platforms = [];
    await built?.fake[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  return () => {
    if (!built) throw new Error("Expected a test to be running, got none.");
    return built;
  };
}

async function acknowledge(event: ChatEvent): Promise<void> {
  if ("respond" in event) await event.respond.acknowledge();
}
