import type { MessageKey } from "../../locales/en.ts";
import { linesOf, type RichText } from "../../locales/rich-text.ts";
import type { Words } from "../../locales/words.ts";
import type { JobRecord, JobView } from "../../store/jobs.ts";
import type { Box, EditResult, RankedResult } from "../../types.ts";
import type { ChatButton, ChatMessage, ChatPicture } from "../chat.ts";
import type { Fitted } from "../picture-worker.ts";
import { aiValue, deleteButton, headOf, type MessageTools, movedLine } from "./job.ts";
import { resultOf } from "./renditions.ts";
import {
  galleryButtons,
  isDrawnAnew,
  originalButton,
  resultButtons,
  variationButtons,
} from "./result-buttons.ts";
import { isHidden, isUnsafe } from "./safety.ts";
import { warningLines } from "./warnings.ts";

// What a finished job's message shows: the picture, what was done, and what to know about it.

/** The result's message: `picture` is what `Renditions.shown` made for the same view. */
export function resultMessage(job: JobRecord, picture: Fitted, tools: MessageTools): ChatMessage {
  const { words } = tools;
  const result = requireResult(job);
  const shown = resultOf(job, job.view.rank);
  const text = linesOf(
    words.say("result.text", {
      ...headOf(job, tools),
      where: placeOf(job, result, words),
      count: result.results.length,
      rank: shown.rank,
      time: words.duration(secondsOf(job)),
      ...aiValue(tools),
    }),
    job.view.showsBox ? detailsOf(job, result, words) : null,
    job.view.showsBox ? changedLine(shown, result.image, words) : null,
    methodLine(result, words),
    shown.weak ? words.say("result.weak", { reroll: isDrawnAnew(result) ? "yes" : "no" }) : null,
    ...warningLines(result, words),
    ...pictureNotes(job, picture, tools),
    movedLine(job, words),
  );
  return {
    text,
    pictures: isHidden(job, job.view.rank, tools) ? [] : [pictureOf(job, job.view, picture, words)],
    buttons: resultButtons(job, result, picture, tools),
  };
}

/** What it was made with: beside the area, for those who want to look closer. */
function detailsOf(job: JobRecord, { pack, seed, settings }: EditResult, words: Words): RichText {
  const steps = settings.steps ?? 0;
  return words.say("result.details", { pack, steps, seed: String(seed), job: job.id });
}

/** What of the picture was edited. */
function placeOf(job: JobRecord, { method = "regions", edited, source }: EditResult, words: Words): RichText {
  if (edited === "whole picture") return words.say("result.method", { method });
  return words.say(job.area ? "result.area" : "result.found", { source: words.noun(source.text) || "none" });
}

/** What else than the learned regions' own way painted the box. */
function methodLine({ method = "regions", edited = "box" }: EditResult, words: Words): RichText | null {
  return method === "regions" || edited !== "box" ? null : words.say("result.method.box", { method });
}

/** How much of the picture is not its own any more, a hundredth at least; of results from before masks nothing is said. */
function changedLine({ mask }: RankedResult, image: EditResult["image"], words: Words): RichText | null {
  if (!mask) return null;
  const inside = mask.runs.reduce((sum, run, index) => sum + (index % 2 === 1 ? run : 0), 0);
  return words.say("result.changed", { share: Math.max(0.01, inside / (image.width * image.height)) });
}

/** Why a picture is not shown: files may not be attached, it is too large, or something else. */
export type Unshown = "attach" | "large" | "other";

/** Of a result whose picture cannot be shown in its place: a button brings it to whoever presses it. */
export function unshownMessage(job: JobRecord, why: Unshown, tools: MessageTools): ChatMessage {
  const { words, references } = tools;
  const resend: ChatButton = {
    id: references.write("resend", job.id),
    label: words.plain("button.resend"),
    emoji: "📥",
    style: "primary",
  };
  return {
    text: linesOf(words.say("result.unshown", { ...headOf(job, tools), why }), movedLine(job, words)),
    pictures: [],
    buttons: [[resend, deleteButton(job, tools)]],
  };
}

/** Said by the first message of a job whose result came as another message. */
export function elsewhereMessage(job: JobRecord, tools: MessageTools): ChatMessage {
  const { words } = tools;
  const done = (job.outcome ?? job.state) === "done";
  const text = words.say("result.elsewhere", { ...headOf(job, tools), done: done ? "yes" : "no" });
  return { text, pictures: [], buttons: [] };
}

/** Said in a reply where a message can no longer be changed, or where it is wanted beside it: a variation. */
export function alternateMessage(
  job: JobRecord,
  picture: Fitted,
  tools: MessageTools,
  isVariation = false,
): ChatMessage {
  const { words } = tools;
  const { rank } = job.view;
  const count = requireResult(job).results.length;
  const text = words.say(isVariation ? "variation.text" : "alternate.text", {
    prompt: job.request.prompt,
    rank,
    count,
    ...aiValue(tools),
  });
  return isHidden(job, rank, tools)
    ? {
        text: linesOf(text, words.say("result.hidden")),
        pictures: [],
        buttons: [[originalButton(job, rank, tools)]],
      }
    : {
        text,
        pictures: [pictureOf(job, job.view, picture, words)],
        buttons: isVariation ? variationButtons(job, picture, tools) : [],
      };
}

