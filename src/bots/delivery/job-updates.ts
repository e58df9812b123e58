import { EditError, isStorageFailure } from "../../errors.ts";
import type { JobRecord } from "../../store/jobs.ts";
import type { Post } from "../../store/posts.ts";
import type { Store } from "../../store/store.ts";
import {
  type AdapterLog,
  ChatError,
  type ChatPlatform,
  type MessageRef,
  type Permission,
  type Responder,
} from "../chat.ts";
import { hasFirst, hasPreview } from "../messages/first.ts";
import type { JobMessages } from "../messages/messages.ts";
import type { Unshown } from "../messages/result.ts";
import type { Posting, Target } from "./posting.ts";
import { sendSmaller } from "./send-smaller.ts";

export interface JobUpdateParts {
  readonly jobs: Store["jobs"];
  readonly posting: Posting;
  readonly messages: JobMessages;
  /** The result of a job, for which they waited so many milliseconds, mentions who asked for it. */
  readonly isMentioned: (job: JobRecord, waited: number) => Promise<boolean>;
  readonly log: AdapterLog;
  /** Whether first results are shown: each is one more upload. */
  readonly showsFirst: boolean;
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
   * As the store has the job at this moment: late, doubled or done again after a crash, it sends the same. A result whose
   * picture is refused for good is told in words that lead to it. How it ended is told to the member alone where the bot cannot
   * write in its place any more.
   * @throws ChatError every other failure of a platform
   */
  bringUpToDate(job: string, platform: ChatPlatform, signal: AbortSignal): Promise<void>;
  /** `due` once its first result is to be shown; `shown` from then on: its message stays as it is until it ends. */
  firstOf(job: JobRecord, platform: ChatPlatform): "none" | "due" | "shown";
  /** A draft is shown below how far the job is. */
  hasDraft(job: JobRecord, platform: ChatPlatform): boolean;
  /** Its message could not be brought up to date: what came of the job is said as an answer, while that lives. */
  giveUp(job: string, platform: ChatPlatform): Promise<void>;
  /** Nothing was or will be shown of the job: whoever asked for it is told why in another way. */
  withdraw(job: string): void;
}

const answerMilliseconds = 30_000;
const keptWithdrawn = 1000;

