import type { JobRecord } from "../../store/jobs.ts";
import type { Post, PostRole, PostStore } from "../../store/posts.ts";
import { ChatError, type ChatPlatform, type MessageRef, type Place } from "../chat.ts";
import type { JobMessages, ResultForm } from "../messages/messages.ts";
import { keyOf } from "../messages/post-keys.ts";
import { sendSmaller } from "./send-smaller.ts";
import type { UploadLimits } from "./upload-limits.ts";

export interface PostingParts {
  readonly posts: PostStore;
  readonly messages: JobMessages;
  readonly limits: UploadLimits;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  /** In milliseconds. */
  readonly monotonicClock: () => number;
}

/** Puts a job's messages into its place, each of them once; pictures that the place refuses as too large come smaller. */
export interface Posting {
  /** How long ago a job was ordered and shown; by the clock that never jumps since this process posted its first message. */
  agesOf(job: JobRecord): Promise<Ages>;
  /** The message that shows the job: the late result's where there is one, else the job's own; `null` before that. */
  shownBy(job: string): Promise<Post | null>;
  /**
   * Posts a message of a role where it is not posted yet. A try that may have come through before, also one of an earlier
   * process, is looked for on the platform first.
   */
  post(job: JobRecord, role: PostRole, to: Target): Promise<void>;
  /** Edits the message that shows the job; where that cannot be edited, what matters comes as a message of its own. */
  edit(job: JobRecord, message: MessageRef, to: Omit<Target, "replyTo">): Promise<void>;
  /**
   * Where a result came as a message of its own, the job's first message no longer says that it is under way: it goes where
   * the other one stands in its place, else it says where the result is.
   */
  retireFirst(
    job: JobRecord,
    to: Pick<Target, "platform" | "signal"> & { readonly isReplaced: boolean },
  ): Promise<void>;
  isPosted(job: JobRecord, role: PostRole): Promise<boolean>;
  /** It was about to be posted, and nothing is known of what came of it. */
  isBegun(job: JobRecord, role: PostRole): Promise<boolean>;
}

/** Of a job, in milliseconds. */
export interface Ages {
  readonly sinceOrder: number;
  /** Since its first message was posted; `null` where there is none. */
  readonly sinceFirst: number | null;
}

/** Where a message goes, and in what form a result is shown. */
export interface Target {
  readonly platform: ChatPlatform;
  readonly replyTo: MessageRef | null;
  readonly signal: AbortSignal;
  /** By default the picture. */
  readonly form?: ResultForm;
}

/** A request that was on its way when its connection broke or its process died takes effect within this time, or never. */
const arrivalMilliseconds = 10_000;
/** By how much the platform's clock may be behind ours. */
const searchMargin = 60_000;
/** Of messages of this process. */
const keptTimes = 10_000;

