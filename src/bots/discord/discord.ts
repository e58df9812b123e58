import { EditError } from "../../errors.ts";
import type { AdapterServices, ChatPlatform } from "../chat.ts";
import { type Clock, systemClock } from "../clock.ts";
import { createAbilities } from "./abilities.ts";
import { capabilities } from "./capabilities.ts";
import { createClient } from "./client.ts";
import type { CommandTexts } from "./commands.ts";
import { connect, disconnect, isConnected, logConnection } from "./connection.ts";
import { createIncoming } from "./incoming/incoming.ts";
import { createOutgoing } from "./outgoing/outgoing.ts";
import { findPosted } from "./outgoing/posted.ts";
import { messageRefIn, platformName } from "./places.ts";
import { putCommands } from "./register.ts";
import { createTransport } from "./transport.ts";

/** The commands are registered at every start, so that a token is all that an admin needs. */
export interface DiscordOptions extends CommandTexts {
  /** The bot's token. */
  readonly token: string;
  /** Another root of the REST interface without version, such as `http://127.0.0.1:1234/api`; Discord's own where `null`. */
  readonly apiUrl: string | null;
  /** Hosts that attachments may come from. */
  readonly cdnHosts: readonly string[];
  readonly services: AdapterServices;
  /** The system's by default. */
  readonly clock?: Clock;
}

/** Discord behind the port of `chat.ts`. */
export function createDiscord(options: DiscordOptions): ChatPlatform {
  const { token, services, clock = systemClock } = options;
  const { log } = services;
  const transport = createTransport(options.apiUrl);
  const client = createClient(transport.options);
  const { rest } = client;
  const abilities = createAbilities(client, clock.monotonic);
  const outgoing = createOutgoing({ rest, missingAtOnce: abilities.missingAtOnce });
  const incoming = createIncoming({ client, transport, abilities, outgoing, services, clock });
  let registering: Promise<void> = Promise.resolve();
  logConnection(client, log);

  /** A bot that cannot register still works with the commands that it has. */
  async function register(): Promise<void> {
    const applicationId = client.application?.id;
    try {
      if (applicationId) await putCommands(rest, { ...options, applicationId });
    } catch (error) {
      log("warn", "the commands could not be registered", {
        error: error instanceof Error ? error.message : error,
      });
    }
  }

  return {
    name: platformName,
    capabilities,
    get isConnected() {
      return isConnected(client);
    },
    async start(handle) {
      incoming.listen(handle);
      await connect(client, token);
      registering = register();
    },
    abilitiesIn: (place, { signal }) => abilities.in(place, signal),
    directPlace: outgoing.directPlace,
    post: outgoing.post,
    async findPosted(place, key, { since, signal }) {
      const me = client.user?.id;
      if (me === undefined) throw new EditError("internal", "Expected a bot that is logged in, got none.");
      const found = await findPosted(rest, place, key, { since, me, signal });
      return found && messageRefIn(place, found.id);
    },
    edit: outgoing.edit,
    remove: outgoing.remove,
    react: outgoing.react,
    picturesIn: outgoing.picturesIn,
    async save({ url }, file, { maxBytes, signal }) {
      await services.fetchAttachment({ url, hosts: options.cdnHosts, bearer: null, maxBytes, file, signal });
    },
    async [Symbol.asyncDispose]() {
      await incoming.stop();
      await registering;
      await disconnect(client);
    },
  };
}
