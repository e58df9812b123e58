import { type Clocks, systemClocks } from "../../clocks.ts";
import { EditError } from "../../errors.ts";
import type { DiscordShards } from "../../types.ts";
import type { AdapterServices, ChatPlatform } from "../chat.ts";
import { capabilities } from "./capabilities.ts";
import { type CommandTexts, isForAdmins } from "./commands.ts";
import { connect, disconnect, isConnected } from "./connection.ts";
import { addressedOn } from "./incoming/addresses.ts";
import { findPosted } from "./outgoing/posted.ts";
import { messageRefIn, platformName } from "./places.ts";
import { putCommands, untilRegistered } from "./register.ts";
import { rolesIn } from "./roles.ts";
import { createSession, type Session } from "./session.ts";
import { servesFirst } from "./shards.ts";
import { createTransport } from "./transport.ts";

/** The commands are registered at every start, so that a token is all that an admin needs. */
export interface DiscordOptions extends CommandTexts {
  /** The bot's token. */
  readonly token: string;
  /** Another root of the REST interface without version, such as `http://127.0.0.1:1234/api`; Discord's own where `null`. */
  readonly apiUrl: string | null;
  /** Hosts that attachments may come from. */
  readonly cdnHosts: readonly string[];
  /** Where avatars lie. Default: Discord's own. */
  readonly cdnUrl?: string;
  /** Default `auto`. */
  readonly shards?: DiscordShards;
  readonly services: AdapterServices;
  /** The system's by default. */
  readonly clock?: Clocks;
}

/** https://discord.com/developers/docs/reference#image-formatting */
const standardCdnUrl = "https://cdn.discordapp.com";

/** Discord behind the port of `chat.ts`. */
export function createDiscord(options: DiscordOptions): ChatPlatform {
  const { token, shards = "auto", cdnUrl = standardCdnUrl, services, clock = systemClocks } = options;
  let isRegistered = false;
  const parts = {
    transport: createTransport(options.apiUrl, clock, () => session.client.isReady()),
    ...{ shards, services },
    // As long as it is not known to be registered so, an older registration may let everybody.
    isHeldBack: (name: string) => isRegistered && isForAdmins(name, options.specs),
    specs: options.specs,
    clock,
  };
  const closing = new AbortController();
  let session: Session = createSession(parts);
  let isFresh = true;
  let registering: Promise<void> = Promise.resolve();

  /** A bot that cannot register still works with the commands that it has. Of several processes one registers. */
  async function register({ client }: Session): Promise<void> {
    const applicationId = client.application?.id;
    const { signal } = closing;
    try {
      if (!applicationId) return;
      const call = { ...options, applicationId, signal };
      if (servesFirst(shards)) await putCommands(client.rest, call);
      else await untilRegistered(client.rest, call);
      isRegistered = true;
    } catch (error) {
      if (signal.aborted) return;
      services.log("warn", "the commands could not be registered", {
        error: error instanceof Error ? error.message : error,
      });
    }
  }

  return {
    name: platformName,
    capabilities,
    get isConnected() {
      return isConnected(session.client);
    },
    get workspaces() {
      return session.hasTold() ? [...session.client.guilds.cache.keys()] : null;
    },
    isPart: shards !== "auto",
    async start(handle, call) {
      if (!isFresh) session = createSession(parts);
      isFresh = false;
      session.incoming.listen(handle);
      const { client } = session;
      // Of servers that are out of order for a while discord.js tells otherwise.
      for (const event of ["guildCreate", "guildDelete"] as const)
        client.on(event, () => call.onWorkspaces?.());
      await connect(session.client, token, call);
      registering = register(session);
    },
    abilitiesIn: (place, { signal }) => session.abilities.in(place, signal),
    groupsIn: (guild, member, { signal }) => rolesIn(session.client.rest, guild, member, signal),
    directPlace: (member, call) => session.outgoing.directPlace(member, call),
    post: (place, message, call) => session.outgoing.post(place, message, call),
    async findPosted(place, key, { since, signal }) {
      const { rest, user } = session.client;
      if (!user) throw new EditError("internal", "Expected a bot that is logged in, got none.");
      const found = await findPosted(rest, place, key, { since, me: user.id, signal });
      return found && messageRefIn(place, found.id);
    },
    edit: (message, content, call) => session.outgoing.edit(message, content, call),
    remove: (message, call) => session.outgoing.remove(message, call),
    react: (message, emojis, call) => session.outgoing.react(message, emojis, call),
    picturesIn: (message, call) => session.outgoing.picturesIn(message, call),
    pictureMessages: (place, call) => session.outgoing.pictureMessages(place, call),
    addressed: async (url, { place }) => addressedOn(url, place, options.cdnHosts),
    avatarOf: (member, call) => session.outgoing.avatarOf(member, cdnUrl, call),
    async save({ url }, file, { maxBytes, signal }) {
      await services.fetchAttachment({ url, hosts: options.cdnHosts, bearer: null, maxBytes, file, signal });
    },
    async [Symbol.asyncDispose]() {
      closing.abort();
      await session.incoming.stop();
      await registering;
      await disconnect(session.client);
    },
  };
}
