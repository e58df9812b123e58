import type { JobRecord } from "../../store/jobs.ts";
import type { MessageTools } from "./job.ts";

/** The safety check found this result unsafe, or the source, most of which every result shows. */
export function isUnsafe({ result }: Pick<JobRecord, "result">, rank: number): boolean {
  const { safety, results } = result ?? {};
  if (!safety) return false;
  const unsafe = results?.find((each) => each.rank === rank)?.unsafe ?? 0;
  return Math.max(safety.input, unsafe) >= safety.threshold;
}

/** Not posted, because it could not be hidden: whoever wants to see it presses a button. */
export function isHidden(
  job: JobRecord,
  rank: number,
  { capabilities }: Pick<MessageTools, "capabilities">,
): boolean {
  return !capabilities.spoilers && isUnsafe(job, rank);
}
