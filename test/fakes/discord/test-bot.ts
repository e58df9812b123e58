import {
  Client,
  type ClientOptions,
  Events,
  GatewayIntentBits,
  type Interaction,
  Partials,
  REST,
} from "discord.js";
import { afterEach, beforeEach } from "vitest";
import {
  type FakeChannel,
  type FakeDiscord,
  type FakeGuild,
  type Member,
  startFakeDiscord,
} from "./index.ts";

/** A picture of one pixel. */
export const picture = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);

/** What the tests of the fake need: one guild, one channel, one member, and the real client. */
export interface TestGuild {
  readonly fake: FakeDiscord;
  readonly guild: FakeGuild;
  readonly channel: FakeChannel;
  readonly alice: Member;
  /** A real client that is logged in and ready. */
  connect(options?: Partial<ClientOptions>): Promise<Client<true>>;
  /** Registers `/edit prompt image [seed]`, `/admin pause` for managers, and "Edit this image". */
  register(client: Client<true>): Promise<void>;
  rest(): REST;
}

/** Builds one before each test, and takes it down after. Gives a function that reads it. */
export function useTestGuild(): () => TestGuild {
  let built: TestGuild | undefined;
  let clients: Client[] = [];

  beforeEach(async () => {
    const fake = await startFakeDiscord({ rateLimitScale: 0.05 });
    const guild = fake.guild({ preferredLocale: "de" });
    const channel = fake.channel(guild, "painting");
    const alice = fake.member({ guild, name: "alice", locale: "de" });
    const connect = async (options: Partial<ClientOptions> = {}) => {
      const client = createClient(fake, options);
      clients.push(client);
      const ready = new Promise((resolve) => client.once(Events.ClientReady, resolve));
      await client.login(fake.token);
      await ready;
      return client as Client<true>;
    };
    const register = async (client: Client<true>) => void (await client.application.commands.set(commands));
    const rest = () => new REST({ api: fake.apiUrl }).setToken(fake.token);
    built = { fake, guild, channel, alice, connect, register, rest };
  });

  afterEach(async () => {
    await Promise.all(clients.map((client) => client.destroy()));
    clients = [];
    await built?.fake[Symbol.asyncDispose]();
  });

  return () => {
    if (!built) throw new Error("Expected a test to be running, got none");
    return built;
  };
}

export function onInteraction(client: Client, handle: (interaction: Interaction) => Promise<unknown>): void {
  client.on(Events.InteractionCreate, (interaction) => void handle(interaction));
}

function createClient(fake: FakeDiscord, options: Partial<ClientOptions>): Client {
  return new Client({
    intents: [
      GatewayIntentBits.Guilds,
      GatewayIntentBits.GuildMessages,
      GatewayIntentBits.GuildMessageReactions,
      GatewayIntentBits.DirectMessages,
    ],
    partials: [Partials.Message, Partials.Channel, Partials.Reaction, Partials.User],
    ...options,
    rest: { api: fake.apiUrl, ...options.rest },
  });
}

const commands = [
  {
    name: "edit",
    description: "Edits a picture",
    nameLocalizations: { de: "ändern" },
    options: [
      { type: 3, name: "prompt", description: "What to paint", required: true },
      { type: 11, name: "image", description: "The picture", required: true },
      { type: 4, name: "seed", description: "A whole number", min_value: 0 },
    ],
  },
  {
    name: "admin",
    description: "For admins",
    defaultMemberPermissions: ["ManageGuild" as const],
    options: [
      {
        type: 1,
        name: "pause",
        description: "Pauses",
        options: [{ type: 6, name: "member", description: "Whom" }],
      },
    ],
  },
  { type: 3, name: "Edit this image" },
];
