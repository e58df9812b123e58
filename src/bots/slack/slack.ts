import { App } from "@slack/bolt";
import { type Clocks, systemClocks } from "../../clocks.ts";
import { pauseFor } from "../../retry.ts";
import type { AdapterServices, ChatPlatform } from "../chat.ts";
import type { CommandSpec } from "../commands/command-spec.ts";
import { untilAborted } from "../until-aborted.ts";
import { createAbilities } from "./abilities.ts";
import { capabilities } from "./capabilities.ts";
import { createClient, createLogger, createRedact } from "./client.ts";
import type { Connection } from "./connection/connection.ts";
import { type ConnectionOptions, createConnection } from "./connection/create-connection.ts";
import { createTokenWatch, type TokenWatch } from "./connection/token-watch.ts";
import { createIncoming } from "./incoming/incoming.ts";
import { createPictureMessages } from "./incoming/picture-messages.ts";
import { createPictures } from "./incoming/pictures.ts";
import { createHome } from "./outgoing/home.ts";
import { createOutgoing, threadFor } from "./outgoing/outgoing.ts";
import { createPostedSearch } from "./outgoing/posted.ts";
import { createPictureUpload } from "./outgoing/upload-picture.ts";
import { createUploads } from "./outgoing/uploads.ts";
import { createGroups } from "./people/groups.ts";
import { createIdentities } from "./people/identity.ts";
import { createMembers } from "./people/members.ts";
import { fileRefIn, messageRefIn, platformName } from "./places.ts";

export interface SlackOptions extends ConnectionOptions {
  /** `xoxb-...` */
  readonly botToken: string;
  /** Hosts that files may come from, and that alone see the bot's token. */
  readonly fileHosts: readonly string[];
  /** Hosts that pictures of members may come from. Default: Slack's own. */
  readonly avatarHosts?: readonly string[];
  readonly services: AdapterServices;
  readonly specs: readonly CommandSpec[];
  /** The system's by default. */
  readonly clock?: Clocks;
  /** How it waits for Slack to get on with something. Default: as long as it says. */
  readonly pause?: typeof pauseFor;
}

/** What members upload for themselves lies there; pictures that Slack makes for the others lie elsewhere. */
const standardAvatarHosts = ["avatars.slack-edge.com"] as const;

/** Slack behind the port of `chat.ts`. */
export function createSlack(options: SlackOptions): ChatPlatform {
  const { botToken, apiUrl, services, clock = systemClocks, pause = pauseFor } = options;
  const { fetchAttachment, log } = services;
  const now = clock.monotonic;
  const timing = { now, pause };
  const closing = new AbortController();
  const { signal } = closing;
  const redact = createRedact([botToken, options.appToken, options.signingSecret]);
  const logger = createLogger(log, redact);
  const client = createClient({
    ...{ token: botToken, apiUrl, logger, signal },
    onTokenRefused: () => tokenWatch?.doubt(),
  });
  const identities = createIdentities(client, botToken, now);
  const members = createMembers({ client, identities, groups: createGroups(client, now), now });
  const abilities = createAbilities({ client, identities, now });
  const pictures = createPictures({
    client,
    token: botToken,
    hosts: options.fileHosts,
    avatarHosts: options.avatarHosts ?? standardAvatarHosts,
    fetchAttachment,
  });
  const upload = createPictureUpload(client, timing);
  const uploads = createUploads({
    client,
    upload,
    now,
    async onLeft(id) {
      try {
        await services.leave(fileRefIn(await team(), id));
      } catch (error) {
        log("warn", "a file that could not be deleted is lost sight of", { error: redact(String(error)) });
      }
    },
    onRefused: (error) =>
      log("debug", "Slack does not let a file be deleted", { error: redact(String(error)) }),
  });
  const team = async () => (await identities.get()).team;
  const outgoing = createOutgoing({
    client,
    members,
    uploads,
    upload,
    team,
    onRefused: abilities.forget,
    timing,
  });
  const showHome = createHome({
    ...{ client, directPlace: outgoing.directPlace, now },
    nameOf: (id) => members.known({ id, name: null }).name,
  });
  const posted = createPostedSearch(client, now);
  const incoming = createIncoming({
    client,
    abilities,
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
  let tokenWatch: TokenWatch | null = null;
  let isUninstalled = false;

  return {
    name: platformName,
    capabilities,
    get isConnected() {
      return connection?.isConnected === true;
    },
    get workspaces() {
      if (isUninstalled) return [];
      return identities.known ? [identities.known.team] : null;
    },
    async start(handle, call) {
      const starting = AbortSignal.any([call.signal, signal]);
      const opened = createConnection(options, {
        ...{ logger, log, redact, clock },
        onRefused: call.onRefused,
      });
      const { user: botUserId, bot: botId } = await untilAborted(identities.get(), starting);
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
      listenToRemoval(app, () => {
        isUninstalled = true;
        call.onWorkspaces?.();
        tokenWatch?.doubt();
      });
      connection = opened;
      try {
        await opened.open(starting);
      } catch (error) {
        await opened.close();
        throw error;
      }
      tokenWatch = createTokenWatch({
        ask: identities.ask,
        timing: options.timing,
        onRefused(reason) {
          call.onRefused(reason);
          // Nothing that comes in could be answered.
          void opened.close();
        },
      });
    },
    abilitiesIn: (place, call) => abilities.in(place, call.signal),
    directPlace: outgoing.directPlace,
    post: outgoing.post,
    async findPosted(place, key, { since, replyTo, signal: stop }) {
      const { bot } = await identities.get();
      const isKnown = place.thread !== null || replyTo !== undefined;
      const thread = isKnown ? threadFor(place, replyTo ?? null) : undefined;
      const found = await posted.find(place.channel, { key, thread, since, bot, signal: stop });
      return found && messageRefIn(place, found.message, found.thread);
    },
    edit: outgoing.edit,
    remove: outgoing.remove,
    react: outgoing.react,
    showHome: (member, home, call) => showHome(member, home, call.signal),
    picturesIn: (message, call) => pictures.of(message, call.signal),
    pictureMessages: createPictureMessages(client),
    addressed: (url, { place, signal: stop }) => pictures.addressed(url, place, stop),
    avatarOf: (member, call) => pictures.avatarOf(member, call.signal),
    save: (attachment, file, call) => pictures.save(attachment, file, call),
    async [Symbol.asyncDispose]() {
      tokenWatch?.[Symbol.dispose]();
      // What is taken no more is not acknowledged either, so that Slack sends it again.
      await connection?.close();
      await incoming.stop();
      outgoing.leaveKept();
      await uploads.settled();
      closing.abort();
    },
  };
}

/** The app was taken out of its workspace: the token that it has will never be good again. */
function listenToRemoval(app: App, tell: () => void): void {
  app.event("app_uninstalled", async () => tell());
  app.event("tokens_revoked", async ({ event }) => {
    if (event.tokens.bot?.length) tell();
  });
}