/** What was posted is in the store, from before the platform is asked. */
export function createPosting(parts: PostingParts): Posting {
  const { posts, messages, limits, clock, monotonicClock } = parts;
  const startedAt = monotonicClock();
  /** Not confirmed yet, and tried by this process: what came of it where the store could not take that, and till when it may arrive. */
  const own = new Map<string, { readonly message: MessageRef | null; readonly arrivesBefore: number }>();

  /** By key, of messages of this process: when they were confirmed, monotonic. */
  const postedAt = new Map<string, number>();

  async function post(job: JobRecord, role: PostRole, to: Target): Promise<void> {
    const { platform, signal } = to;
    if (!job.place) return;
    const key = to.form?.sharedAs ?? keyOf(job, role);
    const begun = await posts.begin({ key, job: job.id, role }, clock());
    if (begun.message) return;
    const replyTo = to.replyTo ?? (role === "job" || role === "result" ? questionOf(job) : null);
    const earlier = begun.isNew ? null : await findEarlier(job.place, begun, { platform, replyTo, signal });
    // Whoever looks for this try must not take the first one's time for it.
    if (!earlier && !begun.isNew) await posts.beginAgain(key, clock());
    const message = earlier ?? (await postAnew(job, job.place, role, key, { ...to, replyTo }));
    own.set(key, { message, arrivesBefore: 0 });
    await posts.confirm(key, message, clock());
    own.delete(key);
    if (!earlier) notePosted(key);
    // What was found may say what was true then.
    if (earlier && (role === "job" || role === "result")) await edit(job, message, to);
  }

  function notePosted(key: string): void {
    postedAt.set(key, monotonicClock());
    const [oldest] = postedAt.keys();
    if (postedAt.size > keptTimes && oldest !== undefined) postedAt.delete(oldest);
  }

  async function findEarlier(
    place: Place,
    { key, begunAt }: Post,
    { platform, replyTo, signal }: Target,
  ): Promise<MessageRef | null> {
    const message = own.get(key)?.message;
    if (message) return message;
    requireArrived(key);
    // The clock may have been set back since.
    const since = Math.min(begunAt, clock()) - searchMargin;
    return platform.findPosted(place, key, { since, replyTo, signal });
  }

  async function postAnew(
    job: JobRecord,
    place: NonNullable<JobRecord["place"]>,
    role: PostRole,
    key: string,
    { platform, replyTo, signal, form }: Target,
  ): Promise<MessageRef> {
    own.set(key, { message: null, arrivesBefore: 0 });
    try {
      return await sendSmaller({
        maxBytes: await limits.of(job, platform, signal),
        compose: (maxBytes) => messages.of(job, role, { platform, signal, maxBytes, form }),
        send: (message) => platform.post(place, message, { key, replyTo, signal }),
        onSmaller: (maxBytes) => limits.lower(job, maxBytes),
      });
    } catch (error) {
      if (!(error instanceof ChatError)) throw error;
      if (error.mayStillArrive) {
        own.set(key, { message: null, arrivesBefore: monotonicClock() + arrivalMilliseconds });
      }
      // Of a refusal it is known that nothing was posted.
      if (error.failure !== "unavailable") {
        await posts.remove(key);
        own.delete(key);
      }
      throw error;
    }
  }

  /**
   * What may still be on its way is not searched for: a search that goes on later looks at no page twice. When an earlier
   * process began is told by a clock that may have been set since; it had ended when this one started.
   * @throws ChatError `unavailable` where an earlier try may still be on its way
   */
  function requireArrived(key: string): void {
    const arrivesBefore = own.get(key)?.arrivesBefore ?? startedAt + arrivalMilliseconds;
    const wait = arrivesBefore - monotonicClock();
    if (wait <= 0) return;
    const message = "Expected an earlier post to have arrived or to be lost, got one that may come.";
    throw new ChatError("unavailable", message, { retryAfterSeconds: wait / 1000 });
  }

  async function edit(job: JobRecord, message: MessageRef, to: Omit<Target, "replyTo">): Promise<void> {
    const { platform, signal, form } = to;
    try {
      await sendSmaller({
        maxBytes: await limits.of(job, platform, signal),
        // An edit calls nobody.
        compose: (maxBytes) =>
          messages.of(job, "job", { platform, signal, maxBytes, form: { ...form, isCalling: false } }),
        send: (content) => platform.edit(message, content, { signal }),
        onSmaller: (maxBytes) => limits.lower(job, maxBytes),
      });
    } catch (error) {
      if (!(error instanceof ChatError)) throw error;
      const isGone = error.failure === "unknown-message";
      // Words alone may still go through.
      const isPicturesOwn = error.failure === "edit-refused" && form?.isPreview === true;
      if ((!isGone && error.failure !== "edit-refused") || isPicturesOwn) throw error;
      // Somebody removed the message: only a result is worth another one.
      if (isGone && job.outcome !== "done") return;
      const replyTo = isGone ? null : message;
      if (job.state === "posting") await post(job, "result", { ...to, replyTo });
      else if (job.state === "done" && !isGone) await post(job, "alternate", { ...to, replyTo });
    }
  }

  return {
    post,
    edit,
    async agesOf({ id, createdAt }) {
      const first = messageOfRole(await posts.ofJob(id), "job");
      if (!first) return { sinceOrder: clock() - createdAt, sinceFirst: null };
      const shownAt = first.postedAt ?? first.begunAt;
      const here = postedAt.get(first.key);
      const sinceFirst = here === undefined ? clock() - shownAt : monotonicClock() - here;
      return { sinceOrder: sinceFirst + shownAt - createdAt, sinceFirst };
    },
    async shownBy(job) {
      const posted = await posts.ofJob(job);
      return messageOfRole(posted, "result") ?? messageOfRole(posted, "job");
    },
    async retireFirst(job, { platform, signal, isReplaced }) {
      const posted = await posts.ofJob(job.id);
      const first = messageOfRole(posted, "job");
      const result = messageOfRole(posted, "result");
      // A post that was looked for may have been taken for the first message itself.
      if (!first?.message || !result || result.message?.message === first.message.message) return;
      if (isReplaced && (await unlessRefused(platform.remove(first.message, { signal }))))
        return posts.remove(first.key);
      await unlessRefused(platform.edit(first.message, messages.elsewhere(job, platform), { signal }));
    },
    async isBegun(job, role) {
      return (await posts.find(keyOf(job, role)))?.message === null;
    },
    async isPosted(job, role) {
      return ((await posts.find(keyOf(job, role)))?.message ?? null) !== null;
    },
  };
}

function messageOfRole(posted: readonly Post[], role: PostRole): Post | null {
  return posted.find((each) => each.role === role && each.message) ?? null;
}

/** The result is there; what cannot be changed beside it stays. False where it was refused for good. */
async function unlessRefused(change: Promise<void>): Promise<boolean> {
  try {
    await change;
    return true;
  } catch (error) {
    if (!(error instanceof ChatError) || error.isPassing) throw error;
    return false;
  }
}

/** The message that asked for the job; what is private does not answer it in public, and nothing from another place. */
function questionOf(job: JobRecord): MessageRef | null {
  const isThere = job.place?.channel === job.askedIn.channel;
  return job.replyTo && isThere && !job.isPrivate ? { ...job.askedIn, message: job.replyTo } : null;
}
