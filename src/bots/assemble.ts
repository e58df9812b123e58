import { systemClocks } from "../clocks.ts";
import { wordsIn } from "../locales/words.ts";
import type { Scheduler } from "../queue/scheduler.ts";
import type { JobRecord } from "../store/jobs.ts";
import type { OrderLimits } from "../store/orders.ts";
import type { Store } from "../store/store.ts";
import { createBot } from "./bot.ts";
import type { AdapterLog, ChatPlatform } from "./chat.ts";
import { type EditOffer, editOptionsFor, nothingOffered } from "./commands/edit.ts";
import { commandsFor } from "./commands/index.ts";
import { type Connections, createConnections } from "./connections.ts";
import type { BotServices } from "./context.ts";
import { createDelivery } from "./delivery/delivery.ts";
import { createOutbox, type OutboxOptions } from "./delivery/outbox.ts";
import { createRemoval } from "./delivery/removal.ts";
import { createDepartures } from "./departures.ts";
import { createGate } from "./gate.ts";
import { createHomes } from "./homes.ts";
import { createAdmission } from "./intake/admission.ts";
import { createIntake } from "./intake/intake.ts";
import { createMentionRule } from "./intake/mention.ts";
import { createPackRules } from "./intake/pack-rules.ts";
import type { OfferedPack } from "./intake/painter.ts";
import { createSettings } from "./intake/settings.ts";
import { createLogChannel } from "./log-channel.ts";
import { createReferences } from "./messages/references.ts";
import { createRenditions, type Upscale } from "./messages/renditions.ts";
import type { PictureWorker } from "./picture-worker.ts";
import { createPublicAnswers } from "./public-answers.ts";
import { isOnlyWorkspace } from "./rights.ts";
import { createStudyBoard } from "./study/board.ts";
import { createStudyFiles } from "./study/study-files.ts";
import { createStudySets } from "./study/study-set.ts";
import { createVoting } from "./study/voting.ts";
import { createTurns } from "./turns.ts";

export interface BotParts
  extends Pick<
    BotServices,
    "boxesAround" | "admins" | "standardLimits" | "keepDays" | "maxUploadBytes" | "files"
  > {
  readonly platforms: readonly ChatPlatform[];
  readonly store: Store;
  readonly scheduler: Scheduler;
  readonly pictureWorker: PictureWorker;
  readonly pack: string;
  /** What goes with what, the pack that is taken where none is chosen first. Default: `pack` alone, with all that is offered. */
  readonly packs?: readonly OfferedPack[];
  /** What members may choose among. Default: nothing, and the pack decides. */
  readonly offer?: EditOffer;
  /** The data folder, absolute: copies of pictures that studies show lie there. */
  readonly dataFolder: string;
  /** Where sets for studies lie, absolute; `null` where there are none. Default `null`. */
  readonly studySets?: string | null;
  /** English words of the pack's lists, in lower case. None by default. */
  readonly knownWords?: ReadonlySet<string>;
  /** The workers check pictures by a safety model. False by default. */
  readonly checksSafety?: boolean;
  /** What members may ask for where the bot is not. Default `null`: nothing. */
  readonly outsideLimits?: OrderLimits | null;
  /** Makes a PNG larger, into a file; `null` where nothing does, which is the default. @throws EditError `inpainter-*` */
  readonly upscale?: Upscale | null;
  /** A job's message shows its first result while the others are painted. True by default. */
  readonly showsFirst?: boolean;
  /** A job's message shows drafts while its region is learned. True by default. */
  readonly showsPreviews?: boolean;
  /** Prompts that ask to undress people are refused, and results that an edit made unsafe, where these are checked. True by default. */
  readonly refusesUndressing?: boolean;
  /** What invisible marks are looked for by. */
  readonly watermarkKey?: string;
  /** What shows a result says that it was edited by AI. True by default. */
  readonly saysAi?: boolean;
  readonly log: AdapterLog;
  /** Milliseconds since 1970. Default: the system's. */
  readonly clock?: () => number;
  /** In milliseconds, for waits and budgets. Default: the system's. */
  readonly monotonicClock?: () => number;
  readonly outbox?: OutboxOptions;
  /** Resolves where a new job can be stored and painted. By default it is tried. @throws EditError of a storage failure */
  readonly requireStorage?: () => Promise<void>;
  /** A job reached its last state. */
  readonly onOver?: (job: JobRecord) => void;
}

/** The whole bot over its chats. Disposing of it stops what it sends; platforms, store and scheduler are the maker's. */
export interface RunningBot extends AsyncDisposable {
  /**
   * Answers events of all platforms, and does what an earlier process left to do. Resolves once one platform is connected; the
   * others are waited for in the background, until the signal is aborted or this is disposed of.
   * @throws EditError `usage` where every platform refused the bot for good; `cancelled`
   */
  start(signal: AbortSignal): Promise<void>;
  /** Resolves with the reason once no platform is left that could be served. */
  readonly ended: Promise<unknown>;
  /** How it stands with each platform. */
  readonly standings: Connections["standings"];
  /** Messages that are due or under way. */
  readonly unsent: number;
  /** Resolves when everything that is due was sent or given up. */
  settled(): Promise<void>;
}

