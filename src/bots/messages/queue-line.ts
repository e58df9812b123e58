import type { RichText } from "../../locales/rich-text.ts";
import type { Words } from "../../locales/words.ts";
import type { Standing } from "../../queue/scheduler.ts";
import type { JobRecord } from "../../store/jobs.ts";
import { leftText, startText } from "./job.ts";

const longestInList = 60;

/** A job that is not over, or could not be delivered, in a line of a list for its owner. */
export function queueLine(job: JobRecord, standing: Standing | null, words: Words): RichText {
  const values = {
    job: job.id,
    prompt: shortPrompt(job),
    kept: job.hasPictures ? "yes" : "no",
    how: job.outcome ?? "done",
  };
  if (job.state === "waiting") {
    return words.say("queue.waiting", {
      ...values,
      position: standing?.position ?? 1,
      start: startText(standing, words),
    });
  }
  if (job.state === "running")
    return words.say("queue.running", { ...values, left: leftText(job.progress, words) });
  return words.say(job.state === "posting" ? "queue.posting" : "queue.undeliverable", values);
}

/** What was asked for, short enough for a line of a list. */
export function shortPrompt({ request: { prompt } }: Pick<JobRecord, "request">): string {
  return prompt.length > longestInList ? `${[...prompt].slice(0, longestInList - 1).join("")}…` : prompt;
}
