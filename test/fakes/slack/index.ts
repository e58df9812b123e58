import { type Clock, createClock } from "./clock.ts";
import { createDelivery, type Delivery, type DeliveryRecord, type Transport } from "./delivery/delivery.ts";
import { createHttpMode, type HttpMode } from "./delivery/http-mode.ts";
import { createSocketMode, type SocketMode } from "./delivery/socket-mode.ts";
import { createFaults, type Fault } from "./http/faults.ts";
import { createFileServer, type DownloadFault, type FileServer } from "./http/file-server.ts";
import { createResponseUrls } from "./http/response-urls.ts";
import { listen } from "./http/server.ts";
import { createWebApi, type RequestRecord } from "./http/web-api.ts";
import { createMember, type FakeMember, type UploadInput } from "./member/member.ts";
import { picturesIn } from "./member/reading.ts";
import { createEvents } from "./payloads/events.ts";
import { createSettings, type Settings } from "./settings.ts";
import type { FakeChannel, FakeFile, FakeGroup, FakeMessage, FakeTeam, FakeView } from "./types.ts";
import { until } from "./until.ts";
import { createInteractions } from "./world/interactions.ts";
import { createMessages } from "./world/messages.ts";
import { type ChannelOptions, createWorld, type Violation } from "./world/world.ts";

export type { DeliveryRecord } from "./delivery/delivery.ts";
export type { HttpMode, SignedRequest } from "./delivery/http-mode.ts";
export type { SocketMode } from "./delivery/socket-mode.ts";
export type { Fault } from "./http/faults.ts";
export type { DownloadFault } from "./http/file-server.ts";
export type { RequestRecord } from "./http/web-api.ts";
export { buttonLabels } from "./member/buttons.ts";
export type { Interaction } from "./member/interaction.ts";
export type { FakeMember, UploadInput } from "./member/member.ts";
export type { Submission } from "./member/modals.ts";
export { visibleText } from "./member/reading.ts";
export type { RateLimit, Settings } from "./settings.ts";
export type * from "./types.ts";

/**
 * Slack on loopback, for the real client libraries. Everything lives in this object, so bots may come and go.
 *
 * Simpler than Slack: one app; no Enterprise Grid, shared channels, group DMs; one bucket a method for rate
 * limits; files are ready after so many calls of `files.info` or so much time; a thread's parent has to have existed; texts
 * are kept as sent. A Web API method is one entry in `methods/`.
 */
export interface FakeSlack extends AsyncDisposable {
  /** For `clientOptions.slackApiUrl`. */
  readonly apiUrl: string;
  /** `http://127.0.0.1:PORT`: files, uploads and response URLs are served here too. */
  readonly origin: string;
  readonly appToken: string;
  /** The bot token of the first workspace. */
  readonly botToken: string;
  readonly signingSecret: string;
  readonly appId: string;
  readonly clock: Clock;
  readonly settings: Settings;
  /** The first workspace. */
  readonly team: FakeTeam;
  addTeam(name: string): FakeTeam;
  /** The first workspace takes the app out: the app is told, and Slack knows its token no more. */
  uninstall(): void;
  channel(options?: Partial<ChannelOptions> & { readonly team?: FakeTeam }): FakeChannel;
  member(options?: MemberOptions): FakeMember;
  /** A user group of the first workspace. */
  group(handle: string, users: readonly { readonly id: string }[]): FakeGroup;
  /** A member's file that is shared nowhere yet. */
  upload(file: UploadInput & { readonly by: FakeMember }): FakeFile;

  /** All messages ever, oldest first: also deleted and ephemeral ones. Each keeps every revision. */
  readonly messages: readonly FakeMessage[];
  readonly files: ReadonlyMap<string, FakeFile>;
  readonly views: ReadonlyMap<string, FakeView>;
  /** Requests to the Web API and to response URLs, oldest first. */
  readonly requests: readonly RequestRecord[];
  /** Attempts to hand events and interactions over, oldest first. */
  readonly deliveries: readonly DeliveryRecord[];
  readonly downloads: FileServer["downloads"];
  /** Broken rules; a bot that behaves leaves this empty. */
  readonly violations: readonly Violation[];

