import { linesOf } from "../../locales/rich-text.ts";
import type { JobRecord } from "../../store/jobs.ts";
import type { ChatButton } from "../chat.ts";
import type { Context } from "../context.ts";
import { queueLine } from "../messages/queue-line.ts";
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
    const lines = jobs.toReversed().map((job) => queueLine(job, standings.get(job.id) ?? null, words));
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

function resendButton(job: JobRecord, { words, services }: Context): ChatButton {
  const label = `${words.plain("button.resend")}: ${job.request.prompt}`;
  return {
    id: services.references.write("resend", job.id),
    label: label.length > 60 ? `${label.slice(0, 59)}…` : label,
    style: "primary",
  };
}
