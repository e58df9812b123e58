import { linesOf, type RichText } from "../../locales/rich-text.ts";
import type { JobRecord } from "../../store/jobs.ts";
import type { ChatButton } from "../chat.ts";
import { type Context, shortPrompt } from "../context.ts";
import { leftText, startText } from "../messages/job.ts";
import { defineCommand } from "./define-command.ts";

/** `/queue`: my jobs, my position, and how long the queue is; nothing of others' prompts. */
export const queueCommand = defineCommand({
  name: "queue",
  options: [],
  isForAdmins: false,
  async run(context) {
    const { event, platform, services, words } = context;
    await event.respond.acknowledge();
    const mine = { platform: event.place.platform, user: event.member.id };
    const jobs = await services.store.jobs.list({
      ...mine,
      states: ["waiting", "running", "posting", "undeliverable"],
      limit: 20,
    });
    const standings = await services.scheduler.standings();
    const lines = jobs.toReversed().map((job) => lineOf(job, standings.get(job.id) ?? null, context));
    const kept = jobs.filter(({ state, hasPictures }) => state === "undeliverable" && hasPictures);
    const isPaused = services.scheduler.lanes.every((lane) => lane.isPaused);
    const waiting = await services.store.jobs.count({ states: ["waiting"] });
    await event.respond.say({
      text: linesOf(
        jobs.length === 0 ? words.say("queue.none") : words.say("queue.mine"),
        ...lines,
        words.say("queue.length", { count: waiting }),
        isPaused ? words.say("queue.paused") : null,
      ),
      pictures: [],
      buttons:
        kept.length === 0
          ? []
          : [kept.slice(0, platform.capabilities.buttonsPerRow).map((job) => resendButton(job, context))],
    });
  },
});

function lineOf(
  job: JobRecord,
  standing: { readonly position: number; readonly seconds: number | null } | null,
  { words }: Context,
): RichText {
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

function resendButton(job: JobRecord, { words, services }: Context): ChatButton {
  const label = `${words.plain("button.resend")}: ${job.request.prompt}`;
  return {
    id: services.references.write("resend", job.id),
    label: label.length > 60 ? `${label.slice(0, 59)}…` : label,
    style: "primary",
  };
}
