import type { Words } from "../../locales/words.ts";
import type { Scheduler } from "../../queue/scheduler.ts";
import type { JobRecord, Post, Store } from "../../store/store.ts";
import { type AdapterLog, ChatError, type ChatMessage, type ChatPlatform, type Responder } from "../chat.ts";
import { createJobMessages } from "../messages/messages.ts";
import type { References } from "../messages/references.ts";
import type { Renditions } from "../messages/renditions.ts";
import { reactionsFor } from "../messages/result.ts";
import type { Errand, Outbox, Urgency } from "./outbox.ts";
import { createPositions } from "./positions.ts";
import { createPosting } from "./posting.ts";

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
  /** Positions may have changed in a way that the scheduler does not tell of. */
  queueChanged(): void;
  /** All results in one message. False where they are posted already. */
  postGallery(job: JobRecord): Promise<boolean>;
  /** The result as a message, for whoever asks in person. */
  resultFor(job: JobRecord, maxBytes: number, signal: AbortSignal): Promise<ChatMessage>;
  /** Takes away everything posted for a job. */
  removePosts(job: JobRecord): Promise<void>;
}

const removalMilliseconds = 20_000;
const answerMilliseconds = 30_000;
const positionsMilliseconds = 15_000;
/** Milliseconds between two edits of the same message. */
const intervals: Record<Urgency, number> = { result: 0, progress: 3000, position: 60_000 };

export function createDelivery(parts: DeliveryParts): Delivery {
  const { store, scheduler, outbox, log, clock } = parts;
  const positions = createPositions(scheduler);
  const messages = createJobMessages({ ...parts, positions, lanes: () => scheduler.lanes });
  const posting = createPosting({ posts: store.posts, messages, clock });
  /** Of jobs that are not over: answers to the commands that asked for them. */
  const responders = new Map<string, Responder>();
  const stops: (() => void)[] = [];
  /** Platforms that are connected: what happens before that is told by `takeUp`. */
  const open = new Set<string>();

  function put(
    job: JobRecord,
    urgency: Urgency,
    options: Partial<Pick<Errand, "key" | "run" | "giveUp">> & { readonly beside?: string } = {},
  ): void {
    const platform = parts.platforms.get(job.owner.platform);
    if (!platform) return;
    const { name, capabilities } = platform;
    const { channel, workspace } = capabilities.writesPerMinute;
    const { place } = job;
    const scope = place?.workspace ?? place?.channel ?? job.owner.user;
    outbox.put({
      key: options.key ?? job.id,
      urgency,
      interval: intervals[urgency],
      channel: {
        name: [name, place?.channel ?? job.id, options.beside].filter(Boolean).join(":"),
        writesPerMinute: channel,
      },
      workspace: { name: `${name}:${scope}`, writesPerMinute: workspace },
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
    const carrier = await posting.carrierOf(id);
    const replyTo = carrier?.message ?? null;
    if (!carrier || !replyTo) await posting.post(job, "job", { platform, replyTo, signal });
    else if (job.state === "posting" && isTooOld(carrier, platform)) {
      await posting.post(job, "result", { platform, replyTo, signal });
    } else await posting.edit(job, replyTo, { platform, signal });
    if (job.state === "posting") await delivered(job, platform);
  }

  function isTooOld(carrier: Post, { capabilities }: ChatPlatform): boolean {
    const window = capabilities.editWindowSeconds;
    return window !== null && clock() - (carrier.postedAt ?? carrier.begunAt) > window * 1000;
  }

  async function delivered(job: JobRecord, platform: ChatPlatform): Promise<void> {
    responders.delete(job.id);
    if (!(await store.jobs.markDelivered(job.id))) return;
    parts.onOver({ ...job, state: job.outcome ?? "done" });
    if (job.outcome !== "done" || !platform.capabilities.reactions || !job.place) return;
    put(job, "position", {
      key: `${job.id}:reactions`,
      // Platforms count reactions apart and let them through slowly: no message waits for them.
      beside: "reactions",
      run: async (signal) => {
        const message = (await posting.carrierOf(job.id))?.message;
        if (message) await platform.react(message, reactionsFor(job), { signal });
      },
    });
  }

  /** The member can be reached by the answer to their command alone, while it lives. */
  async function answerInPerson(job: JobRecord, platform: ChatPlatform, signal: AbortSignal): Promise<void> {
    const responder = responders.get(job.id);
    responders.delete(job.id);
    try {
      if (!responder?.isAlive) {
        throw new ChatError("expired", "Expected an answer that still lives, got none.");
      }
      await responder.say(await messages.of(job, "job", platform, signal));
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
    await answerInPerson(job, platform, AbortSignal.timeout(answerMilliseconds));
  }

  const logged = (what: string) => (error: unknown) => log("error", what, { error });

  return {
    follow() {
      stops.push(
        scheduler.onChange(({ job }) => void changed(job).catch(logged("a change could not be told"))),
      );
      const ticking = setInterval(
        () => void positions.tellChanged(changed).catch(logged("positions could not be told")),
        positionsMilliseconds,
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
      void store.jobs
        .find(id)
        .then((job) => job && put(job, "result"))
        .catch(logged("a view could not be told"));
    },
    queueChanged: () => void positions.tellChanged(changed).catch(logged("positions could not be told")),
    async postGallery(job) {
      const platform = parts.platforms.get(job.owner.platform);
      if (!platform || !job.place || (await posting.isPosted(job, "gallery"))) return false;
      const replyTo = (await posting.carrierOf(job.id))?.message ?? null;
      put(job, "result", {
        key: `${job.id}:gallery`,
        run: (signal) => posting.post(job, "gallery", { platform, replyTo, signal }),
      });
      return true;
    },
    async resultFor(job, maxBytes, signal) {
      const platform = parts.platforms.get(job.owner.platform);
      if (!platform) throw new RangeError(`Expected platform ${job.owner.platform} to run, got none.`);
      return messages.inPerson(job, platform, maxBytes, signal);
    },
    async removePosts(job) {
      const platform = parts.platforms.get(job.owner.platform);
      const posts = platform ? await store.posts.ofJob(job.id) : [];
      const removals = posts.map(async ({ key, message }) => {
        if (!message || !platform) return;
        await platform.remove(message, { signal: AbortSignal.timeout(removalMilliseconds) });
        await store.posts.remove(key);
      });
      for (const removal of await Promise.allSettled(removals)) {
        if (removal.status === "fulfilled") continue;
        log("info", "a message could not be removed", { job: job.id, error: removal.reason });
      }
    },
    async [Symbol.asyncDispose]() {
      for (const stop of stops) stop();
    },
  };
}
