import { EditError } from "../../errors.ts";
import { linesOf } from "../../locales/rich-text.ts";
import { type ButtonEvent, type CommandEvent, type Context, ownerOf, say } from "../context.ts";
import { memberScopeOf } from "../intake/settings.ts";
import { forgetTold } from "../intake/told.ts";
import { removalLines } from "../messages/removal.ts";

/** How many jobs the member who asks has, wherever they asked for them; also of those that cannot be read. */
export function countJobs({ event, services }: Context): Promise<number> {
  return services.store.jobs.count(ownerOf(event));
}

/**
 * Deletes what the member who asks has here, also what others made from their pictures, the forms that they have open and what they
 * are just asking for. What cannot be taken away at once is told, and tried again; so is what admins keep.
 */
export async function forgetAll(context: Context<ButtonEvent | CommandEvent>): Promise<void> {
  const { event, services, words } = context;
  await event.respond.acknowledge();
  const owner = ownerOf(event);
  await services.store.drafts.forget(owner);
  await forgetTold(services.store.settings, event);
  const votes = await services.store.studies.forget(owner);
  await services.settings.reset(memberScopeOf(owner), "mentions");
  await services.settings.reset(memberScopeOf(owner), "avatar");
  await services.settings.reset(memberScopeOf(owner), "edit");
  const removed = await services.store.jobs.forget(owner, services.clock());
  const remaining = await services.removal.takeAway(removed);
  // It showed what they asked for.
  await services.homes.show(event);
  const { length: jobs } = removed.jobs;
  await say(
    event.respond,
    linesOf(
      jobs > 0 || votes === 0 ? words.say("answer.forgotten", { jobs }) : null,
      votes > 0 ? words.say("answer.forgotten.votes", { votes }) : null,
      ...removalLines(removed, remaining, words),
      words.say("answer.forgotten.kept"),
    ),
  );
}

/** True of an edit that came to nothing because its member had all forgotten: nothing of it is kept for another try. */
export function isForgotten(error: unknown, { signal }: Pick<Context["services"], "signal">): boolean {
  return error instanceof EditError && error.code === "cancelled" && !signal.aborted;
}
