import { App } from "@slack/bolt";
import { EditError } from "../../errors.ts";
import {
  type AdapterLog,
  type AdapterServices,
  type Capabilities,
  ChatError,
  type ChatFailure,
  type ChatPlatform,
} from "../chat.ts";
import { type Clock, systemClock } from "../clock.ts";
import type { CommandSpec } from "../commands/command-spec.ts";
import { createAbilities, uploadLimit } from "./abilities.ts";
import { createClient, createLogger, createRedact } from "./client.ts";
import { type Connection, createHttpConnection, createSocketConnection } from "./connection.ts";
import { createIncoming } from "./incoming/incoming.ts";
import { createPictures } from "./incoming/pictures.ts";
import { createOutgoing } from "./outgoing/outgoing.ts";
import { findPosted } from "./outgoing/posted.ts";
import { messageAt } from "./outgoing/standing-message.ts";
import { createUploads } from "./outgoing/uploads.ts";
import { createGroups } from "./people/groups.ts";
import { createIdentities } from "./people/identity.ts";
import { createMembers } from "./people/members.ts";
import { messageRefIn, platformName } from "./places.ts";

export interface SlackOptions {
  /** `xoxb-...` */
  readonly botToken: string;
  /** `xapp-...`: events come by Socket Mode. */
  readonly appToken: string | null;
  /** Without an app token: events come by HTTP and are verified with it. */
  readonly signingSecret: string | null;
  /** Another root of the Web API; Slack's own where `null`. */
  readonly apiUrl: string | null;
  /** Hosts that files may come from, and that alone see the bot's token. */
  readonly fileHosts: readonly string[];
  /** Of HTTP; 0 picks a free one and logs it. */
  readonly port: number;
  readonly services: AdapterServices;
  readonly specs: readonly CommandSpec[];
  /** That of the services by default. */
  readonly log?: AdapterLog;
  /** The system's by default. */
  readonly clock?: Clock;
}

/** https://docs.slack.dev/reference/block-kit/blocks and https://docs.slack.dev/apis/web-api/rate-limits */
const capabilities: Capabilities = {
  reactions: true,
  translatesCommands: false,
  typed: typedCommand,
  asksForOptions: false,
  picturesInModals: true,
  spoilers: false,
  maxUploadBytes: uploadLimit,
  maxPictures: 10,
  buttonRows: 5,
  buttonsPerRow: 5,
  maxTextLength: 3000,
  // What a workspace sets for how long people may edit does not bind apps.
  editWindowSeconds: null,
  // A channel takes about one post a second, a workspace about 50 edits a minute.
  writesPerMinute: { channel: 40, workspace: 45 },
};

/** Slack's own commands are two: what is not an edit stands behind `/lrbot`. */
function typedCommand(command: string, text?: string): string {
  const typed = command === "edit" ? "/edit" : `/lrbot ${command}`;
  return text === undefined ? typed : `${typed} "${text}"`;
}

/** Slack behind the port of `chat.ts`. */
export function createSlack(options: SlackOptions): ChatPlatform {
  const { botToken, apiUrl, services, log = services.log, clock = systemClock } = options;
  const now = clock.monotonic;
  const closing = new AbortController();
  const { signal } = closing;
  const redact = createRedact([botToken, options.appToken, options.signingSecret]);
  const logger = createLogger(log, redact);
  const client = createClient({ token: botToken, apiUrl, logger, signal });
  const identities = createIdentities(client, botToken, now);
  const members = createMembers({ client, identities, groups: createGroups(client, now), now });
  const abilities = createAbilities({ client, identities, now });
  const { fetchAttachment } = services;
  const pictures = createPictures({ client, token: botToken, hosts: options.fileHosts, fetchAttachment });
  const uploads = createUploads({
    client,
    onLeft: (error) => log("debug", "a file could not be deleted", { error: redact(String(error)) }),
  });
  const team = async () => (await identities.get()).team;
  const outgoing = createOutgoing({ client, members, uploads, team, onRefused: abilities.forget, now });
  const incoming = createIncoming({
    client,
    outgoing,
    identities,
    members,
    pictures,
    services,
    specs: options.specs,
    log,
    redact,
    clock,
    signal,
  });
  let connection: Connection | null = null;

  function createConnection(): Connection {
    const parts = { logger, log, redact };
    const { appToken, signingSecret, port } = options;
    if (appToken) return createSocketConnection({ appToken, apiUrl }, parts);
    if (signingSecret) return createHttpConnection({ signingSecret, port }, parts);
    throw new EditError(
      "usage",
      "Expected SLACK_APP_TOKEN (Socket Mode) or SLACK_SIGNING_SECRET (HTTP) beside SLACK_BOT_TOKEN, got neither. https://api.slack.com/apps, your app, Basic Information, has both.",
    );
  }

  return {
    name: platformName,
    capabilities,
    get isConnected() {
      return connection?.isConnected === true;
    },
    async start(handle) {
      const opened = createConnection();
      const { user: botUserId, bot: botId } = await identities.get();
      const app = new App({
        token: botToken,
        botId,
        botUserId,
        receiver: opened.receiver,
        convoStore: false,
        logger,
        clientOptions: { ...(apiUrl ? { slackApiUrl: apiUrl } : {}) },
      });
      incoming.listen(app, handle);
      connection = opened;
      await opened.open();
    },
    abilitiesIn: (place, call) => abilities.in(place, call.signal),
    directPlace: outgoing.directPlace,
    post: outgoing.post,
    async findPosted(place, key, { since, signal: stop }) {
      const { bot } = await identities.get();
      const found = await findPosted(client, place, { key, since, bot, signal: stop });
      return found && messageRefIn(place, found.message, found.thread);
    },
    edit: outgoing.edit,
    remove: outgoing.remove,
    react: outgoing.react,
    async picturesIn(message, { signal: stop }) {
      try {
        const found = await messageAt(client, message, stop);
        return found ? await pictures.in(found, stop) : [];
      } catch (error) {
        if (error instanceof ChatError && unreadable.includes(error.failure)) return [];
        throw error;
      }
    },
    save: (attachment, file, call) => pictures.save(attachment, file, call),
    async [Symbol.asyncDispose]() {
      // What is taken no more is not acknowledged either, so that Slack sends it again.
      await connection?.close();
      await incoming.stop();
      await uploads.settled();
      closing.abort();
    },
  };
}

const unreadable: readonly ChatFailure[] = ["missing-permission", "unknown-place", "unknown-message"];
