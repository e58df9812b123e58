import type { JobRecord } from "../../store/jobs.ts";
import { isUnreadable, memberScopeOf, type Settings, scopeOf } from "./settings.ts";

/** Whoever asked has looked elsewhere by then. */
const mentionedAfter = 30_000;

/**
 * Whether the result of a job, which is there now, mentions the member who asked: where they had to wait for more than 30 s,
 * and neither they nor the admins of the place turned it off. What cannot be read counts as off.
 */
export function createMentionRule(
  settings: Pick<Settings, "get">,
): (job: JobRecord, waited: number) => Promise<boolean> {
  return async (job, waited) => {
    if (job.outcome !== "done" || waited <= mentionedAfter) return false;
    try {
      const [here, own] = await Promise.all([
        settings.get(scopeOf(job.askedIn), "mentions"),
        settings.get(memberScopeOf(job.owner), "mentions"),
      ]);
      return here && own;
    } catch (error) {
      if (isUnreadable(error)) return false;
      throw error;
    }
  };
}
