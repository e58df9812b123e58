import { say } from "../context.ts";
import { defineCommand } from "./define-command.ts";

/**
 * `/forget`: deletes the member's pictures, jobs and the messages that show them; what waits or runs is cancelled first.
 */
export const forgetCommand = defineCommand({
  name: "forget",
  options: [],
  isForAdmins: false,
  async run({ event, services, words }) {
    await event.respond.acknowledge();
    const owner = { platform: event.place.platform, user: event.member.id };
    const { jobs: store } = services.store;
    const jobs = await store.list({ ...owner, limit: 100_000 });
    for (const job of jobs) {
      await services.scheduler.cancel(job.id);
      await services.delivery.removePosts(job);
      await store.markDelivered(job.id);
    }
    await store.forget(owner, services.clock());
    for (const { id } of jobs) await services.files.remove(id);
    await say(event.respond, words.say("answer.forgotten", { jobs: jobs.length }));
  },
});
