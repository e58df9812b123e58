import { linesOf } from "../../locales/rich-text.ts";
import type { JobRecord } from "../../store/jobs.ts";
import { type ButtonEvent, type Context, say } from "../context.ts";
import { memberScopeOf } from "../intake/settings.ts";
import { forgetTold } from "../intake/told.ts";
import { removalLines } from "../messages/removal.ts";

/** All jobs of the member who asks, wherever they asked for them. */
export function jobsOf({ event, services }: Context): Promise<readonly JobRecord[]> {
  const { place, member } = event;
  return services.store.jobs.list({ platform: place.platform, user: member.id, limit: 100_000 });
}

/**
 * Deletes what the member who presses has here, also what others made from their pictures. What cannot be taken away at once is
 * told, and tried again.
 */
export async function forgetAll(context: Context<ButtonEvent>): Promise<void> {
  const { event, services, words } = context;
  await event.respond.acknowledge();
  const owner = { platform: event.place.platform, user: event.member.id };
  await forgetTold(services.store.settings, event);
  await services.settings.reset(memberScopeOf(owner), "mentions");
  const removed = await services.store.jobs.forget(owner, services.clock());
  const remaining = await services.removal.takeAway(removed);
  const { length: jobs } = removed.jobs;
  await say(
    event.respond,
    linesOf(words.say("answer.forgotten", { jobs }), ...removalLines(removed, remaining, words)),
  );
}
