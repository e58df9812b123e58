import { randomBytes, randomUUID } from "node:crypto";
import { join } from "node:path";
import { type Clocks, systemClocks } from "../../clocks.ts";
import { EditError } from "../../errors.ts";
import type { Scheduler } from "../../queue/scheduler.ts";
import type { Store } from "../../store/store.ts";
import type { AdapterServices, ChatPlatform } from "../chat.ts";
import type { CommandSpec } from "../commands/command-spec.ts";
import type { JobFiles } from "../intake/job-files.ts";
import type { Limits } from "../intake/settings.ts";
import { createReferences } from "../messages/references.ts";
import type { PictureWorker } from "../picture-worker.ts";
import { capabilities } from "./capabilities.ts";
import { createAnswers } from "./incoming/answers.ts";
import { createIncoming } from "./incoming/incoming.ts";
import { createUploads } from "./incoming/uploads.ts";
import { createJobPictures } from "./jobs/job-pictures.ts";
import { followJobs } from "./jobs/live-jobs.ts";
import { createOperator, type OperatorSources } from "./operator/operator.ts";
import { createOutgoing } from "./outgoing/outgoing.ts";
import { createPeople } from "./people.ts";
import { messageRefIn, ownRoomOf, placeOf, platformName } from "./places.ts";
import { type AccessSettings, createAccess } from "./server/access.ts";
import { createApp } from "./server/app.ts";
import { createBackoff } from "./server/backoff.ts";
import { createOriginRules, isLoopbackAddress } from "./server/origin.ts";
import { type PageServer, startPageServer } from "./server/server.ts";
import { isSame, signatureOf } from "./server/signed.ts";
import { createStaticFiles } from "./server/static-files.ts";
import { createStreams } from "./server/streams.ts";
import { createVisits } from "./server/visit.ts";

/** Where the page is served, and for whom. */
export interface WebSettings {
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  readonly access: AccessSettings;
  /** Addresses of proxies whose headers are believed. */
  readonly proxies: readonly string[];
  /** The address that people open, where a proxy has one of its own. */
  readonly origin: string | null;
  /** There is a room that everybody reads. */
  readonly isShared: boolean;
}

/** What the page is made of besides its settings: it has no server elsewhere, so that it keeps and shows all by itself. */
export interface WebParts {
  readonly store: Store;
  readonly scheduler: Scheduler;
  readonly files: JobFiles;
  readonly pictureWorker: PictureWorker;
  /** The data folder, absolute. */
  readonly folder: string;
  readonly maxUploadBytes: number;
  readonly keepDays: number;
  readonly standardLimits: Limits;
  /** `PLATFORM:ID` of people who are admins everywhere. */
  readonly admins: readonly string[];
  readonly operator: OperatorSources;
}

export interface WebOptions {
  readonly settings: WebSettings;
  readonly parts: WebParts;
  readonly services: AdapterServices;
  readonly specs: readonly CommandSpec[];
  /** Takes `index.html` and `assets/` as they were built. */
  readonly pageFolder: string;
  readonly examples: readonly { readonly name: string; readonly file: string; readonly prompt: string }[];
  readonly version: string;
  /** It listens: where, and what opens the operator's view. */
  readonly onListening: (told: { readonly url: string; readonly operatorToken: string }) => void;
  /** The system's by default. */
  readonly clock?: Clocks;
}

/** Between two looks for uploads that nobody used. */
const sweepMilliseconds = 10 * 60_000;

