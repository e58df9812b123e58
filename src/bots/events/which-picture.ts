import type { Attachment, ChatButton } from "../chat.ts";
import type { Context } from "../context.ts";
import type { AskedEdit } from "./asked-edit.ts";
import { keepOffered } from "./offered.ts";

/**
 * Asks which of several pictures is meant: a button for each, in the order in which they stand. What would be refused whichever it
 * is is refused now.
 * @throws EditError, Refusal, ChatError as `Intake.admit` and `Intake.checkTexts`
 */
export async function askWhichPicture(
  context: Context,
  { pictures, file, lineage, onChecked, ...asked }: AskedEdit,
): Promise<void> {
  const { event, platform, services, words } = context;
  const { member, place } = event;
  const { prompt, choices, isPrivate } = asked;
  await services.intake.admit({ member, place, platform, isPrivate }, { signal: services.signal });
  await services.intake.checkTexts({ member, place, isPrivate, prompt, choices });
  await onChecked?.();
  const { buttonRows, buttonsPerRow } = platform.capabilities;
  const shown = pictures.slice(0, buttonRows * buttonsPerRow);
  const token = await keepOffered(context, { asked, source: { pictures: [...shown], result: null } });
  const buttonOf = (_: Attachment, index: number): ChatButton => ({
    id: services.references.write("paint", token, index),
    label: new Intl.NumberFormat(words.locale).format(index + 1),
    style: "secondary",
  });
  const buttons = shown.map(buttonOf);
  const rows = Array.from({ length: Math.ceil(buttons.length / buttonsPerRow) }, (_, row) =>
    buttons.slice(row * buttonsPerRow, (row + 1) * buttonsPerRow),
  );
  await event.respond.say({
    text: words.say("answer.which-picture", { count: shown.length }),
    pictures: [],
    buttons: rows,
  });
}