/** A private result, shown to everybody by its owner: nothing but this picture, and a button that takes it back. */
export function sharedMessage(job: JobRecord, picture: Fitted, tools: MessageTools): ChatMessage {
  const { words, references } = tools;
  const back: ChatButton = {
    id: references.write("unshare", job.id),
    label: words.plain("button.unshare"),
    emoji: "🗑️",
    style: "danger",
  };
  return {
    text: words.say("shared.text", { ...headOf(job, tools), ...aiValue(tools) }),
    pictures: isHidden(job, job.view.rank, tools) ? [] : [pictureOf(job, job.view, picture, words)],
    buttons: [[back]],
  };
}

/** All results in one message, best first. */
export function galleryMessage(
  job: JobRecord,
  pictures: readonly Fitted[],
  tools: MessageTools,
): ChatMessage {
  const { words } = tools;
  const result = requireResult(job);
  const ranked = pictures.map((picture, index) => ({ picture, rank: index + 1 }));
  const shown = ranked.filter(({ rank }) => !isHidden(job, rank, tools));
  const hidden = ranked.length - shown.length;
  return {
    text: linesOf(
      words.say("gallery.text", { prompt: job.request.prompt, count: pictures.length, ...aiValue(tools) }),
      hidden > 0 ? words.say("gallery.hidden", { count: hidden }) : null,
    ),
    pictures: shown.map(({ picture, rank }) => ({
      path: picture.file,
      fileName: fileNameOf(job, `all-${rank}`, picture),
      alt: words.plain("gallery.alt", {
        prompt: job.request.prompt,
        rank,
        where: whereIn(resultOf(job, rank).box, result.image, words),
      }),
      isSpoiler: isUnsafe(job, rank),
    })),
    layout: "gallery",
    buttons: galleryButtons(job, result, tools),
  };
}

/** What was edited, and what came of it. */
export function comparisonMessage(
  job: JobRecord,
  { before, after }: { readonly before: string; readonly after: Fitted },
  tools: MessageTools,
): ChatMessage {
  const { words } = tools;
  const { rank } = job.view;
  const { prompt } = job.request;
  const head = words.say("comparison.text", { prompt, ...aiValue(tools) });
  if (isHidden(job, rank, tools)) {
    const text = linesOf(head, words.say("result.hidden"));
    return { text, pictures: [], buttons: [[originalButton(job, rank, tools)]] };
  }
  const isSpoiler = isUnsafe(job, rank);
  const alt = words.plain("comparison.before.alt");
  return {
    text: linesOf(head, isSpoiler ? words.say("result.spoiler") : null),
    pictures: [
      { path: before, fileName: `${job.id}-before.jpg`, alt, isSpoiler },
      pictureOf(job, { rank, showsBox: false }, after, words),
    ],
    buttons: [],
  };
}

function requireResult(job: JobRecord): EditResult {
  if (job.result) return job.result;
  throw new RangeError(`Expected job ${job.id} to have a result, got none.`);
}

function secondsOf(job: JobRecord): number {
  return job.startedAt && job.finishedAt ? (job.finishedAt - job.startedAt) / 1000 : 0;
}

function pictureNotes(job: JobRecord, picture: Fitted, tools: MessageTools): RichText[] {
  const { words } = tools;
  if (isHidden(job, job.view.rank, tools)) return [words.say("result.hidden")];
  const spoiler = isUnsafe(job, job.view.rank) ? [words.say("result.spoiler")] : [];
  if (job.view.showsBox || picture.isOriginal) return spoiler;
  const size = { width: String(picture.width), height: String(picture.height) };
  return [...spoiler, picture.isScaled ? words.say("result.scaled", size) : words.say("result.jpeg")];
}

function pictureOf(job: JobRecord, view: JobView, picture: Fitted, words: Words): ChatPicture {
  const result = requireResult(job);
  const { box } = resultOf(job, view.rank);
  const alt = words.plain("result.alt", {
    prompt: job.request.prompt,
    width: box.width,
    height: box.height,
    where: whereIn(box, result.image, words),
    source: words.noun(result.source.text) || "none",
  });
  return {
    path: picture.file,
    fileName: fileNameOf(job, `${view.rank}${view.showsBox ? "-box" : ""}`, picture),
    alt: view.showsBox ? `${alt} ${words.plain("result.alt.box")}` : alt,
    isSpoiler: isUnsafe(job, view.rank),
  };
}

/** Begins with the job's id: an adapter that looks for a message in the history may tools it by that. */
function fileNameOf(job: JobRecord, name: string, picture: Fitted): string {
  return `${job.id}-${name}.${picture.format === "png" ? "png" : "jpg"}`;
}

/** `top left`, `centre`: in which ninth of the picture the box's middle lies. */
function whereIn(box: Box, size: { readonly width: number; readonly height: number }, words: Words): string {
  const third = (middle: number, length: number) => Math.min(2, Math.floor((middle * 3) / length));
  const row = ["top", "", "bottom"][third(box.top + box.height / 2, size.height)];
  const column = ["left", "", "right"][third(box.left + box.width / 2, size.width)];
  const name = [row, column].filter(Boolean).join("-") || "centre";
  return words.plain(`where.${name}` as MessageKey);
}
