import { EditError } from "../../errors.ts";
import { ChatError } from "../chat.ts";
import { type Context, type MentionEvent, menuEntry, ownerOf, say } from "../context.ts";
import { withDefaults } from "../intake/edit-defaults.ts";
import { readWords } from "../intake/edit-options.ts";
import { type NamedPicture, readNamed } from "../intake/named-picture.ts";
import { tidyPrompt } from "../intake/typed-text.ts";
import { offerEdit } from "./offer.ts";
import {
  askedOf,
  lastPictureIn,
  type PictureSource,
  pictureSourceSchema,
  sourceIn,
  sourceNamed,
} from "./picture-source.ts";
import { requestEdit } from "./request-edit.ts";

/**
 * `@bot a big tree with many flowers` with a picture, or as a reply to a result or to a message with a picture. Whoever
 * sends the picture alone is asked what to paint, and their next words paint it; "edit that" means the last picture there, and
 * between two so do words alone. A reply that does not name the bot may be
 * meant for people: it paints nothing but what the bot has asked for, and is offered a button.
 */
export async function answerMention(context: Context<MentionEvent>): Promise<void> {
  const { event } = context;
  const { pictures, replyTo, isNamed, place } = event;
  const own = pictures.length > 0 ? { pictures: [...pictures], result: null } : null;
  const isCalled = isNamed || (place.isDirect && (own !== null || replyTo === null));
  if (!isCalled) return answerReply(context, own);
  const { text, named } = own ? { text: event.text, named: null } : readNamed(event.text);
  const given = own ?? (named && (await namedBy(context, named)));
  const source = given ?? (replyTo && (await sourceIn(context, replyTo))) ?? (await keptPicture(context));
  if (!source && event.isUnread) {
    throw new ChatError("unavailable", "Expected to be shown the message's pictures, got a refusal.");
  }
  if (!source && place.isDirect) return goOn(context, text);
  if (!source) return sayHow(context);
  if (tidyPrompt(readWords(text, context.services.editOptions).text) === "")
    return askWhatToPaint(context, source);
  await paint(context, source, text);
}

/**
 * Words alone, between the two: they go on from the last picture there. One word may be a greeting: it is offered by a button.
 */
async function goOn(context: Context<MentionEvent>, text: string): Promise<void> {
  const prompt = tidyPrompt(text);
  const source = prompt === "" ? null : await lastOf(context);
  if (!source) return sayHow(context);
  if (/\s/u.test(tidyPrompt(readWords(prompt, context.services.editOptions).text)))
    return paint(context, source, text);
  await offerEdit(context, prompt, source);
}

/** An avatar is that of whom the message names. */
function namedBy(context: Context<MentionEvent>, named: NamedPicture): Promise<PictureSource> {
  const { message, named: members = [] } = context.event;
  const [member = null] = members;
  return sourceNamed(context, named.kind === "avatar" ? { ...named, member } : named, message);
}

function lastOf(context: Context<MentionEvent>): Promise<PictureSource | null> {
  return lastPictureIn(context, context.event.message);
}

/** A reply to the bot that does not name it. */
async function answerReply(context: Context<MentionEvent>, own: PictureSource | null): Promise<void> {
  const { event, services } = context;
  const { replyTo, text, place } = event;
  const isAnswerToQuestion = replyTo !== null && (await services.store.posts.ofMessage(replyTo)) === null;
  const asked = isAnswerToQuestion && !own ? await keptPicture(context) : null;
  if (tidyPrompt(text) === "") return;
  if (asked) return paint(context, asked, text);
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

async function paint(context: Context<MentionEvent>, source: PictureSource, words: string): Promise<void> {
  const { event, services } = context;
  const { text, choices: chosen } = readWords(words, services.editOptions);
  const choices = await withDefaults(chosen, event, services);
  await requestEdit(context, {
    prompt: text,
    choices,
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
