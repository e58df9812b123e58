import { linesOf, plainTextOf, type RichText } from "../../../locales/rich-text.ts";
import type { Words } from "../../../locales/words.ts";
import type { StudyRecord } from "../../../store/studies.ts";
import { type Context, say } from "../../context.ts";
import { figuresOf, type StudyFigures } from "../../study/figures.ts";
import { presentIn } from "../../study/study-set.ts";
import { defineCommand } from "../define-command.ts";
import { requireStudy } from "./find-study.ts";

/** `/study results [study]`: how often each method is preferred and how sure that is, for admins alone. */
export const studyResultsCommand = defineCommand({
  name: "study results",
  options: [{ name: "study", kind: "text", maxLength: 32 }],
  isForAdmins: true,
  async run(context, { study: id }) {
    const study = await requireStudy(context, id);
    const votes = await context.services.store.studies.votes(study.id);
    const { all, gone } = await picturesOf(study, context);
    const lines = linesOfFigures(study, figuresOf(study, votes, all), context.words);
    const missing = gone > 0 ? [context.words.say("study.gone", { count: gone })] : [];
    await say(context.event.respond, linesOf(...fitting([...lines, ...missing], context)));
  },
});

/** How many the set has, and how many of these cannot be shown any more; of a set that is gone, those that were voted on. */
async function picturesOf(
  { id, set, methods }: StudyRecord,
  { services }: Context,
): Promise<{ readonly all: number; readonly gone: number }> {
  const opened = await services.studies.sets.open(set).catch(() => null);
  if (opened === null) {
    const voted = new Set((await services.store.studies.tally(id)).map(({ picture }) => picture)).size;
    return { all: voted, gone: voted };
  }
  const { length: all } = opened.pictures;
  return { all, gone: all - (await presentIn(opened.pictures, methods)).length };
}

function linesOfFigures(study: StudyRecord, figures: StudyFigures, words: Words): RichText[] {
  const { counted, failed, unchecked, preferences, average, scores } = figures;
  const percent = percentIn(words);
  const lines: RichText[] = [
    words.say("study.results", {
      set: study.set,
      state: study.state,
      count: counted.people,
      votes: counted.votes,
    }),
  ];
  for (const { method, other, votes, ties, share, deviation, low, high, needed } of preferences) {
    if (votes === 0) {
      lines.push(words.say("study.preference.none", { method, other }));
      continue;
    }
    const more = needed.kind === "votes" ? needed.more : needed.atLeast;
    lines.push(
      words.say("study.preference", {
        ...{ method, other, votes, ties, share: percent(share) },
        deviation: Number.isFinite(deviation) ? percent(deviation) : "?",
        ...{ low: percent(low), high: percent(high) },
        needed: words.say("study.needed", { kind: needed.kind, more }),
      }),
    );
  }
  if (average !== null) lines.push(words.say("study.average", { share: percent(average) }));
  if (counted.votes > 0) lines.push(words.say("study.scores"));
  const number = new Intl.NumberFormat(words.locale, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  for (const { method, score, low, high } of counted.votes > 0 ? scores : []) {
    const isKnown = Number.isFinite(low);
    const interval = isKnown ? `${number.format(low)} … ${number.format(high)}` : "?";
    lines.push(words.say("study.score", { method, score: number.format(score), interval }));
  }
  if (failed.people > 0) lines.push(words.say("study.failed", { count: failed.people, votes: failed.votes }));
  if (unchecked > 0) lines.push(words.say("study.unchecked", { count: unchecked }));
  return lines;
}

function percentIn({ locale }: Words): (share: number) => string {
  const format = new Intl.NumberFormat(locale, {
    style: "percent",
    minimumFractionDigits: 1,
    maximumFractionDigits: 1,
  });
  return (share) => format.format(share);
}

/** As many lines as there is room for. */
function fitting(lines: readonly RichText[], { platform, words }: Context): readonly RichText[] {
  let room = platform.capabilities.maxTextLength - 100;
  const end = lines.findIndex((line) => {
    // Markup adds a few characters to each line.
    room -= plainTextOf(line).length + 20;
    return room < 0;
  });
  return end < 0 ? lines : [...lines.slice(0, end), words.say("study.more", { count: lines.length - end })];
}
