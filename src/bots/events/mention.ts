import { EditError } from "../../errors.ts";
import { ChatError } from "../chat.ts";
import { type Context, type MentionEvent, menuEntry, ownerOf, say } from "../context.ts";
import { readMethod } from "../intake/method.ts";
import { tidyPrompt } from "../intake/typed-text.ts";
import { offerEdit } from "./offer.ts";
import { askedOf, type PictureSource, pictureSourceSchema, sourceIn } from "./picture-source.ts";
import { requestEdit } from "./request-edit.ts";

/**
 * `@bot a big tree with many flowers` with a picture, or as a reply to a result or to a message with a picture. Whoever
 * sends the picture alone is asked what to paint, and their next words paint it. A reply that does not name the bot may be
 * meant for people: it paints nothing but what the bot has asked for, and is offered a button.
 */
export async function answerMention(context: Context<MentionEvent>): Promise<void> {
  const { event } = context;
  const { pictures, replyTo, isNamed, place } = event;
  const own = pictures.length > 0 ? { pictures: [...pictures], result: null } : null;
  const isCalled = isNamed || (place.isDirect && (own !== null || replyTo === null));
  if (!isCalled) return answerReply(context, own);
  const source = own ?? (replyTo && (await sourceIn(context, replyTo))) ?? (await keptPicture(context));
  if (!source && event.isUnread) {
    throw new ChatError("unavailable", "Expected to be shown the message's pictures, got a refusal.");
  }
  if (!source) return sayHow(context);
  if (tidyPrompt(readMethod(event.text).text) === "") return askWhatToPaint(context, source);
  await paint(context, source);
}

/** A reply to the bot that does not name it. */
async function answerReply(context: Context<MentionEvent>, own: PictureSource | null): Promise<void> {
  const { event, services } = context;
  const { replyTo, text, place } = event;
  const isAnswerToQuestion = replyTo !== null && (await services.store.posts.ofMessage(replyTo)) === null;
  const asked = isAnswerToQuestion && !own ? await keptPicture(context) : null;
  if (tidyPrompt(text) === "") return;
  if (asked) return paint(context, asked);
  const source = own ?? (replyTo && (await sourceIn(context, replyTo).catch(noneOf)));
  // Words that are refused may have been meant for people.
  if (source) await offerEdit(context, tidyPrompt(text), source).catch(noneOf);
  else if (place.isDirect) await sayHow(context);
}

/** Of a job that has no result to show there is nothing to offer. */
function noneOf(error: unknown): null {
  if (error instanceof EditError) return null;
  throw error;
}

async function paint(context: Context<MentionEvent>, source: PictureSource): Promise<void> {
  const { event, services } = context;
  const { text, method } = readMethod(event.text);
  await requestEdit(context, {
    prompt: text,
    method,
    source: null,
    seed: null,
    showsBox: false,
    isPrivate: null,
    ...(await askedOf(context, source)),
    replyTo: event.message.message,
  });
  await services.store.drafts.take(keptAs(event), services.clock());
}

async function sayHow(context: Context<MentionEvent>): Promise<void> {
  const { event, platform, words } = context;
  const command = { code: platform.capabilities.typed("edit", words.plain("modal.prompt.example")) };
  await say(event.respond, words.say("answer.how", { example: command, action: menuEntry(context) }));
}

const keptMilliseconds = 10 * 60_000;

/** Keeps the picture for the member's next words in this channel. */
async function askWhatToPaint(context: Context<MentionEvent>, source: PictureSource): Promise<void> {
  const { event, services, words } = context;
  const expiresAt = services.clock() + keptMilliseconds;
  await services.store.drafts.put(keptAs(event), { owner: ownerOf(event), value: source, expiresAt });
  const example = { italic: [words.plain("modal.prompt.example")] };
  await say(event.respond, words.say("answer.prompt-missing", { example }));
}

async function keptPicture({ event, services }: Context<MentionEvent>): Promise<PictureSource | null> {
  const kept = await services.store.drafts.find(keptAs(event), services.clock());
  return pictureSourceSchema.safeParse(kept).data ?? null;
}

/** Where threads are no channels a member's next words may stand beside the thread, so it is kept for the channel. */
function keptAs({ place, member }: MentionEvent): string {
  return `picture ${place.platform} ${place.channel} ${member.id}`;
}
