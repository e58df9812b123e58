import { linesOf, plainTextOf, type RichText } from "../../../locales/rich-text.ts";
import type { Words } from "../../../locales/words.ts";
import type { LaneStatus } from "../../../queue/lane-spec.ts";
import type { Standing } from "../../../queue/scheduler.ts";
import type { JobRecord, JobStatistics } from "../../../store/jobs.ts";
import { type Context, say } from "../../context.ts";
import { startText } from "../../messages/job.ts";
import { shortPrompt } from "../../messages/queue-line.ts";
import { isOfHere, isOwner } from "../../rights.ts";
import { defineCommand } from "../define-command.ts";

const dayMilliseconds = 24 * 60 * 60 * 1000;
const listedJobs = 15;

/** `/admin queue`: lanes, waiting jobs, and the figures of the last 24 hours; other guilds' prompts stay theirs. */
export const adminQueueCommand = defineCommand({
  name: "admin queue",
  options: [],
  isForAdmins: true,
  isDelegable: true,
  async run(context) {
    const { event, platform, services, words } = context;
    const { scheduler, store } = services;
    const { maxTextLength } = platform.capabilities;
    const standings = await scheduler.standings();
    const figures = await store.jobs.statistics(services.clock() - dayMilliseconds);
    const next = [...standings].slice(0, listedJobs);
    const jobs = await Promise.all(next.map(([id]) => store.jobs.find(id)));
    const waiting = next.map(([, standing], index) => waitingLine(jobs[index] ?? null, standing, context));
    // Lanes that do something come first where not all can be named.
    const lanes = scheduler.lanes.toSorted((a, b) => Number(isIdle(a)) - Number(isIdle(b)));
    const head = [
      scheduler.isDraining ? words.say("admin.draining") : [],
      words.say("admin.lanes"),
      ...fitting(
        lanes.flatMap((lane) => laneLines(lane, context)),
        { room: maxTextLength * 0.4, total: lanes.length, words },
      ),
      ...figureLines(figures, context),
      words.say("admin.waiting", { count: standings.size }),
    ];
    const room = maxTextLength - head.reduce((sum, line) => sum + lengthOf(line), 0);
    await say(event.respond, linesOf(...head, ...fitting(waiting, { room, total: standings.size, words })));
  },
});

function isIdle({ running, isPaused, refusal }: LaneStatus): boolean {
  return !running && !isPaused && !refusal;
}

/** As many lines as there is room for, and how many of `total` are not among them. */
function fitting(
  lines: readonly RichText[],
  { room, total, words }: { readonly room: number; readonly total: number; readonly words: Words },
): RichText[] {
  let left = room - moreLength;
  const end = lines.findIndex((line) => {
    left -= lengthOf(line);
    return left < 0;
  });
  const shown = end < 0 ? lines : lines.slice(0, end);
  const more = total - shown.length;
  return more > 0 ? [...shown, words.say("admin.waiting.more", { count: more })] : [...shown];
}

/** Room for the line that counts what is left out. */
const moreLength = 40;

/** Characters with what a platform's markup adds: marks, escapes, members' ids in place of names. */
function lengthOf(line: RichText): number {
  return plainTextOf(line).length + 30;
}

/** What it runs, and why it takes nothing, in one line each. */
function laneLines(lane: LaneStatus, context: Context): RichText[] {
  const { name, refusal, running } = lane;
  if (!refusal) return [laneLine(lane, context)];
  const why = context.words.say("admin.lane.refusing", { lane: name, why: refusal });
  return running ? [laneLine(lane, context), why] : [why];
}

function laneLine({ name, isPaused, running }: LaneStatus, { words }: Context): RichText {
  if (!running) return words.say(isPaused ? "admin.lane.paused" : "admin.lane.idle", { lane: name });
  const left = running.secondsLeft === null ? "none" : words.duration(running.secondsLeft);
  return words.say("admin.lane.running", {
    lane: name,
    job: running.job,
    left,
    paused: isPaused ? "yes" : "no",
  });
}

function waitingLine(job: JobRecord | null, standing: Standing, context: Context): RichText {
  const { words, event } = context;
  const values = { position: standing.position, start: startText(standing, words) };
  const isVisible =
    job !== null &&
    (isOwner(job, event) || (isOfHere(job, event) && !job.isPrivate && !job.askedIn.isDirect));
  if (!isVisible) return words.say("admin.waiting.other", values);
  return words.say("admin.waiting.job", {
    ...values,
    job: job.id,
    who: { member: job.owner.user },
    prompt: shortPrompt(job),
  });
}

function figureLines(figures: JobStatistics, { words }: Context): RichText[] {
  const { done, failed, cancelled, undeliverable, medianSeconds, p95Seconds, failuresByCode } = figures;
  const lines = [words.say("admin.today", { done, failed, cancelled, undeliverable })];
  if (medianSeconds !== null && p95Seconds !== null) {
    const [median, p95] = [words.duration(medianSeconds), words.duration(p95Seconds)];
    lines.push(words.say("admin.times", { median, p95 }));
  }
  const failures = Object.entries(failuresByCode).map(([code, count]) => `${code} ${count}`);
  if (failures.length > 0) lines.push(words.say("admin.failures", { list: failures.join(", ") }));
  return lines;
}
