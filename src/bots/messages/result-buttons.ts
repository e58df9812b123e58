import type { MessageKey } from "../../locales/en.ts";
import type { JobRecord } from "../../store/jobs.ts";
import { type EditResult, type RankedResult, seedlessMethods } from "../../types.ts";
import type { Capabilities, ChatButton } from "../chat.ts";
import type { Fitted } from "../picture-worker.ts";
import { argumentOf } from "./answer-view.ts";
import { deleteButton, type MessageTools, shownArgument } from "./job.ts";
import type { Action } from "./references.ts";
import { resultOf } from "./renditions.ts";
import { isHidden } from "./safety.ts";

// What can be done with a result: by buttons under its message, and by reactions.

/** Emojis of ranks 1 to 8, as reactions and on buttons. */
export const rankEmojis = ["1️⃣", "2️⃣", "3️⃣", "4️⃣", "5️⃣", "6️⃣", "7️⃣", "8️⃣"] as const;
/** Shows or hides the learned box. */
export const boxEmoji = "🔲";

/** The emojis that the bot puts under a result, so that a tap is enough. */
export function reactionsFor(job: JobRecord): readonly string[] {
  const count = job.result?.results.length ?? 0;
  return [...(count > 1 ? rankEmojis.slice(0, count) : []), boxEmoji];
}

/** Of a result's message: other results, other views, and what can be done next. */
export function resultButtons(
  job: JobRecord,
  result: EditResult,
  picture: Fitted,
  tools: MessageTools,
): readonly (readonly ChatButton[])[] {
  const { words, references } = tools;
  const button = (
    action: Action,
    key: MessageKey,
    emoji: string,
    style: ChatButton["style"] = "secondary",
    argument = shownArgument(job, tools),
  ): ChatButton => ({
    id: references.write(action, job.id, argument),
    label: words.plain(key),
    emoji,
    style,
  });
  const { rank, showsBox } = job.view;
  const otherBox = tools.isAnswer ? argumentOf({ rank, showsBox: !showsBox }) : 0;
  const isWhole = picture.isOriginal && !job.view.showsBox && !isHidden(job, job.view.rank, tools);
  const areas = areaSteps(job, resultOf(job, job.view.rank));
  const several = result.results.length > 1;
  const rows = [
    several ? rankButtons(job, result, tools, true) : [],
    [
      ...(areas.larger ? [button("larger", "button.larger", "➕")] : []),
      ...(areas.smaller ? [button("smaller", "button.smaller", "➖")] : []),
      button("box", showsBox ? "button.box.off" : "button.box", boxEmoji, "secondary", otherBox),
      ...(several ? [button("all", "button.all", "🖼️")] : []),
      button("compare", "button.compare", "↔️"),
    ],
    [
      ...(isDrawnAnew(result) ? [button("reroll", "button.reroll", "🎲")] : []),
      button("again", "button.again", "✏️", "primary"),
      ...(isWhole ? [] : [originalButton(job, shownArgument(job, tools), tools)]),
      ...(tools.upscales ? [button("upscale", "button.upscale", "🔍")] : []),
      ...(isShareable(job) ? [button("share", "button.share", "📣")] : []),
      deleteButton(job, tools),
    ],
  ];
  return fitRows(rows, tools.capabilities);
}

/** A private result of something that was asked for among people. */
export function isShareable({ isPrivate, askedIn }: Pick<JobRecord, "isPrivate" | "askedIn">): boolean {
  return isPrivate && !askedIn.isDirect;
}

/** Under a message that shows one result for good. */
export function variationButtons(
  job: JobRecord,
  picture: Fitted,
  tools: MessageTools,
): readonly (readonly ChatButton[])[] {
  const { words, references } = tools;
  const argument = argumentOf(job.view, false);
  const button = (action: Action, key: MessageKey, emoji: string, style: ChatButton["style"]) => ({
    ...{ id: references.write(action, job.id, argument), label: words.plain(key), emoji, style },
  });
  return [
    [
      button("again", "button.again", "✏️", "primary"),
      button("compare", "button.compare", "↔️", "secondary"),
      ...(picture.isOriginal && !job.view.showsBox ? [] : [originalButton(job, job.view.rank, tools)]),
    ],
  ];
}

/** Whether another seed gives another picture. */
export function isDrawnAnew({ method = "regions" }: EditResult): boolean {
  return !seedlessMethods.includes(method);
}

/** Under all results at once. */
export function galleryButtons(
  job: JobRecord,
  result: EditResult,
  tools: MessageTools,
): readonly (readonly ChatButton[])[] {
  return fitRows([rankButtons(job, result, tools, false), [deleteButton(job, tools)]], tools.capabilities);
}

/** Brings the lossless file. @param rank 0, or what `shownArgument` gives, for what the message shows when it is pressed. */
export function originalButton(
  job: JobRecord,
  rank: number,
  { words, references }: MessageTools,
): ChatButton {
  return {
    id: references.write("original", job.id, rank),
    label: words.plain("button.original"),
    emoji: "💾",
    style: "secondary",
  };
}

/** Larger and smaller make sense where the result was painted around a spot. */
function areaSteps(job: JobRecord, result: RankedResult): { larger: boolean; smaller: boolean } {
  if (job.area) return { larger: job.area.size < job.area.sizes, smaller: job.area.size > 1 };
  const hasSpot = result.anchor !== null;
  return { larger: hasSpot, smaller: hasSpot };
}

function rankButtons(
  job: JobRecord,
  result: EditResult,
  { words, references, isAnswer = false }: MessageTools,
  isInPlace: boolean,
): readonly ChatButton[] {
  const { showsBox } = job.view;
  return result.results.slice(0, rankEmojis.length).map(({ rank }) => ({
    id: references.write("show", job.id, isAnswer ? argumentOf({ rank, showsBox }, isInPlace) : rank),
    label: new Intl.NumberFormat(words.locale).format(rank),
    style: rank === job.view.rank ? "primary" : "secondary",
  }));
}

/** Rows as wide and as many as the platform has; what does not fit is left out, from the end. */
function fitRows(
  rows: readonly (readonly ChatButton[])[],
  { buttonRows, buttonsPerRow }: Capabilities,
): readonly (readonly ChatButton[])[] {
  const cut = rows.flatMap((row) => {
    const count = Math.ceil(row.length / buttonsPerRow);
    const width = Math.ceil(row.length / Math.max(1, count));
    return Array.from({ length: count }, (_, index) => row.slice(index * width, (index + 1) * width));
  });
  return cut.slice(0, buttonRows);
}
