import { linesOf } from "../../locales/rich-text.ts";
import type { JobRecord } from "../../store/jobs.ts";
import type { Capabilities, ChatMessage } from "../chat.ts";
import type { Fitted } from "../picture-worker.ts";
import { aiValue, cancelButton, headOf, type MessageTools, runningMessage } from "./job.ts";

// What is shown of a job while it is painted: drafts, then the first result.

/** Whether a job has a first result that its place may be shown: one that has to be hidden, and cannot be, it may not. */
export function hasFirst({ state, progress }: JobRecord, { spoilers }: Capabilities): boolean {
  const first = state === "running" ? progress?.first : undefined;
  return first !== undefined && (spoilers || !first.isUnsafe);
}

/** The same of a draft. */
export function hasPreview({ state, progress }: JobRecord, { spoilers }: Capabilities): boolean {
  const preview = state === "running" ? progress?.preview : undefined;
  return preview !== undefined && (spoilers || !preview.isUnsafe);
}

/** How far the job is, and what its best draft looks like; `picture` is what `Renditions.draft` made. */
export function previewMessage(job: JobRecord, picture: Fitted, tools: MessageTools): ChatMessage {
  const { words } = tools;
  const message = runningMessage(job, tools);
  const { prompt } = job.request;
  return {
    ...message,
    text: linesOf(message.text, words.say("job.preview", aiValue(tools))),
    pictures: [
      {
        path: picture.file,
        fileName: `${job.id}-preview.jpg`,
        alt: words.plain("job.preview.alt", { prompt }),
        isSpoiler: job.progress?.preview?.isUnsafe ?? false,
      },
    ],
  };
}

/** In place of how far the job is; `picture` is what `Renditions.first` made. */
export function firstMessage(job: JobRecord, picture: Fitted, tools: MessageTools): ChatMessage {
  const { words } = tools;
  const isSpoiler = job.progress?.first?.isUnsafe ?? false;
  const { prompt } = job.request;
  return {
    text: linesOf(
      words.say("job.first", { ...headOf(job, tools), ...aiValue(tools) }),
      isSpoiler ? words.say("result.spoiler") : null,
    ),
    pictures: [
      {
        path: picture.file,
        fileName: `${job.id}-first.${picture.format === "png" ? "png" : "jpg"}`,
        alt: words.plain("job.first.alt", { prompt }),
        isSpoiler,
      },
    ],
    buttons: [[cancelButton(job, tools)]],
  };
}