/** Answers are kept in memory: after a restart what could be said by them alone waits for `/queue`. */
export function createJobUpdates(parts: JobUpdateParts): JobUpdates {
  const { jobs, posting, messages, log } = parts;
  /** Of jobs that are not over. */
  const responders = new Map<string, Responder>();
  const withdrawn = new Set<string>();
  const firsts = createFirsts();

  async function bringUpToDate(id: string, platform: ChatPlatform, signal: AbortSignal): Promise<void> {
    const job = await jobs.find(id);
    if (!job || job.state === "undeliverable" || withdrawn.has(id)) return;
    if (!job.place) return job.state === "posting" ? answer(job, platform, signal) : undefined;
    const shown = await posting.shownBy(id);
    if (job.state === "posting") return deliver(job, shown, { platform, signal });
    if (shown?.message) return follow(job, shown.message, { platform, signal });
    // What is over and shown nowhere was taken away.
    const isUnderWay = job.state === "waiting" || job.state === "running";
    if (isUnderWay) await posting.post(job, "job", { platform, replyTo: null, signal });
  }

  /**
   * A first result is one edit, a draft one of many: where its picture is refused, the message goes on to say how far the job is.
   */
  async function follow(job: JobRecord, message: MessageRef, to: Omit<Target, "replyTo">): Promise<void> {
    const first = firstOf(job, to.platform);
    if (first === "shown") return;
    const isPreview = first === "none" && hasDraft(job, to.platform);
    if (first === "none" && !isPreview) return posting.edit(job, message, to);
    try {
      await posting.edit(job, message, { ...to, form: isPreview ? { isPreview } : { isFirst: true } });
      if (!isPreview) firsts.note(job, "shown");
    } catch (error) {
      if (!whyUnshown(error)) throw error;
      log("info", "a picture of what is under way cannot be shown", { job: job.id, error });
      firsts.note(job, "refused");
      await posting.edit(job, message, to);
    }
  }

  function hasDraft(job: JobRecord, { capabilities }: ChatPlatform): boolean {
    return hasPreview(job, capabilities) && firsts.of(job) !== "refused";
  }

  function firstOf(job: JobRecord, { capabilities }: ChatPlatform): "none" | "due" | "shown" {
    if (!parts.showsFirst || !hasFirst(job, capabilities)) return "none";
    const before = firsts.of(job);
    return before === "refused" ? "none" : (before ?? "due");
  }

  /** Where the job was asked for, or, where the bot cannot write there any more, to the member alone. */
  async function deliver(job: JobRecord, shown: Post | null, to: Omit<Target, "replyTo">): Promise<void> {
    try {
      await deliverInPlace(job, shown, to);
    } catch (error) {
      const moved = isPlaceLost(error) ? await movedToMember(job, to) : null;
      if (!moved) throw error;
      log("info", "the place of a job is lost, its member is written to", { job: job.id, error });
      try {
        await deliverInPlace(moved, shown, to);
      } catch (refused) {
        if (isDirectRefused(refused)) await jobs.setPlace(job.id, null);
        throw refused;
      }
    }
  }

  /** The job with the place where the bot and its member are alone; `null` where that is none, or nobody waits for it. */
  async function movedToMember(
    job: JobRecord,
    { platform, signal }: Pick<Target, "platform" | "signal">,
  ): Promise<JobRecord | null> {
    if (job.isPrivate || job.askedIn.isDirect || job.place?.isDirect || job.outcome === "cancelled")
      return null;
    try {
      const place = await platform.directPlace(job.owner.user, { signal });
      await jobs.setPlace(job.id, place);
      return { ...job, place };
    } catch (error) {
      if (isDirectRefused(error)) return null;
      throw error;
    }
  }

  async function deliverInPlace(
    job: JobRecord,
    shown: Post | null,
    to: Omit<Target, "replyTo">,
  ): Promise<void> {
    try {
      await showEnd(job, shown, to);
    } catch (error) {
      const why = job.outcome === "done" ? whyUnshown(error) : null;
      if (!why) throw error;
      log("info", "a result cannot be shown in its place", { job: job.id, error });
      await showEnd(job, shown, { ...to, form: { unshown: why } });
      return answer(job, to.platform, to.signal);
    }
    await markDelivered(job, to.platform);
  }

  async function showEnd(job: JobRecord, shown: Post | null, to: Omit<Target, "replyTo">): Promise<void> {
    const message = shown?.message ?? null;
    const isElsewhere = message !== null && message.channel !== job.place?.channel;
    const { sinceOrder, sinceFirst } = await posting.agesOf(job);
    const isCalling = await parts.isMentioned(job, sinceOrder);
    const isLate = shown?.role === "job" && isTooOld(sinceFirst ?? 0, to.platform);
    // An edit notifies nobody: a message that mentions is a new one, in place of the first.
    const isReplaced = isCalling && !isLate && !isElsewhere;
    const target = { ...to, form: { ...to.form, isCalling } };
    // What was begun may stand there already, whatever would be done by now.
    const isBegun = await posting.isBegun(job, "result");
    const isNew = shown?.role === "job" && (isLate || isReplaced || isBegun);
    if (!message) await posting.post(job, "job", { ...target, replyTo: null });
    else if (isElsewhere || isNew) {
      const replyTo = isElsewhere || isReplaced ? null : message;
      await posting.post(job, "result", { ...target, replyTo });
    } else await posting.edit(job, message, target);
    await posting.retireFirst(job, { ...to, isReplaced });
  }

  async function markDelivered(job: JobRecord, platform: ChatPlatform): Promise<void> {
    responders.delete(job.id);
    firsts.forget(job.id);
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
      const { maxUploadBytes: maxBytes } = await platform.abilitiesIn(job.askedIn, { signal });
      await sendSmaller({
        maxBytes,
        compose: (limit) => messages.asAnswer(job, platform, limit, signal),
        send: (message) => responder.say(message),
      });
      await markDelivered(job, platform);
    } catch (error) {
      if (isStorageFailure(error)) {
        if (responder) responders.set(job.id, responder);
        throw error;
      }
      log("info", "a result could not be said as an answer", { job: job.id, error });
      if (await jobs.markUndeliverable(job.id)) parts.onOver({ ...job, state: "undeliverable" });
    }
  }

  /** After many tries: the job's message says at least that it ended. */
  async function tellInWords(job: JobRecord, platform: ChatPlatform): Promise<void> {
    const to = {
      platform,
      signal: AbortSignal.timeout(answerMilliseconds),
      form: { unshown: "other" },
    } as const;
    try {
      await showEnd(job, await posting.shownBy(job.id), to);
    } catch (error) {
      log("info", "an end could not be told in words", { job: job.id, error });
    }
  }

  return {
    keepResponder: (job, responder) => void responders.set(job, responder),
    bringUpToDate,
    firstOf,
    hasDraft,
    async giveUp(id, platform) {
      const job = await jobs.find(id);
      if (job?.state !== "posting" || withdrawn.has(id)) return;
      // The result is there; what failed is what else was to be done with its messages.
      if ((await posting.shownBy(id))?.role === "result") return markDelivered(job, platform);
      if (job.place && job.outcome === "done") await tellInWords(job, platform);
      await answer(job, platform, AbortSignal.timeout(answerMilliseconds));
    },
    withdraw(id) {
      responders.delete(id);
      withdrawn.add(id);
      const [oldest] = withdrawn;
      if (withdrawn.size > keptWithdrawn && oldest !== undefined) withdrawn.delete(oldest);
    },
  };
}

/** What became of first results, in memory: after a restart a job is run anew. */
function createFirsts() {
  const known = new Map<string, { readonly run: number | null; readonly became: "shown" | "refused" }>();
  return {
    of: ({ id, startedAt }: JobRecord) => {
      const found = known.get(id);
      return found?.run === startedAt ? found.became : null;
    },
    note: ({ id, startedAt }: JobRecord, became: "shown" | "refused") =>
      void known.set(id, { run: startedAt, became }),
    forget: (id: string) => void known.delete(id),
  };
}

function isTooOld(milliseconds: number, { capabilities }: ChatPlatform): boolean {
  const window = capabilities.editWindowSeconds;
  return window !== null && milliseconds > window * 1000;
}

/** Why a picture will not come, where words may; `null` where neither does, or it may pass. */
function whyUnshown(error: unknown): Unshown | null {
  if (isStorageFailure(error)) return null;
  if (error instanceof EditError) return error.code === "cancelled" ? null : "other";
  if (!(error instanceof ChatError)) return null;
  if (error.failure === "too-large") return "large";
  if (error.failure === "missing-permission") return error.missing.includes("attach") ? "attach" : "other";
  return error.failure === "rejected" || error.failure === "edit-refused" ? "other" : null;
}

/** The bot may not write there any more, or there is no such place. */
function isPlaceLost(error: unknown): boolean {
  if (!(error instanceof ChatError)) return false;
  const { failure, missing } = error;
  if (failure === "unknown-place") return true;
  return failure === "missing-permission" && missing.some((each) => lostWithout.includes(each));
}

const lostWithout: readonly Permission[] = ["view", "post", "join"];

function isDirectRefused(error: unknown): boolean {
  return error instanceof ChatError && error.failure === "direct-refused";
}
