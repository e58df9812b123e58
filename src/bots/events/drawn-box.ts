import { EditError } from "../../errors.ts";
import type { BoxEvent, Context } from "../context.ts";
import { choicesOf } from "../intake/edit-options.ts";
import { requireJob } from "../rights.ts";
import { requestEdit } from "./request-edit.ts";

/**
 * Paints a box that was drawn over a job's picture: nothing is learned.
 * @throws EditError `reference-expired`, `reference-invalid`, `box-outside-picture`, and as `requestEdit` does
 */
export async function answerDrawnBox(context: Context<BoxEvent>): Promise<void> {
  const { event, services } = context;
  await event.respond.acknowledge();
  const job = await requireJob(event.job, context);
  if (!job.hasPictures)
    throw new EditError("reference-expired", `Expected pictures of job ${job.id}, got none.`);
  const { seed: _, ...choices } = choicesOf(job, services.editOptions);
  await requestEdit(context, {
    prompt: event.prompt ?? job.request.prompt,
    choices: { ...choices, ...(event.seed !== null && { seed: event.seed }) },
    showsBox: job.view.showsBox,
    isPrivate: job.isPrivate && !event.place.isDirect,
    pictures: [],
    file: services.files.picture(job.id),
    lineage: { parent: job.id, kind: "drawn" },
    box: event.box,
  });
}
