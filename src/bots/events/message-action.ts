import type { Context, MessageActionEvent } from "../context.ts";
import { requirePicture } from "../intake/intake.ts";
import { openEditModal } from "./edit-modal.ts";

/** "Edit this image" in the menu of a message; where that has no picture, the modal asks for one. */
export async function answerMessageAction(context: Context<MessageActionEvent>): Promise<void> {
  const { pictures, message } = context.event;
  const canAsk = context.platform.capabilities.picturesInModals;
  const picture = pictures[0] ?? (canAsk ? null : requirePicture(pictures));
  await openEditModal(context, { picture, pictureCount: pictures.length, replyTo: message.message });
}
