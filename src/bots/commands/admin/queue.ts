import { linesOf, plainTextOf, type RichText } from "../../../locales/rich-text.ts";
import type { Words } from "../../../locales/words.ts";
import type { LaneStatus, Standing } from "../../../queue/scheduler.ts";
import type { JobRecord, JobStatistics } from "../../../store/store.ts";
import {
  type CommandEvent,
  type Context,
  type Handler,
  isOwner,
  say,
  shortPrompt,
  typed,
} from "../../context.ts";
import { Refusal } from "../../intake/admission.ts";
import { startText } from "../../messages/job.ts";
import { note } from "./audit.ts";

// /admin queue, pause, resume, drain, cancel, move: what runs, and what runs next.

const dayMilliseconds = 24 * 60 * 60 * 1000;
const listedJobs = 15;

/** Lanes, waiting jobs, and the figures of the last 24 hours; other guilds' prompts stay theirs. */
export const adminQueue: Handler<CommandEvent> = async (context) => {
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
      lanes.map((lane) => laneLine(lane, context)),
      { room: maxTextLength * 0.4, total: lanes.length, words },
    ),
    ...figureLines(figures, context),
    words.say("admin.waiting", { count: standings.size }),
  ];
  const room = maxTextLength - head.reduce((sum, line) => sum + lengthOf(line), 0);
  await say(event.respond, linesOf(...head, ...fitting(waiting, { room, total: standings.size, words })));
};

function isIdle({ running, isPaused }: LaneStatus): boolean {
  return !running && !isPaused;
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
  const isHere =
    job?.owner.platform === event.place.platform && job.owner.workspace === event.place.workspace;
  const isVisible =
    job !== null && (isOwner(job, event) || (isHere && !job.isPrivate && !job.askedIn.isDirect));
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

export const adminPause: Handler<CommandEvent> = (context) => switchLanes(context, "pause");
export const adminResume: Handler<CommandEvent> = (context) => switchLanes(context, "resume");

async function switchLanes(context: Context<CommandEvent>, what: "pause" | "resume"): Promise<void> {
  const { event, services, words } = context;
  requireOperator(context);
  const given = event.options.lane;
  const lane = typeof given === "string" && given !== "all" ? given : null;
  if (!(await services.scheduler[what](lane))) {
    const lanes = services.scheduler.lanes.map(({ name }) => name).join(", ");
    return say(event.respond, words.say("admin.no-lane", { lane: lane ?? "", lanes }));
  }
  await note(context, what, { lane: lane ?? "all" });
  await say(
    event.respond,
    words.say(what === "pause" ? "admin.paused" : "admin.resumed", { lane: lane ?? "all" }),
  );
}

export const adminDrain: Handler<CommandEvent> = async (context) => {
  const { event, services, words } = context;
  requireOperator(context);
  void services.scheduler.drain().catch((error) => services.log("error", "drain", { error }));
  await note(context, "drain", {});
  await say(event.respond, words.say("admin.drained"));
};

/** One job of here, all of a person here, or all of here; an operator's "all" is everywhere. */
export const adminCancel: Handler<CommandEvent> = async (context) => {
  const { event, services, words } = context;
  const { job, member, all } = event.options;
  if (!job && !member && all !== true) return say(event.respond, words.say("admin.cancel.which"));
  const jobs = await jobsToCancel(context);
  if (typeof job === "string" && jobs.length === 0) return say(event.respond, noJob(job, context));
  let count = 0;
  for (const each of jobs) if (await services.scheduler.cancel(each.id)) count += 1;
  await note(context, "cancel", {
    job: String(job ?? ""),
    member: String(member ?? ""),
    all: all === true,
    count,
  });
  await say(event.respond, words.say("admin.cancelled", { count }));
};

async function jobsToCancel(context: Context<CommandEvent>): Promise<readonly JobRecord[]> {
  const { event, services } = context;
  const { job, member } = event.options;
  const states = ["waiting", "running"] as const;
  if (typeof job === "string") return (await jobOfHere(job, context)) ?? [];
  const here = { platform: event.place.platform, workspace: event.place.workspace };
  const scope = isOperator(context) && typeof member !== "string" ? {} : here;
  const user = typeof member === "string" ? { user: member } : {};
  return services.store.jobs.list({ ...scope, ...user, states, limit: 100_000 });
}

export const adminMove: Handler<CommandEvent> = async (context) => {
  const { event, services, words } = context;
  const id = String(event.options.job ?? "");
  const found = await jobOfHere(id, context);
  if (!found) return say(event.respond, noJob(id, context));
  const isMoved = await services.store.jobs.moveToFront(id);
  if (isMoved) await note(context, "move", { job: id });
  services.scheduler.wake();
  await say(event.respond, words.say(isMoved ? "admin.moved" : "admin.not-waiting", { job: id }));
};

function noJob(job: string, { platform, words }: Context): RichText {
  return words.say("admin.no-job", { job, queue: { code: typed(platform, "admin queue") } });
}

/** The job where this admin may steer it. */
async function jobOfHere(id: string, context: Context): Promise<readonly [JobRecord] | null> {
  const { event, services } = context;
  const job = await services.store.jobs.find(id);
  if (!job) return null;
  const isHere = job.owner.platform === event.place.platform && job.owner.workspace === event.place.workspace;
  return isHere || isOperator(context) ? [job] : null;
}

/** Operators steer lanes: the admins of the configuration where it names any, else every admin. */
function isOperator({ event, services: { admins } }: Context): boolean {
  return admins.length === 0 || admins.includes(`${event.place.platform}:${event.member.id}`);
}

function requireOperator(context: Context): void {
  if (!isOperator(context))
    throw new Refusal("not-allowed", "Expected an operator named in LRBOT_ADMINS, got another admin.", {
      isLanes: 1,
    });
}
