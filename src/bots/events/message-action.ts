import { EditError } from "../../errors.ts";
import type { Context, MessageActionEvent } from "../context.ts";
import { requirePicture } from "../intake/picture.ts";
import { isUnreadable } from "../intake/settings.ts";
import { resultOf } from "../messages/renditions.ts";
import { requireJob } from "../rights.ts";
import { openAgainModal, openEditModal } from "./edit-modal.ts";

/**
 * "Edit this image" in the menu of a message; where that has no picture, the modal asks for one. On a result of the bot it goes on
 * from that, as "Edit again" does: without loss, and it is known whose picture it is.
 */
export async function answerMessageAction(context: Context<MessageActionEvent>): Promise<void> {
  const { pictures, message } = context.event;
  const job = await jobShownIn(context);
  if (job !== null) return openAgainModal(context, job);
  const [first, ...others] = pictures;
  const canAsk = context.platform.capabilities.picturesInModals;
  const picture = first ?? (canAsk ? null : requirePicture(pictures));
  await openEditModal(context, { picture, others, replyTo: message.message });
}

/** The job whose result the message shows, where this member may go on from it and it is still kept. */
async function jobShownIn(context: Context<MessageActionEvent>): Promise<string | null> {
  const post = await context.services.store.posts.ofMessage(context.event.message);
  if (post?.role !== "job" && post?.role !== "result") return null;
  try {
    const job = await requireJob(post.job, context);
    resultOf(job, job.view.rank);
    return job.id;
  } catch (error) {
    // A result of where the member is blocked is not edited from its picture either.
    if (error instanceof EditError && error.code !== "member-blocked" && !isUnreadable(error)) return null;
    throw error;
  }
}
