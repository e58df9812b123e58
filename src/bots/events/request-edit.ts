import { linesOf, type RichText } from "../../locales/rich-text.ts";
import { type Context, say } from "../context.ts";
import { textsIn } from "../intake/edit-options.ts";
import { seemsEnglish } from "../intake/english.ts";
import type { Accepted } from "../intake/intake.ts";
import { requirePicture } from "../intake/picture.ts";
import { tellOnce } from "../intake/told.ts";
import type { AskedEdit } from "./asked-edit.ts";
import { askWhichPicture } from "./which-picture.ts";

/**
 * Hands the wish to the intake, and tells the member alone what becomes of it. Every way to ask for an edit ends here: the
 * command, the menu of a message, a modal, a mention, a button.
 * @throws EditError, Refusal, ChatError as `Intake.accept` does
 */
export async function requestEdit(context: Context, asked: AskedEdit): Promise<void> {
  const { event, platform, services } = context;
  if (!asked.file && asked.pictures.length > 1) return askWhichPicture(context, asked);
  const picture = asked.file ? { file: asked.file } : requirePicture(asked.pictures);
  const accepted = await services.intake.accept({
    ...asked,
    platform,
    member: event.member,
    place: event.place,
    responder: event.respond,
    picture,
    box: asked.box ?? null,
    lineage: asked.lineage ?? null,
    area: asked.area ?? null,
    replyTo: asked.replyTo ?? null,
  });
  const note = await englishNote(context, asked);
  // A mention is answered by the job's message itself, where that comes there.
  const isShown = event.kind === "mention" && (!accepted.job.isPrivate || event.place.isDirect);
  if (!isShown) await say(event.respond, linesOf(acceptedText(context, accepted), note));
  else if (note) await say(event.respond, note);
}

/** Said once to each member who writes another language than the networks read. */
async function englishNote(
  { event, services, words }: Context,
  { prompt, choices }: AskedEdit,
): Promise<RichText | null> {
  const hints = { known: services.knownWords, locale: event.member.locale };
  const texts = [prompt, ...textsIn(choices, services.editOptions)];
  if (texts.every((text) => seemsEnglish(text, hints))) return null;
  return (await tellOnce(services.store.settings, event, "english")) ? words.say("answer.english") : null;
}

function acceptedText({ event, words, platform }: Context, { job, how }: Accepted): RichText {
  const kept = event.place.isOutside ? "answer.queued.outside" : "answer.queued.kept";
  const key = how === "kept" ? kept : job.isPrivate ? "answer.queued.private" : "answer.queued";
  const queue = { code: platform.capabilities.typed("queue") };
  return words.say(key, { job: job.id, queue });
}
