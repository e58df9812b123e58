import type { Context, ModalEvent } from "../context.ts";
import { answerEditModal } from "./edit-modal.ts";
import { answerSettingsForm } from "./settings-form.ts";

/** Answers a modal of the bot that was sent. @throws EditError `reference-invalid`, `reference-expired`, and as each says */
export function answerModal(context: Context<ModalEvent>): Promise<void> {
  const { action, subject, argument } = context.services.references.read(context.event.modal);
  if (action === "settings") return answerSettingsForm(context, subject, argument);
  return answerEditModal(context, { action, subject, argument });
}
