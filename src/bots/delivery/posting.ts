import type { JobRecord } from "../../store/jobs.ts";
import type { Post, PostBook, PostRole } from "../../store/posts.ts";
import { ChatError, type ChatPlatform, type MessageRef } from "../chat.ts";
import type { JobMessages } from "../messages/messages.ts";

export interface PostingParts {
  readonly posts: PostBook;
  readonly messages: JobMessages;
  readonly clock: () => number;
}

/** Puts a job's messages into its place, each of them once. */
export interface Posting {
  /** The message that shows the job: the late result's where there is one, else the job's own; `null` before that. */
  shownBy(job: string): Promise<Post | null>;
  /**
   * Posts a message of a role where it is not posted yet. A try that may have come through before, also one of an earlier
   * process, is looked for on the platform first.
   */
  post(job: JobRecord, role: PostRole, to: Target): Promise<void>;
  /** Edits the message that shows the job; where that cannot be edited, what matters comes as a message of its own. */
  edit(job: JobRecord, message: MessageRef, to: Pick<Target, "platform" | "signal">): Promise<void>;
  isPosted(job: JobRecord, role: PostRole): Promise<boolean>;
}

/** Where a message goes. */
export interface Target {
  readonly platform: ChatPlatform;
  readonly replyTo: MessageRef | null;
  readonly signal: AbortSignal;
}

/** A request that was on its way when its process died takes effect within this time, or never. */
const arrivalMilliseconds = 10_000;

/** What was posted is in the store's post book, from before the platform is asked. */
export function createPosting({ posts, messages, clock }: PostingParts): Posting {
  const startedAt = clock();

  async function post(job: JobRecord, role: PostRole, { platform, replyTo, signal }: Target): Promise<void> {
    if (!job.place) return;
    const key = keyOf(job, role);
    const now = clock();
    const begun = await posts.begin({ key, job: job.id, role }, now);
    if (begun.message) return;
    const answered = replyTo ?? (role === "job" ? questionOf(job) : null);
    const sought = { since: begun.begunAt - 60_000, replyTo: answered, signal };
    const earlier = begun.isNew ? null : await platform.findPosted(job.place, key, sought);
    if (!earlier) requireArrived(begun.begunAt, now);
    // Whoever looks for this try must not take the first one's time for it.
    if (!earlier && !begun.isNew) await posts.beginAgain(key, clock());
    const message =
      earlier ??
      (await platform.post(job.place, await messages.of(job, role, platform, signal), {
        key,
        replyTo: answered,
        signal,
      }));
    await posts.confirm(key, message, clock());
    // What was found may say what was true then.
    if (earlier && (role === "job" || role === "result")) await edit(job, message, { platform, signal });
  }

  /** @throws ChatError `unavailable` where a try of a process before this one may still be on its way */
  function requireArrived(begunAt: number, now: number): void {
    const wait = begunAt < startedAt ? begunAt + arrivalMilliseconds - now : 0;
    if (wait <= 0) return;
    const message = "Expected an earlier post to have arrived or to be lost, got one that may come.";
    throw new ChatError("unavailable", message, { retryAfterSeconds: wait / 1000 });
  }

  async function edit(
    job: JobRecord,
    message: MessageRef,
    { platform, signal }: Pick<Target, "platform" | "signal">,
  ): Promise<void> {
    try {
      await platform.edit(message, await messages.of(job, "job", platform, signal), { signal });
    } catch (error) {
      if (!(error instanceof ChatError)) throw error;
      const isGone = error.failure === "unknown-message";
      if (!isGone && error.failure !== "edit-refused") throw error;
      // Somebody removed the message: only a result is worth another one.
      if (isGone && job.outcome !== "done") return;
      const replyTo = isGone ? null : message;
      if (job.state === "posting") await post(job, "result", { platform, replyTo, signal });
      else if (job.state === "done" && !isGone) await post(job, "alternate", { platform, replyTo, signal });
    }
  }

  return {
    post,
    edit,
    async shownBy(job) {
      const posted = (await posts.ofJob(job)).filter(({ message }) => message);
      return (
        posted.find(({ role }) => role === "result") ?? posted.find(({ role }) => role === "job") ?? null
      );
    },
    async isPosted(job, role) {
      return ((await posts.find(keyOf(job, role)))?.message ?? null) !== null;
    },
  };
}

/** The message that asked for the job; what is private does not answer it in public. */
function questionOf(job: JobRecord): MessageRef | null {
  return job.replyTo && !job.isPrivate ? { ...job.askedIn, message: job.replyTo } : null;
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
