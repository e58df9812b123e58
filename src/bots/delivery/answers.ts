import type { JobRecord, JobStore } from "../../store/jobs.ts";
import type { AdapterLog, ChatPlatform, Place, Responder } from "../chat.ts";
import type { JobMessages } from "../messages/messages.ts";
import type { JobUpdates } from "./job-updates.ts";
import { sendSmaller } from "./send-smaller.ts";
import type { Task } from "./task.ts";

export interface AnswerParts {
  readonly platforms: ReadonlyMap<string, ChatPlatform>;
  readonly jobs: JobStore;
  readonly messages: JobMessages;
  readonly updates: JobUpdates;
  readonly log: AdapterLog;
}

/** What of a job is said. */
export type Said = "result" | "gallery" | "comparison";

/** How something is said to one member. */
export interface Answer {
  readonly responder: Responder;
  /** Where it is said. */
  readonly place: Place;
  /** In place of the answer whose button was pressed. Default false. */
  readonly isInPlace?: boolean;
  readonly signal: AbortSignal;
}

/** Results that one member sees: who asked for them, or pressed a button that others' messages cannot follow. */
export interface Answers {
  /** What came of a job, all its results, or one beside what it was made of, as its view is given. @throws ChatError */
  say(job: JobRecord, what: Said, answer: Answer): Promise<void>;
  /** What could not be posted for others is shown at least to whoever asked for it. */
  instead(job: JobRecord, what: Said, responder: Responder): Task["giveUp"];
}

const answerMilliseconds = 60_000;

export function createAnswers({ platforms, jobs, messages, updates, log }: AnswerParts): Answers {
  async function say(job: JobRecord, what: Said, answer: Answer): Promise<void> {
    const { responder, place, isInPlace = false, signal } = answer;
    const platform = platforms.get(job.owner.platform);
    if (!platform) throw new RangeError(`Expected platform ${job.owner.platform} to run, got none.`);
    const compose = {
      result: messages.asAnswer,
      gallery: messages.galleryAsAnswer,
      comparison: messages.comparisonAsAnswer,
    }[what];
    await sendSmaller({
      maxBytes: (await platform.abilitiesIn(place, { signal })).maxUploadBytes,
      compose: (maxBytes) => compose(job, platform, maxBytes, signal),
      send: (message) => responder.say(message, { isInPlace }),
    });
  }

  return {
    say,
    instead(job, what, responder) {
      return async (error) => {
        log("info", "an answer stands in for a message", { job: job.id, error });
        const platform = platforms.get(job.owner.platform);
        const latest = await jobs.find(job.id);
        // What has still to be delivered has last words of its own.
        if (platform && latest?.state === "posting") return updates.giveUp(job.id, platform);
        if (!latest?.result || !latest.hasPictures) return;
        const signal = AbortSignal.timeout(answerMilliseconds);
        await say({ ...latest, view: job.view }, what, { responder, place: job.askedIn, signal }).catch(
          (unsaid) => {
            log("info", "an answer could not be given", { job: job.id, error: unsaid });
          },
        );
      };
    },
  };
}