  /** The pictures that a message shows, with their alternative texts. */
  pictures(message: FakeMessage): { readonly file: FakeFile; readonly alt: string | null }[];

  /** 429, 5xx, error codes, cut connections and delays for the next requests. */
  inject(fault: Fault): void;
  /** Redirects, floods, trickles and sign-in pages for the next downloads. */
  injectDownload(fault: DownloadFault): void;
  /** Duplicates, delays, forged and stale signatures for the next deliveries. */
  disturb: Delivery["disturb"];
  readonly sockets: SocketMode;
  /** Set `http.url` to the bot's endpoint, and payloads go there in place of the sockets. */
  readonly http: HttpMode;
  readonly until: typeof until;
}

export interface MemberOptions {
  readonly team?: FakeTeam;
  readonly name?: string;
  /** Default `en-US`. */
  readonly locale?: string;
  readonly timezone?: string;
  /** Workspace admin. */
  readonly admin?: boolean;
  readonly owner?: boolean;
  /** Error code that refuses the bot's direct messages, such as `user_disabled`. */
  readonly refusesDirectMessages?: string;
}

/** Starts a fake Slack on a free port of 127.0.0.1, with one workspace. Whoever starts it disposes of it. */
export async function startFakeSlack(options: Partial<Settings> = {}): Promise<FakeSlack> {
  const world = createWorld(createClock(), createSettings(options));
  const sockets = createSocketMode(world);
  const http = createHttpMode(world);
  const transport: Transport = {
    get retryReasons() {
      return current().retryReasons;
    },
    send: (attempt) => current().send(attempt),
  };
  const delivery = createDelivery(world, transport);
  const events = createEvents(world, delivery);
  const messages = createMessages(world, events);
  const interactions = createInteractions(world);
  const responseUrls = createResponseUrls(world, messages);
  const files = createFileServer(world);
  const faults = createFaults();
  const requests: RequestRecord[] = [];
  const webApi = createWebApi({ world, messages, events, interactions, socketUrl: sockets.issueUrl });
  const server = await listen({ world, faults, requests, webApi, files, responseUrls, sockets });
  const team = world.addTeam("Painters");
  let counter = 0;

  return {
    apiUrl: `${world.origin}/api/`,
    origin: world.origin,
    appToken: world.appToken,
    botToken: team.botToken,
    signingSecret: world.signingSecret,
    appId: world.appId,
    clock: world.clock,
    settings: world.settings,
    team,
    addTeam: world.addTeam,
    uninstall() {
      events.uninstalled(team.id);
      faults.inject({ method: "*", error: "account_inactive", times: Number.POSITIVE_INFINITY });
    },
    channel({ team: owner = team, ...channel } = {}) {
      return world.addChannel(owner, { name: `channel-${++counter}`, ...channel });
    },
    member(member = {}) {
      const user = world.addUser(member.team ?? team, {
        name: member.name ?? `member-${++counter}`,
        locale: member.locale ?? "en-US",
        timezone: member.timezone ?? "Europe/Berlin",
        isAdmin: member.admin ?? false,
        isOwner: member.owner ?? false,
        refusesDirectMessages: member.refusesDirectMessages ?? null,
        avatar: null,
      });
      return createMember({ world, user, messages, events, interactions, responseUrls, delivery });
    },
    group: (handle, users) =>
      world.addGroup(
        team,
        handle,
        users.map(({ id }) => id),
      ),
    upload: ({ by, ...file }) => by.upload(file),
    messages: world.messages,
    files: world.files,
    views: world.views,
    requests,
    deliveries: delivery.records,
    downloads: files.downloads,
    violations: world.violations,
    pictures: (message) => picturesIn(world.files, message),
    inject: faults.inject,
    injectDownload: files.inject,
    disturb: delivery.disturb,
    sockets,
    http,
    until,
    async [Symbol.asyncDispose]() {
      world.timers[Symbol.dispose]();
      await sockets[Symbol.asyncDispose]();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };

  function current(): Transport {
    return http.url === null ? sockets : http;
  }
}
