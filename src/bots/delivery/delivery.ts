import type { Words } from "../../locales/words.ts";
import type { JobChange } from "../../queue/job-change.ts";
import type { Scheduler } from "../../queue/scheduler.ts";
import type { JobRecord } from "../../store/jobs.ts";
import type { Store } from "../../store/store.ts";
import { type AdapterLog, ChatError, type ChatPlatform, type Responder } from "../chat.ts";
import { createJobMessages } from "../messages/messages.ts";
import { keyOf, sharedKeyOf } from "../messages/post-keys.ts";
import type { References } from "../messages/references.ts";
import type { Renditions } from "../messages/renditions.ts";
import { reactionsFor } from "../messages/result-buttons.ts";
import { type Answers, createAnswers } from "./answers.ts";
import { createJobUpdates } from "./job-updates.ts";
import { type OriginalAnswer, sayOriginal } from "./original.ts";
import type { Outbox } from "./outbox.ts";
import { createPositions } from "./positions.ts";
import { createPosting } from "./posting.ts";
import type { Task, Urgency } from "./task.ts";
import { createUploadLimits } from "./upload-limits.ts";
import { createUpscaled, type Upscaled } from "./upscaled.ts";

// Keeps each job's message as the store has the job: says what is due, and the outbox when. Whatever is sent is read from the
// store at that moment, so a task that is late, doubled or done again after a crash sends the same as one that was in time.

export interface DeliveryParts {
  readonly platforms: ReadonlyMap<string, ChatPlatform>;
  readonly store: Store;
  readonly scheduler: Scheduler;
  readonly renditions: Renditions;
  readonly references: References;
  /** The result of a job, for which they waited so many milliseconds, mentions who asked for it. */
  readonly isMentioned: (job: JobRecord, waited: number) => Promise<boolean>;
  /** A job's message shows its first result while the others are painted. */
  readonly showsFirst: boolean;
  /** What shows a result says that it was edited by AI. */
  readonly saysAi: boolean;
  /** A server makes results larger. */
  readonly upscales: boolean;
  readonly outbox: Outbox;
  readonly wordsIn: (locale: string) => Words;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  /** In milliseconds. */
  readonly monotonicClock: () => number;
  readonly log: AdapterLog;
  /** A job reached its last state; `undeliverable` may not be the last word. */
  readonly onOver: (job: JobRecord) => void;
}

/** Brings what happens to jobs to where they were asked for. */
export interface Delivery extends AsyncDisposable {
  /** From now on messages follow what the scheduler does. */
  follow(): void;
  /** A platform can be written to now: what an earlier process, or the time until now, left to tell there is due. */
  catchUp(platform: string): Promise<void>;
  /** A platform cannot be written to any more: what happens from now on is told by the `catchUp` of another process. */
  leave(platform: string): void;
  /**
   * Posts a new job's message. `kept` where the member cannot be written to: the result waits for `responder` and `/queue`.
   * @throws ChatError `missing-permission`, `unknown-place`
   */
  announce(job: JobRecord, responder: Responder | null): Promise<"posted" | "kept">;
  /**
   * The message follows the job's view, which was changed just now. Where it cannot show that, `responder` brings it to
   * whoever changed it.
   */
  refresh(job: string, responder?: Responder): void;
  /** Positions may have changed by something that the scheduler does not tell of. */
  queueChanged(): void;
  /**
   * The result of the job's view as a message of its own; where it cannot be posted, as an answer. False where it is posted
   * already.
   */
  postVariation(job: JobRecord, responder: Responder | null): Promise<boolean>;
  /**
   * Shows a private result where it was asked for, as its view is given; resolves once it stands there. False where it did already.
   * @throws ChatError
   */
  share(job: JobRecord): Promise<boolean>;
  /** All results in one message; where it cannot be posted, as an answer. False where they are posted already. */
  postGallery(job: JobRecord, responder: Responder): Promise<boolean>;
  /** Says what came of a job, all its results, or one beside what it was made of, to whoever asks for it, as its view is given. @throws ChatError */
  readonly answerWith: Answers["say"];
  /** A larger copy of a result, made once. */
  readonly answerUpscaled: Upscaled["say"];
  /** A result's lossless file, or the best copy that fits. @throws EditError `reference-expired`; ChatError */
  answerOriginal(job: JobRecord, rank: number, answer: OriginalAnswer): Promise<void>;
}

