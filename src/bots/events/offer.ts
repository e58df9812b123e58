import { z } from "zod";
import { EditError } from "../../errors.ts";
import { type BotServices, type ButtonEvent, type Context, type MentionEvent, ownerOf } from "../context.ts";
import { newJobId } from "../intake/job-files.ts";
import { readMethod } from "../intake/method.ts";
import { isForgotten } from "./forget.ts";
import { askedOf, type PictureSource, pictureSourceSchema } from "./picture-source.ts";
import { requestEdit } from "./request-edit.ts";

// An edit that is offered by a button and painted by nothing else: what a reply may have asked for, or may not.

const offerSchema = z.object({
  prompt: z.string(),
  source: pictureSourceSchema,
  /** Who may press the button. */
  member: z.string(),
  /** The message that the edit answers. */
  replyTo: z.string(),
});

/** The platforms' addresses of pictures live about as long. */
const offerMilliseconds = 24 * 60 * 60_000;

/**
 * Offers to edit what was answered with the words of the answer, which everybody then reads.
 * @throws EditError `words-refused`, `settings-unreadable`
 */
export async function offerEdit(
  { event, services, words }: Context<MentionEvent>,
  prompt: string,
  source: PictureSource,
): Promise<void> {
  await services.admission.checkWords(event.place, prompt);
  const token = newJobId();
  const offer = { prompt, source, member: event.member.id, replyTo: event.message.message };
  await putOffer(services, token, { owner: ownerOf(event), value: offer });
  const id = services.references.write("paint", token);
  await event.respond.say({
    text: words.say("answer.offer", { prompt }),
    pictures: [],
    buttons: [[{ id, label: words.plain("button.paint"), emoji: "✏️", style: "primary" }]],
  });
}

/**
 * Paints what was offered, for whom it was offered, and takes the offer away.
 * @throws EditError `reference-expired`, `not-yours`, and every code of an edit: the offer stands then
 */
export async function acceptOffer(context: Context<ButtonEvent>, token: string): Promise<void> {
  const { event, platform, services } = context;
  const { drafts } = services.store;
  await event.respond.acknowledge();
  const offer = offerSchema.safeParse(await drafts.find(token, services.clock())).data;
  if (!offer) throw new EditError("reference-expired", "Expected an offer of today, got an old one.");
  if (offer.member !== event.member.id) {
    throw new EditError("not-yours", "Expected whom the edit was offered to, got somebody else.");
  }
  if ((await drafts.take(token, services.clock())) === null) {
    throw new EditError("reference-expired", "Expected an offer that stands, got one that is being painted.");
  }
  try {
    const { source, replyTo } = offer;
    const { text: prompt, method } = readMethod(offer.prompt);
    const asked = await askedOf(context, source);
    const plain = { source: null, seed: null, showsBox: false, isPrivate: null };
    await requestEdit(context, { prompt, method, ...plain, ...asked, replyTo });
  } catch (error) {
    if (!isForgotten(error, services)) {
      await putOffer(services, token, { owner: ownerOf(event), value: offer });
    }
    throw error;
  }
  await platform.remove(event.message, { signal: services.signal }).catch((error) => {
    services.log("debug", "an offer could not be taken away", { error });
  });
}

function putOffer(
  { store, clock }: BotServices,
  token: string,
  offer: { readonly owner: ReturnType<typeof ownerOf>; readonly value: z.infer<typeof offerSchema> },
): Promise<void> {
  return store.drafts.put(token, { ...offer, expiresAt: clock() + offerMilliseconds });
}