/** The page behind the port of `chat.ts`: server and platform in one. */
export function createWeb(options: WebOptions): ChatPlatform {
  const { settings, parts, services, specs, clock = systemClocks } = options;
  const { store, scheduler, folder, maxUploadBytes } = parts;
  const closing = new AbortController();
  const operatorToken = randomBytes(24).toString("base64url");
  const operatorCookie = signatureOf(store.signingKey, "operator", operatorToken);
  const { isShared } = settings;
  const streams = createStreams({ clock: clock.wall, start: randomUUID(), isShared });
  const people = createPeople(store.settings);
  const outgoing = createOutgoing({ messages: store.messages, people, streams, folder, clock: clock.wall });
  const answers = createAnswers({ people, streams, folder, clock: clock.wall });
  const uploads = createUploads({
    folder: join(folder, "uploads"),
    ...{ pictureWorker: parts.pictureWorker, fetchAttachment: services.fetchAttachment },
    ...{ maxBytes: maxUploadBytes, examples: options.examples, clock: clock.wall, signal: closing.signal },
  });
  const incoming = createIncoming({
    ...{ outgoing, answers, uploads, people, specs, isShared },
    ...{ clock: clock.wall, monotonic: clock.monotonic, onAcknowledged: services.onAcknowledged },
    onForgotten(member) {
      answers.forget(member);
      void uploads.sweep(member).catch(logSweep);
      streams.tellMember(member, "refresh", { at: clock.wall() });
    },
  });
  const live = followJobs({ scheduler, jobs: store.jobs, streams, log: services.log });
  const secure = settings.origin?.startsWith("https:") ?? false;
  const password = settings.access.kind === "password" ? settings.access.password : "";
  const access = createAccess({ settings: settings.access, proxies: settings.proxies, people });
  const app = createApp({
    ...{ access, people, streams, outgoing, answers, uploads, incoming, live, specs, isShared, folder },
    ...{ scheduler, messages: store.messages, jobs: store.jobs, log: services.log, maxUploadBytes },
    ...{ keepDays: parts.keepDays, version: options.version, examples: options.examples, isSecure: secure },
    visits: createVisits(store.signingKey, signatureOf(store.signingKey, "password", password), clock.wall),
    backoff: createBackoff(clock.monotonic),
    references: createReferences(store.signingKey),
    pictures: createJobPictures({ ...parts, signal: closing.signal }),
    origins: createOriginRules(settings.origin, isLoopbackAddress(settings.host)),
    files: createStaticFiles(options.pageFolder),
    told: createOperator({
      ...{ ...parts, ...parts.operator, clock: clock.wall, log: services.log },
      isAlone: settings.access.kind === "alone",
    }),
    isNamedAdmin: (member) => parts.admins.includes(`${platformName}:${member}`),
    operatorCookie,
    cookieFor: (token) => (isSame(token, operatorToken) ? operatorCookie : null),
  });
  const logSweep = (error: unknown) => services.log("warn", "old uploads could not be removed", { error });
  const sweep = setInterval(() => void uploads.sweep(null).catch(logSweep), sweepMilliseconds);
  sweep.unref();
  let server: PageServer | null = null;

  return {
    name: platformName,
    capabilities,
    get isConnected() {
      return server?.isListening ?? false;
    },
    // It belongs to no community of a chat.
    workspaces: [],
    async start(handle) {
      incoming.listen(handle);
      await uploads.sweep(null).catch(logSweep);
      const { host, port } = settings;
      server ??= await startPageServer({ host, port, fetch: app.fetch });
      services.log("info", "the page is served", { url: server.url });
      options.onListening({ url: settings.origin ?? server.url, operatorToken });
    },
    async abilitiesIn() {
      return { missing: [], maxUploadBytes: capabilities.maxUploadBytes };
    },
    directPlace: async (member) => placeOf(ownRoomOf(member)),
    post: outgoing.post,
    findPosted: outgoing.findPosted,
    edit: outgoing.edit,
    remove: outgoing.remove,
    react: outgoing.react,
    picturesIn: outgoing.picturesIn,
    pictureMessages: outgoing.pictureMessages,
    async addressed(url, { place }) {
      const own = [settings.origin, server?.url].flatMap((each) => (each ? [new URL(each).origin] : []));
      const asked = URL.canParse(url) ? new URL(url) : null;
      const [, id] = /^\/api\/messages\/(\d+)\/pictures\/\d+$/.exec(asked?.pathname ?? "") ?? [];
      const message = id === undefined ? null : messageRefIn(place.channel, id);
      if (asked && own.includes(asked.origin) && message && (await outgoing.find(message)))
        return { message };
      throw new EditError(
        "attachment-refused",
        "Expected an address of a picture of this room, got another.",
      );
    },
    avatarOf: async () => null,
    save: (attachment, file, { maxBytes }) => uploads.save(attachment, file, maxBytes),
    async [Symbol.asyncDispose]() {
      closing.abort();
      clearInterval(sweep);
      live[Symbol.dispose]();
      streams[Symbol.dispose]();
      await server?.[Symbol.asyncDispose]();
      await incoming.stop();
    },
  };
}
