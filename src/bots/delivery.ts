import type { Words } from "../locales/words.ts";
import type { JobRecord, Post, PostRole, Store } from "../queue/job-store.ts";
import type { Scheduler, Standing } from "../queue/scheduler.ts";
import {
  type AdapterLog,
  ChatError,
  type ChatMessage,
  type ChatPlatform,
  type MessageRef,
  type Responder,
} from "./chat.ts";
import { endedMessage, runningMessage, waitingMessage } from "./job-view.ts";
import type { Errand, Outbox, Urgency } from "./outbox.ts";
import type { References } from "./references.ts";
import type { Renditions } from "./renditions.ts";
import { alternateMessage, galleryMessage, reactionsFor, resultMessage } from "./result-view.ts";

// Keeps each job's message as the store has the job. Whatever is sent is read from the store at that moment, so an errand that
// is late, doubled or done again after a crash sends the same as one that was in time.

export interface DeliveryParts {
  readonly platforms: ReadonlyMap<string, ChatPlatform>;
  readonly store: Store;
  readonly scheduler: Scheduler;
  readonly renditions: Renditions;
  readonly references: References;
  readonly outbox: Outbox;
  readonly wordsIn: (locale: string) => Words;
  readonly clock: () => number;
  readonly log: AdapterLog;
  /** A job reached its last state; `undeliverable` may not be the last word. */
  readonly onOver: (job: JobRecord) => void;
}

export interface Delivery extends AsyncDisposable {
  /** From now on messages follow what the scheduler does. */
  follow(): void;
  /** A platform can be written to now: takes up what an earlier process, or the time until now, left to tell there. */
  takeUp(platform: string): Promise<void>;
  /**
   * Posts a new job's message. `kept` where the member cannot be written to: the result waits for `responder` and `/queue`.
   * @throws ChatError `missing-permission`, `unknown-place`
   */
  announce(job: JobRecord, responder: Responder | null): Promise<"posted" | "kept">;
  /** The message follows the job's view, which was changed just now. */
  refresh(job: string): void;
  /** All results in one message. False where they are posted already. */
  postGallery(job: JobRecord): Promise<boolean>;
  /** The result as a message, for whoever asks in person. */
  resultFor(job: JobRecord, maxBytes: number, signal: AbortSignal): Promise<ChatMessage>;
  /** Takes away everything posted for a job. */
  removePosts(job: JobRecord): Promise<void>;
}

const removalMilliseconds = 20_000;
/** A request that was on its way when its process died takes effect within this time, or never. */
const arrivalMilliseconds = 10_000;
const progressInterval = 3000;
const positionInterval = 60_000;

