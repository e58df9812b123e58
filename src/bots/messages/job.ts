import type { MessageKey } from "../../locales/en.ts";
import { linesOf, type RichText } from "../../locales/rich-text.ts";
import type { Words } from "../../locales/words.ts";
import type { Standing } from "../../queue/scheduler.ts";
import { deathLimits, type JobFailure, type JobRecord } from "../../store/jobs.ts";
import type { Progress } from "../../types.ts";
import type { Capabilities, ChatButton, ChatMessage } from "../chat.ts";
import { argumentOf } from "./answer-view.ts";
import { failureOfCode, failureText } from "./failure.ts";
import type { References } from "./references.ts";

// What a job's message says while there is no result to show.

/** What a job's messages are made with. */
export interface MessageTools {
  readonly words: Words;
  readonly references: References;
  readonly capabilities: Capabilities;
  /** What shows a result says that it was edited by AI. */
  readonly saysAi: boolean;
  /** Results can be made larger. Default false. */
  readonly upscales?: boolean;
  /** One member alone sees it, as an answer that no change follows. Default false. */
  readonly isAnswer?: boolean;
  /** It is new, and calls the member who asked. Default false. */
  readonly isCalling?: boolean;
}

/** @param isPaused No lane takes jobs now. */
export function waitingMessage(
  job: JobRecord,
  standing: Standing | null,
  isPaused: boolean,
  tools: MessageTools,
): ChatMessage {
  const { words } = tools;
  const position = standing?.position ?? 1;
  const text = isPaused
    ? words.say("job.waiting.paused", { ...headOf(job, tools), position })
    : words.say("job.waiting", { ...headOf(job, tools), position, start: startText(standing, words) });
  return { text, pictures: [], buttons: [[cancelButton(job, tools)]] };
}

/** What every message of a job begins with: what was asked, and in company for whom. */
export function headOf(
  job: JobRecord,
  { words, isCalling = false }: Pick<MessageTools, "words" | "isCalling">,
): { readonly prompt: string; readonly for: RichText } {
  const { user } = job.owner;
  const isInCompany = job.place !== null && !job.place.isDirect;
  return {
    prompt: job.request.prompt,
    for: isInCompany ? words.say("job.for", { who: isCalling ? { call: user } : { member: user } }) : [],
  };
}

/** Whether what shows a result says how it was made, as the catalogues' `select` has it. */
export function aiValue({ saysAi }: Pick<MessageTools, "saysAi">): { readonly ai: "yes" | "no" } {
  return { ai: saysAi ? "yes" : "no" };
}

/** Said where a job's end comes to its member alone, because the bot cannot write any more where it was asked for. */
export function movedLine({ place, askedIn, isPrivate }: JobRecord, words: Words): RichText | null {
  const isMoved = place?.isDirect === true && !askedIn.isDirect && !isPrivate;
  return isMoved ? words.say("result.moved") : null;
}

/** When a job is expected to start, in words, or `none` as the catalogues' `select` has it. */
export function startText(standing: Standing | null, words: Words): string {
  if (standing?.seconds === null || standing === null) return "none";
  return standing.seconds < 5
    ? words.plain("time.soon")
    : words.plain("time.about", { time: words.duration(standing.seconds) });
}

/** Of a job that is being painted: how far it is. */
export function runningMessage(job: JobRecord, tools: MessageTools): ChatMessage {
  const { words } = tools;
  const share = shareDone(job.progress);
  const text = words.say("job.running", {
    ...headOf(job, tools),
    bar: bar(share),
    percent: share,
    phase: words.plain(phaseKey(job.progress)),
    left: leftText(job.progress, words),
  });
  return { text, pictures: [], buttons: [[cancelButton(job, tools)]] };
}

/** Seconds left in words, or `none` as the catalogues' `select` has it. */
export function leftText(progress: Progress | null, words: Words): string {
  const seconds = progress?.secondsLeft ?? null;
  return seconds === null || seconds < 1 ? "none" : words.duration(seconds);
}

/** Of a job whose outcome is not a result. */
export function endedMessage(job: JobRecord, tools: MessageTools): ChatMessage {
  const { words, references, capabilities } = tools;
  const { code, reference, setting, by }: JobFailure = job.failure ?? unknownFailure;
  const retry: ChatButton = {
    id: references.write("reroll", job.id, shownArgument(job, tools)),
    label: words.plain("button.retry"),
    emoji: "🔁",
    style: "secondary",
  };
  const remove = deleteButton(job, tools);
  if ((job.outcome ?? job.state) === "cancelled") {
    return {
      text: words.say("job.cancelled", { ...headOf(job, tools), by: by ? [{ member: by }] : "none" }),
      pictures: [],
      buttons: [[retry, remove]],
    };
  }
  const reason =
    job.restarts > deathLimits.restarts
      ? words.say("error.restarts")
      : failureText(failureOfCode(code, reference, setting ?? null), words, capabilities);
  const text = linesOf(words.say("job.failed", { ...headOf(job, tools), reason }), movedLine(job, words));
  return { text, pictures: [], buttons: [[retry, remove]] };
}

const unknownFailure: JobFailure = {
  code: "internal",
  message: "Expected a job that says how it failed, got none.",
  reference: null,
};

/** Takes away the job, its pictures and its messages. */
export function deleteButton(job: JobRecord, tools: MessageTools): ChatButton {
  const { words, references } = tools;
  return {
    id: references.write("delete", job.id, shownArgument(job, tools)),
    label: words.plain("button.delete"),
    emoji: "🗑️",
    style: "danger",
  };
}

/** What a button's reference says of the message that it stands under; 0 where the job's own view says it. */
export function shownArgument({ view }: JobRecord, { isAnswer = false }: MessageTools): number {
  return isAnswer ? argumentOf(view) : 0;
}

/** Ends a job that waits or runs. */
export function cancelButton(job: JobRecord, { words, references }: MessageTools): ChatButton {
  return {
    id: references.write("cancel", job.id),
    label: words.plain("button.cancel"),
    emoji: "✖️",
    style: "secondary",
  };
}

function shareDone(progress: Progress | null): number {
  if (!progress || progress.stepsTotal === 0) return 0;
  return Math.min(1, progress.stepsDone / progress.stepsTotal);
}

const barLength = 12;

function bar(share: number): string {
  const full = Math.round(share * barLength);
  return "█".repeat(full) + "░".repeat(barLength - full);
}

function phaseKey(progress: Progress | null): MessageKey {
  if (!progress) return "phase.loading";
  if (progress.phase === "painting") return progress.quality === "draft" ? "phase.draft" : "phase.full";
  return progress.phase === "result" || progress.phase === "mask" ? "phase.done" : `phase.${progress.phase}`;
}
