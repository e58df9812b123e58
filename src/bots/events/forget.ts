import type { JobRecord } from "../../store/jobs.ts";
import { type ButtonEvent, type Context, say } from "../context.ts";

/** All jobs of the member who asks, wherever they asked for them. */
export function jobsOf({ event, services }: Context): Promise<readonly JobRecord[]> {
  const { place, member } = event;
  return services.store.jobs.list({ platform: place.platform, user: member.id, limit: 100_000 });
}

/** Deletes what the member who presses has here; what waits or runs is cancelled first. */
export async function forgetAll(context: Context<ButtonEvent>): Promise<void> {
  const { event, services, words } = context;
  await event.respond.acknowledge();
  const { jobs: store } = services.store;
  const jobs = await jobsOf(context);
  for (const job of jobs) {
    await services.scheduler.cancel(job.id);
    await services.delivery.removePosts(job);
    await store.markDelivered(job.id);
  }
  const owner = { platform: event.place.platform, user: event.member.id };
  await store.forget(owner, services.clock());
  for (const { id } of jobs) await services.files.remove(id);
  await say(event.respond, words.say("answer.forgotten", { jobs: jobs.length }));
}
