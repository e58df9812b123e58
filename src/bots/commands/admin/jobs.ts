import type { RichText } from "../../../locales/rich-text.ts";
import type { JobRecord } from "../../../store/jobs.ts";
import type { Context } from "../../context.ts";
import { isOfHere, isOperator } from "../../rights.ts";

/** The job where this admin may steer it: one of here, or an operator's. */
export async function findSteerable(id: string, context: Context): Promise<JobRecord | null> {
  const job = await context.services.store.jobs.find(id);
  return job && (isOfHere(job, context.event) || isOperator(context)) ? job : null;
}

/** Says that there is no such job here, and where to see those that there are. */
export function noJobText(job: string, { platform, words }: Context): RichText {
  return words.say("admin.no-job", { job, queue: { code: platform.capabilities.typed("admin queue") } });
}
