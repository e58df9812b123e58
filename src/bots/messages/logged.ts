import type { MessageKey } from "../../locales/en.ts";
import { type Inline, linesOf, type RichText } from "../../locales/rich-text.ts";
import type { Words } from "../../locales/words.ts";
import type { AuditEntry } from "../../store/audit.ts";
import type { JobRecord } from "../../store/jobs.ts";
import type { Capabilities } from "../chat.ts";
import { failureOfCode, failureText } from "./failure.ts";

// What a log channel says. Of private edits it has neither words nor pictures.

type Tools = { readonly words: Words; readonly capabilities: Pick<Capabilities, "typed"> };

/** An edit: who asked for what and where, and how it ended once it has. */
export function loggedJob(job: JobRecord, tools: Tools): RichText {
  const { words } = tools;
  const who = { member: job.owner.user };
  const begun = isPrivateJob(job)
    ? words.say("log.begun.private", { who })
    : words.say("log.begun", {
        ...{ who, prompt: job.request.prompt },
        where: { channel: job.askedIn.channel },
      });
  return linesOf(begun, endOf(job, tools));
}

/** Nobody but its owner is to see what was asked for: privately, or in a conversation with the bot. */
export function isPrivateJob({ isPrivate, askedIn }: Pick<JobRecord, "isPrivate" | "askedIn">): boolean {
  return isPrivate || askedIn.isDirect;
}

function endOf(job: JobRecord, { words, capabilities }: Tools): RichText | null {
  const { outcome, failure, startedAt, finishedAt } = job;
  if (outcome === null) return null;
  if (outcome === "done") {
    const seconds = startedAt !== null && finishedAt !== null ? (finishedAt - startedAt) / 1000 : 0;
    const key: MessageKey = job.state === "undeliverable" ? "log.kept" : "log.done";
    return words.say(key, { time: words.duration(seconds) });
  }
  if (outcome === "cancelled") {
    return words.say("log.cancelled", { by: failure?.by ? [{ member: failure.by }] : "none" });
  }
  const reason = failureOfCode(
    failure?.code ?? "internal",
    failure?.reference ?? null,
    failure?.setting ?? null,
  );
  return words.say("log.failed", { reason: failureText(reason, words, capabilities) });
}

/** What somebody steered, without its time. */
export function loggedAction({ actor, action, details }: AuditEntry, words: Words): RichText {
  return words.say("log.action", { who: { member: actor }, action, details: detailsText(details) });
}

/** Options by name, ids of members, groups and channels as what they are of. */
export function detailsText(details: AuditEntry["details"]): RichText {
  return Object.entries(details).flatMap(([name, value], index): RichText => {
    const before = `${index === 0 ? "" : ", "}${name} `;
    return [before, isNamed(name) ? ({ [name]: String(value) } as Inline) : String(value)];
  });
}

/** Details that are ids, which are shown by their names. */
function isNamed(detail: string): boolean {
  return detail === "member" || detail === "group" || detail === "channel";
}