export function createDelivery(parts: DeliveryParts): Delivery {
  const { store, scheduler, outbox, log, clock } = parts;
  const responders = new Map<string, Responder>();
  const shownPositions = new Map<string, number>();
  const stops: (() => void)[] = [];
  const bornAt = clock();
  /** Platforms that are connected: what happens before that is told by `takeUp`. */
  const open = new Set<string>();

  function put(
    job: JobRecord,
    urgency: Urgency,
    options: Partial<Pick<Errand, "key" | "run" | "giveUp">> = {},
  ): void {
    const platform = parts.platforms.get(job.owner.platform);
    const place = job.place;
    if (!platform) return;
    const { writesPerMinute } = platform.capabilities;
    const scope = `${job.owner.platform}:${place?.workspace ?? place?.channel ?? job.owner.user}`;
    outbox.put({
      key: options.key ?? job.id,
      urgency,
      interval: urgency === "result" ? 0 : urgency === "progress" ? progressInterval : positionInterval,
      channel: {
        name: `${job.owner.platform}:${place?.channel ?? job.id}`,
        writesPerMinute: writesPerMinute.channel,
      },
      workspace: { name: scope, writesPerMinute: writesPerMinute.workspace },
      run: options.run ?? ((signal) => bringUpToDate(job.id, platform, signal)),
      giveUp: options.giveUp ?? ((error) => giveUp(job.id, error)),
    });
  }

  async function changed(id: string): Promise<void> {
    const job = await store.jobs.find(id);
    if (!job || !open.has(job.owner.platform)) return;
    if (job.state === "posting") put(job, "result");
    else if (job.state === "running") put(job, "progress");
    else if (job.state === "waiting") put(job, "position");
  }

  async function bringUpToDate(id: string, platform: ChatPlatform, signal: AbortSignal): Promise<void> {
    const job = await store.jobs.find(id);
    if (!job || job.state === "undeliverable") return;
    if (!job.place) return job.state === "posting" ? answerInPerson(job, platform, signal) : undefined;
    const carrier = carrierOf(await store.posts.ofJob(id));
    const isOver = job.state === "posting" || job.state === "done";
    if (!carrier?.message) await post(job, platform, "job", null, signal);
    else if (job.state === "posting" && isTooOld(carrier, platform)) {
      await post(job, platform, "result", carrier.message, signal);
    } else await edit(job, platform, carrier.message, signal);
    if (job.state === "posting") await delivered(job, platform);
    if (isOver) shownPositions.delete(id);
  }

  async function edit(
    job: JobRecord,
    platform: ChatPlatform,
    message: MessageRef,
    signal: AbortSignal,
  ): Promise<void> {
    try {
      await platform.edit(message, await render(job, platform, signal), { signal });
    } catch (error) {
      if (!(error instanceof ChatError)) throw error;
      const isGone = error.failure === "unknown-message";
      if (!isGone && error.failure !== "edit-refused") throw error;
      // Somebody removed the message: only a result is worth another one.
      if (isGone && job.outcome !== "done") return;
      if (job.state === "posting") await post(job, platform, "result", isGone ? null : message, signal);
      else if (job.state === "done" && !isGone) await post(job, platform, "alternate", message, signal);
    }
  }

  /** Posts once: a try that may have come through before is looked up first. */
  async function post(
    job: JobRecord,
    platform: ChatPlatform,
    role: PostRole,
    replyTo: MessageRef | null,
    signal: AbortSignal,
  ): Promise<void> {
    if (!job.place) return;
    const key = keyOf(job, role);
    const now = clock();
    const noted = await store.posts.begin({ key, job: job.id, role }, now);
    if (noted.message) return;
    const earlier = noted.isNew
      ? null
      : await platform.findPosted(job.place, key, { since: noted.begunAt - 60_000, signal });
    if (!earlier) requireArrived(noted.begunAt, now);
    const asked = job.replyTo ? { ...job.askedIn, message: job.replyTo } : null;
    const message =
      earlier ??
      (await platform.post(job.place, await renderAs(role, job, platform, signal), {
        key,
        replyTo: replyTo ?? (role === "job" && !job.isPrivate ? asked : null),
        signal,
      }));
    await store.posts.confirm(key, message, clock());
    if (earlier && (role === "job" || role === "result")) await edit(job, platform, message, signal);
  }

  /** @throws ChatError `unavailable` where a try of a process before this one may still be on its way */
  function requireArrived(begunAt: number, now: number): void {
    const wait = begunAt < bornAt ? begunAt + arrivalMilliseconds - now : 0;
    if (wait <= 0) return;
    const retryAfterSeconds = wait / 1000;
    throw new ChatError(
      "unavailable",
      "Expected an earlier post to have arrived or to be lost, got one that may come.",
      {
        retryAfterSeconds,
      },
    );
  }

  async function delivered(job: JobRecord, platform: ChatPlatform): Promise<void> {
    responders.delete(job.id);
    if (!(await store.jobs.markDelivered(job.id))) return;
    parts.onOver({ ...job, state: job.outcome ?? "done" });
    if (job.outcome !== "done") return;
    if (!platform.capabilities.reactions || !job.place) return;
    put(job, "position", {
      key: `${job.id}:reactions`,
      run: async (signal) => {
        const carrier = carrierOf(await store.posts.ofJob(job.id));
        if (carrier?.message) await platform.react(carrier.message, reactionsFor(job), { signal });
      },
    });
  }

  /** The member can be reached by the answer to their command alone, while it lives. */
  async function answerInPerson(job: JobRecord, platform: ChatPlatform, signal: AbortSignal): Promise<void> {
    const responder = responders.get(job.id);
    responders.delete(job.id);
    try {
      if (!responder?.isAlive)
        throw new ChatError("expired", "Expected an answer that still lives, got none.");
      await responder.say(await render(job, platform, signal));
      await delivered(job, platform);
    } catch (error) {
      log("info", "an answer in person was not possible", { job: job.id, error });
      if (await store.jobs.markUndeliverable(job.id)) parts.onOver({ ...job, state: "undeliverable" });
    }
  }

  async function giveUp(id: string, error: unknown): Promise<void> {
    log("warn", "a message could not be sent", { job: id, error });
    const job = await store.jobs.find(id);
    const platform = parts.platforms.get(job?.owner.platform ?? "");
    if (job?.state !== "posting" || !platform) return;
    await answerInPerson(job, platform, AbortSignal.timeout(30_000));
  }

  async function renderAs(
    role: PostRole,
    job: JobRecord,
    platform: ChatPlatform,
    signal: AbortSignal,
  ): Promise<ChatMessage> {
    if (role === "gallery") return renderGallery(job, platform, signal);
    if (role !== "alternate") return render(job, platform, signal);
    const picture = await parts.renditions.shown(
      job,
      job.view,
      await uploadLimit(job, platform, signal),
      signal,
    );
    return alternateMessage(job, picture, tellingOf(job, platform));
  }

  async function render(job: JobRecord, platform: ChatPlatform, signal: AbortSignal): Promise<ChatMessage> {
    const tell = tellingOf(job, platform);
    if (job.state === "waiting") {
      const standing = (await standings(job.id)).get(job.id) ?? null;
      const isPaused = scheduler.lanes.every((lane) => lane.isPaused);
      return waitingMessage(job, standing, isPaused, tell);
    }
    if (job.state === "running") return runningMessage(job, tell);
    if ((job.outcome ?? job.state) !== "done") return endedMessage(job, tell);
    if (!job.hasPictures)
      return { text: tell.words.say("job.gone", { prompt: job.request.prompt }), pictures: [], buttons: [] };
    const picture = await parts.renditions.shown(
      job,
      job.view,
      await uploadLimit(job, platform, signal),
      signal,
    );
    return resultMessage(job, picture, tell);
  }

  async function renderGallery(
    job: JobRecord,
    platform: ChatPlatform,
    signal: AbortSignal,
  ): Promise<ChatMessage> {
    const count = Math.min(job.result?.results.length ?? 0, platform.capabilities.maxPictures);
    const limit = Math.floor((await uploadLimit(job, platform, signal)) / Math.max(1, count));
    const pictures = await Promise.all(
      Array.from({ length: count }, (_, index) => parts.renditions.preview(job, index + 1, limit, signal)),
    );
    return galleryMessage(job, pictures, tellingOf(job, platform));
  }

  async function uploadLimit(job: JobRecord, platform: ChatPlatform, signal: AbortSignal): Promise<number> {
    if (!job.place) return platform.capabilities.maxUploadBytes;
    const { maxUploadBytes } = await platform.abilitiesIn(job.place, { signal });
    // Room for the request around the picture.
    return Math.floor(maxUploadBytes * 0.98);
  }

  function tellingOf(job: JobRecord, platform: ChatPlatform) {
    return {
      words: parts.wordsIn(job.locale),
      references: parts.references,
      capabilities: platform.capabilities,
    };
  }

  function isTooOld(carrier: Post, platform: ChatPlatform): boolean {
    const window = platform.capabilities.editWindowSeconds;
    return window !== null && clock() - (carrier.postedAt ?? carrier.begunAt) > window * 1000;
  }

  let latest: { at: number; standings: Promise<ReadonlyMap<string, Standing>> } | null = null;
  /** Asked at most once a second, unless a job came in since. */
  async function standings(forJob?: string): Promise<ReadonlyMap<string, Standing>> {
    const isFresh = latest !== null && Date.now() - latest.at < 1000;
    const known = isFresh ? await latest?.standings : undefined;
    if (known && (forJob === undefined || known.has(forJob))) return known;
    latest = { at: Date.now(), standings: scheduler.standings() };
    return latest.standings;
  }

  /** Positions that changed since they were shown. */
  async function tellPositions(): Promise<void> {
    for (const [id, { position }] of await standings()) {
      if (shownPositions.get(id) === position) continue;
      shownPositions.set(id, position);
      await changed(id);
    }
  }

  return {
    follow() {
      stops.push(
        scheduler.onChange(
          ({ job }) => void changed(job).catch((error) => log("error", "delivery", { job, error })),
        ),
      );
      const ticking = setInterval(
        () => void tellPositions().catch((error) => log("error", "positions", { error })),
        15_000,
      );
      stops.push(() => clearInterval(ticking));
    },
    async takeUp(platform) {
      open.add(platform);
      const states = ["waiting", "running", "posting"] as const;
      for (const job of await store.jobs.list({ states, platform, limit: 100_000 })) {
        put(job, job.state === "posting" ? "result" : "progress");
      }
    },
    async announce(job, responder) {
      if (responder) responders.set(job.id, responder);
      const platform = parts.platforms.get(job.owner.platform);
      if (!platform || !job.place) return "kept";
      try {
        await new Promise<void>((resolve, reject) => {
          // A key of its own: the job's own errands may take each other's place, this one is waited for.
          const run = (signal: AbortSignal) => bringUpToDate(job.id, platform, signal).then(resolve);
          put(job, "result", { key: `${job.id}:announce`, run, giveUp: reject });
        });
        return "posted";
      } catch (error) {
        if (!(error instanceof ChatError && error.failure === "direct-refused")) throw error;
        await store.jobs.setPlace(job.id, null);
        return "kept";
      }
    },
    refresh(id) {
      void store.jobs.find(id).then((job) => job && put(job, "result"));
    },
    async postGallery(job) {
      const platform = parts.platforms.get(job.owner.platform);
      if (!platform || !job.place) return false;
      const before = await store.posts.find(keyOf(job, "gallery"));
      if (before?.message) return false;
      const carrier = carrierOf(await store.posts.ofJob(job.id));
      put(job, "result", {
        key: `${job.id}:gallery`,
        run: (signal) => post(job, platform, "gallery", carrier?.message ?? null, signal),
      });
      return true;
    },
    async resultFor(job, maxBytes, signal) {
      const platform = parts.platforms.get(job.owner.platform);
      if (!platform) throw new RangeError(`Expected platform ${job.owner.platform} to run, got none.`);
      if ((job.outcome ?? job.state) !== "done") return endedMessage(job, tellingOf(job, platform));
      const picture = await parts.renditions.shown(job, job.view, maxBytes, signal);
      return resultMessage(job, picture, tellingOf(job, platform));
    },
    async removePosts(job) {
      const platform = parts.platforms.get(job.owner.platform);
      const posts = platform ? await store.posts.ofJob(job.id) : [];
      const removals = posts.map(async ({ key, message }) => {
        if (!message || !platform) return;
        await platform.remove(message, { signal: AbortSignal.timeout(removalMilliseconds) });
        await store.posts.remove(key);
      });
      for (const { reason } of (await Promise.allSettled(removals)).filter(
        (each) => each.status === "rejected",
      ))
        log("info", "a message could not be removed", { job: job.id, error: reason });
    },
    async [Symbol.asyncDispose]() {
      for (const stop of stops) stop();
    },
  };
}

/** The message that shows the job: the late result's where there is one. */
function carrierOf(posts: readonly Post[]): Post | null {
  const posted = posts.filter(({ message }) => message);
  return posted.find(({ role }) => role === "result") ?? posted.find(({ role }) => role === "job") ?? null;
}

/** At most 25 characters, and the same for the same message for ever. */
function keyOf(job: JobRecord, role: PostRole): string {
  const { rank, showsBox } = job.view;
  const names: Record<PostRole, string> = {
    job: "-j",
    result: "-r",
    gallery: "-g",
    alternate: `-a${rank}${showsBox ? "b" : ""}`,
  };
  return `${job.id}${names[role]}`;
}
