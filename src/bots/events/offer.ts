import { EditError } from "../../errors.ts";
import type { ButtonEvent, Context, MentionEvent } from "../context.ts";
import { withDefaults } from "../intake/edit-defaults.ts";
import { readWords } from "../intake/edit-options.ts";
import { isForgotten } from "./forget.ts";
import { keepOffered, readOffered } from "./offered.ts";
import { askedOf, type PictureSource } from "./picture-source.ts";
import { requestEdit } from "./request-edit.ts";

// An edit that is offered by a button and painted by nothing else.

/**
 * Offers to edit a picture with the words of a message, which everybody then reads.
 * @throws EditError `words-refused`, `settings-unreadable`
 */
export async function offerEdit(
  context: Context<MentionEvent>,
  text: string,
  source: PictureSource,
): Promise<void> {
  const { event, services, words } = context;
  await services.admission.checkWords(event.place, text);
  const { text: prompt, choices: chosen } = readWords(text, services.editOptions);
  const choices = await withDefaults(chosen, event, services);
  const asked = { prompt, choices, showsBox: false, isPrivate: null, replyTo: event.message.message };
  const token = await keepOffered(context, { asked, source });
  const id = services.references.write("paint", token);
  await event.respond.say({
    text: words.say("answer.offer", { prompt: text }),
    pictures: [],
    buttons: [[{ id, label: words.plain("button.paint"), emoji: "✏️", style: "primary" }]],
  });
}

/**
 * Paints what was offered, for whom it was offered, and takes the offer away.
 * @param index Which of its pictures
 * @throws EditError `reference-expired`, `not-yours`, and every code of an edit: the offer stands then
 */
export async function acceptOffer(
  context: Context<ButtonEvent>,
  token: string,
  index: number,
): Promise<void> {
  const { event, platform, services } = context;
  const { drafts } = services.store;
  await event.respond.acknowledge();
  const offer = readOffered(await drafts.find(token, services.clock()));
  if (!offer) throw new EditError("reference-expired", "Expected an offer of today, got an old one.");
  if (offer.member !== event.member.id) {
    throw new EditError("not-yours", "Expected whom the edit was offered to, got somebody else.");
  }
  if ((await drafts.take(token, services.clock())) === null) {
    throw new EditError("reference-expired", "Expected an offer that stands, got one that is being painted.");
  }
  try {
    const { asked, source } = offer;
    const pictures = source.pictures.slice(index, index + 1);
    await requestEdit(context, { ...asked, ...(await askedOf(context, { ...source, pictures })) });
  } catch (error) {
    if (!isForgotten(error, services)) await keepOffered(context, offer, token);
    throw error;
  }
  await platform.remove(event.message, { signal: services.signal }).catch((error) => {
    services.log("debug", "an offer could not be taken away", { error });
  });
}
