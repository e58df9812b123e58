import type { MessageKey } from "../../locales/en.ts";
import { linesOf, type RichText } from "../../locales/rich-text.ts";
import type { Words } from "../../locales/words.ts";
import type { JobRecord, JobView } from "../../store/store.ts";
import type { Box, EditResult, RankedResult } from "../../types.ts";
import type { Capabilities, ChatButton, ChatMessage, ChatPicture } from "../chat.ts";
import { deleteButton, headOf, type MessageTools } from "./job.ts";
import { type Fitted, resultOf } from "./renditions.ts";

// What a finished job's message shows: the picture, what was done, and what can be done next.

/** Emojis of ranks 1 to 8, as reactions and on buttons. */
export const rankEmojis = ["1️⃣", "2️⃣", "3️⃣", "4️⃣", "5️⃣", "6️⃣", "7️⃣", "8️⃣"] as const;
/** Shows or hides the learned box. */
export const boxEmoji = "🔲";

/** The result's message: `picture` is what `Renditions.shown` made for the same view. */
export function resultMessage(job: JobRecord, picture: Fitted, tools: MessageTools): ChatMessage {
  const { words } = tools;
  const result = requireResult(job);
  const shown = resultOf(job, job.view.rank);
  const text = linesOf(
    words.say("result.text", {
      ...headOf(job, words),
      where: words.say(job.area ? "result.area" : "result.found", { source: result.source.text || "none" }),
      count: result.results.length,
      rank: shown.rank,
      seed: String(result.seed),
      time: words.duration(secondsOf(job)),
    }),
    shown.weak ? words.say("result.weak") : null,
    ...warningLines(result, words),
    ...pictureNotes(job, picture, tools),
  );
  return {
    text,
    pictures: isHidden(job, job.view.rank, tools) ? [] : [pictureOf(job, job.view, picture, words)],
    buttons: fitRows(resultButtons(job, result, picture, tools), tools.capabilities),
  };
}

/** Said in a reply where a message can no longer be changed. */
export function alternateMessage(job: JobRecord, picture: Fitted, tools: MessageTools): ChatMessage {
  const { words } = tools;
  const { rank } = job.view;
  const count = requireResult(job).results.length;
  const text = words.say("alternate.text", { prompt: job.request.prompt, rank, count });
  return isHidden(job, rank, tools)
    ? {
        text: linesOf(text, words.say("result.hidden")),
        pictures: [],
        buttons: [[originalButton(job, rank, tools)]],
      }
    : { text, pictures: [pictureOf(job, job.view, picture, words)], buttons: [] };
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
      words.say("gallery.text", { prompt: job.request.prompt, count: pictures.length }),
      hidden > 0 ? words.say("gallery.hidden", { count: hidden }) : null,
    ),
    pictures: shown.map(({ picture, rank }) => ({
      path: picture.file,
      fileName: fileNameOf(job, `all-${rank}`, picture),
      alt: words.plain("gallery.alt", {
        prompt: job.request.prompt,
        rank,
        place: placeOf(resultOf(job, rank).box, result.image, words),
      }),
      isSpoiler: isUnsafe(job, rank),
    })),
    buttons: fitRows([rankButtons(job, result, tools), [deleteButton(job, tools)]], tools.capabilities),
  };
}

/** The safety check found this result unsafe, or the source, most of which every result shows. */
export function isUnsafe({ result }: Pick<JobRecord, "result">, rank: number): boolean {
  const { safety, results } = result ?? {};
  if (!safety) return false;
  const unsafe = results?.find((each) => each.rank === rank)?.unsafe ?? 0;
  return Math.max(safety.input, unsafe) >= safety.threshold;
}

/** Not posted, because it could not be hidden: whoever wants to see it presses a button. */
function isHidden(job: JobRecord, rank: number, { capabilities }: MessageTools): boolean {
  return !capabilities.spoilers && isUnsafe(job, rank);
}

/** The emojis that the bot puts under a result, so that a tap is enough. */
export function reactionsFor(job: JobRecord): readonly string[] {
  const count = job.result?.results.length ?? 0;
  return [...(count > 1 ? rankEmojis.slice(0, count) : []), boxEmoji];
}

function requireResult(job: JobRecord): EditResult {
  if (job.result) return job.result;
  throw new RangeError(`Expected job ${job.id} to have a result, got none.`);
}

function secondsOf(job: JobRecord): number {
  return job.startedAt && job.finishedAt ? (job.finishedAt - job.startedAt) / 1000 : 0;
}

/** The warnings that a member can do something about, in their language. */
function warningLines({ warnings }: EditResult, words: Words): RichText[] {
  return warnings.flatMap(({ code, text }) => {
    if (code === "prompt-cut" || code === "source-uncertain") return [words.say(`warning.${code}`)];
    const quoted = [...text.matchAll(/"([^"]+)"/g)].map(([, word = ""]) => word);
    if (code === "results-unsafe") return [words.say(`warning.${code}`)];
    return code === "words-unknown" && quoted.length > 0
      ? [words.say("warning.words-unknown", { words: quoted.join(", ") })]
      : [];
  });
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
    place: placeOf(box, result.image, words),
    source: result.source.text || "none",
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
function placeOf(box: Box, size: { readonly width: number; readonly height: number }, words: Words): string {
  const third = (middle: number, length: number) => Math.min(2, Math.floor((middle * 3) / length));
  const row = ["top", "", "bottom"][third(box.top + box.height / 2, size.height)];
  const column = ["left", "", "right"][third(box.left + box.width / 2, size.width)];
  const name = [row, column].filter(Boolean).join("-") || "centre";
  return words.plain(`place.${name}` as MessageKey);
}

function resultButtons(
  job: JobRecord,
  result: EditResult,
  picture: Fitted,
  tools: MessageTools,
): readonly (readonly ChatButton[])[] {
  const { words, references } = tools;
  const button = (
    action: Parameters<typeof references.write>[0],
    key: MessageKey,
    emoji: string,
    style: ChatButton["style"] = "secondary",
  ): ChatButton => ({ id: references.write(action, job.id), label: words.plain(key), emoji, style });
  const isWhole = picture.isOriginal && !job.view.showsBox && !isHidden(job, job.view.rank, tools);
  const areas = areaSteps(job, resultOf(job, job.view.rank));
  const several = result.results.length > 1;
  return [
    several ? rankButtons(job, result, tools) : [],
    [
      ...(areas.larger ? [button("larger", "button.larger", "➕")] : []),
      ...(areas.smaller ? [button("smaller", "button.smaller", "➖")] : []),
      button("box", job.view.showsBox ? "button.box.off" : "button.box", boxEmoji),
      ...(several ? [button("all", "button.all", "🖼️")] : []),
    ],
    [
      button("reroll", "button.reroll", "🎲"),
      button("again", "button.again", "✏️", "primary"),
      ...(isWhole ? [] : [originalButton(job, 0, tools)]),
      deleteButton(job, tools),
    ],
  ];
}

/** @param rank 0 for what the message shows when the button is pressed. */
function originalButton(job: JobRecord, rank: number, { words, references }: MessageTools): ChatButton {
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
  { words, references }: MessageTools,
): readonly ChatButton[] {
  return result.results.slice(0, rankEmojis.length).map(({ rank }) => ({
    id: references.write("show", job.id, rank),
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