/** Milliseconds between two edits of the same message. */
const intervals: Record<Urgency, number> = { result: 0, progress: 3000, position: 60_000 };
/** The same where the edits bring pictures. */
const previewInterval = 5000;

/** Disposing of it sends nothing more; the outbox is its maker's. */
export function createDelivery(parts: DeliveryParts): Delivery {
  const { store, scheduler, outbox, log, clock, monotonicClock } = parts;
  const failed = (what: string) => (error: unknown) => log("error", what, { error });
  const positions = createPositions({
    scheduler,
    tell: putLatest,
    onFailure: failed("positions could not be told"),
    clock: parts.monotonicClock,
  });
  const messages = createJobMessages({
    ...parts,
    standingOf: positions.of,
    lanes: () => scheduler.lanes,
  });
  const limits = createUploadLimits(monotonicClock);
  const posting = createPosting({ posts: store.posts, messages, limits, clock, monotonicClock });
  const updates = createJobUpdates({
    isMentioned: parts.isMentioned,
    ...{ jobs: store.jobs, posting, messages, log, onOver: parts.onOver, showsFirst: parts.showsFirst },
    onDelivered: putReactions,
  });
  const answers = createAnswers({ ...parts, jobs: store.jobs, messages, updates });
  /** Platforms that are connected: what happens before that is told by `catchUp`. */
  const connected = new Set<string>();
  /** Platforms that refused the bot for good: what is due there stays as it is in the store. */
  const left = new Set<string>();
  let stopFollowing = () => {};

  /** An update of the job's message, unless the options say what else is to be done. */
  function put(
    job: JobRecord,
    urgency: Urgency,
    options: Partial<Pick<Task, "key" | "interval" | "run" | "giveUp">> & { readonly beside?: string } = {},
  ): void {
    const platform = parts.platforms.get(job.owner.platform);
    if (!platform) return;
    const { name, capabilities } = platform;
    const { channel, workspace } = capabilities.writesPerMinute;
    const { place } = job;
    const scope = place?.workspace ?? place?.channel ?? job.owner.user;
    const run = options.run ?? ((signal) => updates.bringUpToDate(job.id, platform, signal));
    outbox.put({
      key: options.key ?? job.id,
      urgency,
      interval: options.interval ?? intervals[urgency],
      channel: {
        name: [name, place?.channel ?? job.id, options.beside].filter(Boolean).join(":"),
        writesPerMinute: channel,
      },
      // A direct conversation is in no workspace: its own budget must not be taken for that of one.
      workspace: { name: `${name}:workspace:${scope}`, writesPerMinute: workspace },
      run(signal) {
        if (left.has(name))
          throw new ChatError("rejected", `Expected ${name} to serve the bot, got a refusal.`);
        return run(signal);
      },
      giveUp:
        options.giveUp ??
        ((error) => {
          if (left.has(name)) return;
          log("warn", "a message could not be sent", { job: job.id, error });
          return updates.giveUp(job.id, platform);
        }),
    });
  }

  async function putLatest(id: string): Promise<void> {
    const job = await store.jobs.find(id);
    if (!job || !connected.has(job.owner.platform)) return;
    if (job.state === "posting") put(job, "result");
    else if (job.state === "running") putRunning(job);
    else if (job.state === "waiting") put(job, "position");
  }

  function putRunning(job: JobRecord): void {
    const platform = parts.platforms.get(job.owner.platform);
    const first = platform ? updates.firstOf(job, platform) : "none";
    if (first === "shown") return;
    const hasDraft = platform !== undefined && updates.hasDraft(job, platform);
    if (first === "due") put(job, "result");
    else put(job, "progress", hasDraft ? { interval: previewInterval } : {});
  }

  function putReactions(job: JobRecord, platform: ChatPlatform): void {
    if (job.outcome !== "done" || !platform.capabilities.reactions || !job.place) return;
    put(job, "position", {
      key: `${job.id}:reactions`,
      // Platforms count reactions apart and let them through slowly: no message waits for them.
      beside: "reactions",
      run: async (signal) => {
        const message = (await posting.shownBy(job.id))?.message;
        if (message) await platform.react(message, reactionsFor(job), { signal });
      },
    });
  }

  function onChange({ job, kind }: JobChange): void {
    void putLatest(job).catch(failed("a change could not be told"));
    if (kind !== "progress") positions.changed();
  }

  return {
    follow() {
      stopFollowing = scheduler.onChange(onChange);
    },
    async catchUp(platform) {
      connected.add(platform);
      const states = ["waiting", "running", "posting"] as const;
      for (const job of await store.jobs.list({ states, platform, limit: 100_000 })) {
        put(job, job.state === "posting" ? "result" : "progress");
      }
    },
    leave(platform) {
      connected.delete(platform);
      left.add(platform);
    },
    async announce(job, responder) {
      if (responder) updates.keepResponder(job.id, responder);
      positions.changed();
      const platform = parts.platforms.get(job.owner.platform);
      if (!platform || !job.place) return "kept";
      try {
        await new Promise<void>((resolve, reject) => {
          // A key of its own: the job's own tasks may take each other's place, this one is waited for.
          const key = `${job.id}:announce`;
          const run = (signal: AbortSignal) => updates.bringUpToDate(job.id, platform, signal).then(resolve);
          const giveUp = (error: unknown) => {
            const isKept = error instanceof ChatError && error.failure === "direct-refused";
            // Before anything else is sent: whoever asked is told why, and nothing more.
            if (!isKept) updates.withdraw(job.id);
            reject(error);
          };
          put(job, "result", { key, run, giveUp });
        });
        return "posted";
      } catch (error) {
        if (!(error instanceof ChatError && error.failure === "direct-refused")) throw error;
        await store.jobs.setPlace(job.id, null);
        return "kept";
      }
    },
    refresh(id, responder) {
      void store.jobs
        .find(id)
        .then(
          (job) =>
            job && put(job, "result", responder ? { giveUp: answers.instead(job, "result", responder) } : {}),
        )
        .catch(failed("a view could not be told"));
    },
    queueChanged: positions.changed,
    async postGallery(job, responder) {
      const platform = parts.platforms.get(job.owner.platform);
      if (!platform || !job.place || (await posting.isPosted(job, "gallery"))) return false;
      const replyTo = (await posting.shownBy(job.id))?.message ?? null;
      put(job, "result", {
        key: `${job.id}:gallery`,
        run: (signal) => posting.post(job, "gallery", { platform, replyTo, signal }),
        giveUp: answers.instead(job, "gallery", responder),
      });
      return true;
    },
    async postVariation(job, responder) {
      const platform = parts.platforms.get(job.owner.platform);
      if (!platform || !job.place || (await posting.isPosted(job, "alternate"))) return false;
      const replyTo = (await posting.shownBy(job.id))?.message ?? null;
      const form = { isVariation: true };
      put(job, "result", {
        key: `${keyOf(job, "alternate")}:variation`,
        run: (signal) => posting.post(job, "alternate", { platform, replyTo, signal, form }),
        ...(responder ? { giveUp: answers.instead(job, "result", responder) } : {}),
      });
      return true;
    },
    async share(private_) {
      const job = { ...private_, place: private_.askedIn };
      const platform = parts.platforms.get(job.owner.platform);
      const key = sharedKeyOf(job, await store.posts.ofJob(job.id));
      if (!platform || (await store.posts.find(key))?.message) return false;
      const form = { sharedAs: key };
      await new Promise<void>((resolve, reject) => {
        const run = (signal: AbortSignal) =>
          posting.post(job, "alternate", { platform, replyTo: null, signal, form }).then(resolve);
        put(job, "result", { key: `${key}:share`, run, giveUp: reject });
      });
      return true;
    },
    answerWith: answers.say,
    answerUpscaled: createUpscaled(parts).say,
    answerOriginal: (job, rank, answer) => sayOriginal(parts, job, rank, answer),
    async [Symbol.asyncDispose]() {
      stopFollowing();
      positions[Symbol.dispose]();
    },
  };
}