/** Joins the parts of the bot: what a test and `lrbot start` both use. */
export function assembleBot(parts: BotParts): RunningBot {
  const { platforms, store, scheduler, pictureWorker, files, log, clock = systemClocks.wall } = parts;
  const { monotonicClock = systemClocks.monotonic, offer = nothingOffered, refusesUndressing = true } = parts;
  const editOptions = editOptionsFor(offer);
  const {
    packs = [{ name: parts.pack, styles: offer.styles, methods: offer.methods, takesStrength: true }],
  } = parts;
  const commands = commandsFor(offer);
  const closing = new AbortController();
  const outbox = createOutbox({ clock: monotonicClock, ...parts.outbox });
  const references = createReferences(store.signingKey);
  const renditions = createRenditions({ pictureWorker, files, upscale: parts.upscale ?? null });
  const settings = createSettings(store.settings, log);
  const byName = new Map(platforms.map((platform) => [platform.name, platform]));
  const logChannel = createLogChannel({
    ...{ platforms: byName, store, settings, outbox, wordsIn, clock, monotonicClock, log },
  });
  const delivery = createDelivery({
    platforms: byName,
    store,
    scheduler,
    renditions,
    references,
    isMentioned: createMentionRule(settings),
    showsFirst: parts.showsFirst ?? true,
    upscales: (parts.upscale ?? null) !== null,
    saysAi: parts.saysAi ?? true,
    outbox,
    wordsIn,
    clock,
    monotonicClock,
    log,
    onOver(job) {
      parts.onOver?.(job);
      logChannel.job(job);
      homes.changed(job.owner);
    },
  });
  const admission = createAdmission({
    store,
    scheduler,
    settings,
    standardLimits: parts.standardLimits,
    outsideLimits: parts.outsideLimits ?? null,
    refusesUndressing,
    clock,
  });
  const intake = createIntake({
    store,
    scheduler,
    files,
    pictureWorker,
    admission,
    packRules: createPackRules({ settings, platforms: byName, signal: closing.signal }),
    settings,
    delivery,
    packs,
    editOptions,
    logChannel,
    maxUploadBytes: parts.maxUploadBytes,
    showsPreviews: parts.showsPreviews ?? true,
    refusesUndressing,
    requireStorage: parts.requireStorage ?? (async () => {}),
    wordsIn,
    clock,
    signal: closing.signal,
  });
  const homes = createHomes({
    ...{
      platforms: byName,
      store,
      scheduler,
      settings,
      admission,
      references,
      editOptions,
      outbox,
      wordsIn,
      log,
    },
    ...{ monotonicClock, saysAi: parts.saysAi ?? true, signal: closing.signal },
  });
  const gate = createGate({
    settings,
    references,
    admins: parts.admins,
    takesOutside: (parts.outsideLimits ?? null) !== null,
    isAdminCommand: (name) => commands.some((command) => command.name === name && command.isForAdmins),
  });
  const publicAnswers = createPublicAnswers(monotonicClock, ({ id }) =>
    log("debug", "a public answer was dropped: this member or channel had enough of them", { event: id }),
  );
  const removal = createRemoval({
    ...{ platforms: byName, store, scheduler, delivery, files, clock, log },
    signal: closing.signal,
  });
  const inTurn = createTurns();
  const board = createStudyBoard({ platforms: byName, store, references, wordsIn, clock, log });
  const sets = createStudySets(parts.studySets ?? null);
  const studies = {
    ...{ sets, board, files: createStudyFiles(parts.dataFolder, pictureWorker) },
    voting: createVoting({ store, sets, inTurn, clock, log }),
  };
  const bot = createBot({
    ...parts,
    commands,
    editOptions,
    packs,
    gate,
    admission,
    publicAnswers,
    checksSafety: parts.checksSafety ?? false,
    checkMarks: (file, person) =>
      pictureWorker.checkMarks({ file, key: parts.watermarkKey ?? "" }, { signal: closing.signal, person }),
    knownWords: parts.knownWords ?? new Set(),
    isOnlyWorkspace: (place) => isOnlyWorkspace(place, platforms),
    isPart: platforms.some(({ isPart }) => isPart === true),
    settings,
    intake,
    delivery,
    removal,
    logChannel,
    homes,
    packNames: packs.map(({ name }) => name),
    renditions,
    references,
    wordsIn,
    clock,
    studies,
    inTurn,
    signal: closing.signal,
  });
  const departures = createDepartures({ platforms, workspaces: store.workspaces, clock, log });
  const connections = createConnections({
    platforms,
    handle: bot.handle,
    async onConnected({ name }) {
      await delivery.catchUp(name);
      await board.catchUp(name);
      void removal.sweep("all");
      await departures.look();
    },
    onWorkspaces: () => void departures.look(),
    onRefused: ({ name }) => delivery.leave(name),
    log,
  });
  /** Copies of pictures that nobody is shown any more. */
  async function clearStudies(): Promise<void> {
    const open = await store.studies.list({ states: ["running", "paused"], limit: 100_000 });
    await studies.files.removeOthers(new Set(open.map(({ id }) => id)));
  }
  return {
    async start(signal) {
      delivery.follow();
      removal.follow();
      homes.follow();
      departures.follow();
      await clearStudies();
      await connections.open(AbortSignal.any([signal, closing.signal]));
    },
    ended: connections.ended,
    get standings() {
      return connections.standings;
    },
    get unsent() {
      return outbox.size;
    },
    async settled() {
      await outbox.settled();
      await board.settled();
    },
    async [Symbol.asyncDispose]() {
      closing.abort();
      removal[Symbol.dispose]();
      departures[Symbol.dispose]();
      homes[Symbol.dispose]();
      await board[Symbol.asyncDispose]();
      await delivery[Symbol.asyncDispose]();
      await outbox[Symbol.asyncDispose]();
    },
  };
}
