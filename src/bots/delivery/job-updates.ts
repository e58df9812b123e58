import type { JobRecord } from "../../store/jobs.ts";
import type { Post } from "../../store/posts.ts";
import type { Store } from "../../store/store.ts";
import { type AdapterLog, ChatError, type ChatPlatform, type Responder } from "../chat.ts";
import type { JobMessages } from "../messages/messages.ts";
import type { Posting } from "./posting.ts";

export interface JobUpdateParts {
  readonly jobs: Store["jobs"];
  readonly posting: Posting;
  readonly messages: JobMessages;
  readonly clock: () => number;
  readonly log: AdapterLog;
  /** A job's result has come to its place: what is put under it can follow. */
  readonly onDelivered: (job: JobRecord, platform: ChatPlatform) => void;
  /** A job reached its last state; `undeliverable` may not be the last word. */
  readonly onOver: (job: JobRecord) => void;
}

/** One job's message, brought up to date: posted, edited, or said as an answer where nothing can be posted. */
export interface JobUpdates {
  /** Keeps the answer to the command that asked for a job: the last way to a member who cannot be written to. */
  keepResponder(job: string, responder: Responder): void;
  /**
   * As the store has the job at this moment: late, doubled or done again after a crash, it sends the same.
   * @throws ChatError every failure of a platform
   */
  bringUpToDate(job: string, platform: ChatPlatform, signal: AbortSignal): Promise<void>;
  /** Its message could not be brought up to date: what came of the job is said as an answer, while that lives. */
  giveUp(job: string, platform: ChatPlatform): Promise<void>;
}

const answerMilliseconds = 30_000;

/** Answers are kept in memory: after a restart what could be said by them alone waits for `/queue`. */
export function createJobUpdates(parts: JobUpdateParts): JobUpdates {
  const { jobs, posting, messages, clock, log } = parts;
  /** Of jobs that are not over. */
  const responders = new Map<string, Responder>();

  async function bringUpToDate(id: string, platform: ChatPlatform, signal: AbortSignal): Promise<void> {
    const job = await jobs.find(id);
    if (!job || job.state === "undeliverable") return;
    if (!job.place) return job.state === "posting" ? answer(job, platform, signal) : undefined;
    const shown = await posting.shownBy(id);
    const replyTo = shown?.message ?? null;
    if (!shown || !replyTo) await posting.post(job, "job", { platform, replyTo, signal });
    else if (job.state === "posting" && isTooOld(shown, platform)) {
      await posting.post(job, "result", { platform, replyTo, signal });
    } else await posting.edit(job, replyTo, { platform, signal });
    if (job.state === "posting") await markDelivered(job, platform);
  }

  function isTooOld(post: Post, { capabilities }: ChatPlatform): boolean {
    const window = capabilities.editWindowSeconds;
    return window !== null && clock() - (post.postedAt ?? post.begunAt) > window * 1000;
  }

  async function markDelivered(job: JobRecord, platform: ChatPlatform): Promise<void> {
    responders.delete(job.id);
    if (!(await jobs.markDelivered(job.id))) return;
    parts.onOver({ ...job, state: job.outcome ?? "done" });
    parts.onDelivered(job, platform);
  }

  async function answer(job: JobRecord, platform: ChatPlatform, signal: AbortSignal): Promise<void> {
    const responder = responders.get(job.id);
    responders.delete(job.id);
    try {
      if (!responder?.isAlive) {
        throw new ChatError("expired", "Expected an answer that still lives, got none.");
      }
      await responder.say(await messages.of(job, "job", platform, signal));
      await markDelivered(job, platform);
    } catch (error) {
      log("info", "a result could not be said as an answer", { job: job.id, error });
      if (await jobs.markUndeliverable(job.id)) parts.onOver({ ...job, state: "undeliverable" });
    }
  }

  return {
    keepResponder: (job, responder) => void responders.set(job, responder),
    bringUpToDate,
    async giveUp(id, platform) {
      const job = await jobs.find(id);
      if (job?.state === "posting") await answer(job, platform, AbortSignal.timeout(answerMilliseconds));
    },
  };
}
