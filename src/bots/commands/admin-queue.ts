import { linesOf, type RichText } from "../../locales/rich-text.ts";
import type { JobRecord, JobStatistics } from "../../queue/job-store.ts";
import type { LaneStatus, Standing } from "../../queue/scheduler.ts";
import { Refusal } from "../admission.ts";
import { startText } from "../job-view.ts";
import { note } from "./audit.ts";
import { type CommandEvent, type Context, type Handler, isOwner, say } from "./context.ts";

// /admin queue, pause, resume, drain, cancel, move: what runs, and what runs next.

const dayMilliseconds = 24 * 60 * 60 * 1000;
const listedJobs = 15;

/** Lanes, waiting jobs, and the figures of the last 24 hours; other guilds' prompts stay theirs. */
export const adminQueue: Handler<CommandEvent> = async (context) => {
  const { event, services, words } = context;
  const { scheduler, store } = services;
  const standings = await scheduler.standings();
  const figures = await store.jobs.statistics(services.clock() - dayMilliseconds);
  const next = [...standings].slice(0, listedJobs);
  const jobs = await Promise.all(next.map(([id]) => store.jobs.find(id)));
  const lines = next.map(([, standing], index) => waitingLine(jobs[index] ?? null, standing, context));
  const more = standings.size - next.length;
  await say(
    event.respond,
    linesOf(
      scheduler.isDraining ? words.say("admin.draining") : null,
      words.say("admin.lanes"),
      ...scheduler.lanes.map((lane) => laneLine(lane, context)),
      words.say("admin.waiting", { count: standings.size }),
      ...lines,
      more > 0 ? words.say("admin.waiting.more", { count: more }) : null,
      ...figureLines(figures, context),
    ),
  );
};

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
  const { prompt } = job.request;
  return words.say("admin.waiting.job", {
    ...values,
    job: job.id,
    who: { member: job.owner.user },
    prompt: prompt.length > 60 ? `${prompt.slice(0, 59)}…` : prompt,
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
  if (typeof job === "string" && jobs.length === 0)
    return say(event.respond, words.say("admin.no-job", { job }));
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
  if (!found) return say(event.respond, words.say("admin.no-job", { job: id }));
  const isMoved = await services.store.jobs.moveToFront(id);
  if (isMoved) await note(context, "move", { job: id });
  services.scheduler.wake();
  await say(event.respond, words.say(isMoved ? "admin.moved" : "admin.not-waiting", { job: id }));
};

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
