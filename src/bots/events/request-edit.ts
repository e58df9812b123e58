import { EditError } from "../../errors.ts";
import { linesOf, type RichText } from "../../locales/rich-text.ts";
import type { JobRecord } from "../../store/jobs.ts";
import type { MethodName } from "../../types.ts";
import type { Attachment } from "../chat.ts";
import { type Context, say } from "../context.ts";
import { seemsEnglish } from "../intake/english.ts";
import type { Accepted, Wish } from "../intake/intake.ts";
import { hasChoice } from "../intake/method.ts";
import { requirePicture } from "../intake/picture.ts";
import { tellOnce } from "../intake/told.ts";

/**
 * Hands the wish to the intake, and tells the member alone what becomes of it. Every way to ask for an edit ends here: the
 * command, the menu of a message, a modal, a mention, a button.
 * @throws EditError, Refusal, ChatError as `Intake.accept` does
 */
export async function requestEdit(context: Context, asked: AskedEdit): Promise<void> {
  const { event, platform, services } = context;
  const picture = asked.file ? { file: asked.file } : requirePicture(asked.pictures);
  const accepted = await services.intake.accept({
    ...asked,
    platform,
    member: event.member,
    place: event.place,
    responder: event.respond,
    picture,
    box: asked.box ?? null,
    method: asked.method ?? null,
    lineage: asked.lineage ?? null,
    area: asked.area ?? null,
    replyTo: asked.replyTo ?? null,
  });
  const notes = [await takenNote(context, asked), await englishNote(context, asked)].filter(
    (note) => note !== null,
  );
  // A mention is answered by the job's message itself, where that comes there.
  const isShown = event.kind === "mention" && (!accepted.job.isPrivate || event.place.isDirect);
  if (!isShown) await say(event.respond, linesOf(acceptedText(context, accepted), ...notes));
  else if (notes.length > 0) await say(event.respond, linesOf(...notes));
}

/** The method of an edit that goes on from a job: the job's, where it may still be chosen; else empty. */
export function chosenMethod({ request }: JobRecord, methods: readonly MethodName[]): string {
  const { method = null } = request.settings;
  return method !== null && hasChoice(methods) && methods.includes(method) ? method : "";
}

/** What a member asked for. */
export interface AskedEdit extends Pick<Wish, "prompt" | "source" | "seed" | "showsBox" | "isPrivate"> {
  /** The first one is taken. */
  readonly pictures: readonly Attachment[];
  /** How many there were, where more than these. */
  readonly pictureCount?: number;
  /** In place of a picture of the chat. */
  readonly file?: string | null;
  readonly lineage?: Wish["lineage"];
  readonly area?: Wish["area"];
  readonly box?: Wish["box"];
  /** The first that is offered where absent or `null`. */
  readonly method?: Wish["method"];
  readonly replyTo?: string | null;
  readonly onChecked?: NonNullable<Wish["onChecked"]>;
}

/** Which of several pictures is edited; not where its name has words that are refused, for that may be read by everybody. */
async function takenNote(
  { event, services, words }: Context,
  { pictures, pictureCount }: AskedEdit,
): Promise<RichText | null> {
  const [first] = pictures;
  const count = pictureCount ?? pictures.length;
  if (!first || count <= 1) return null;
  try {
    await services.admission.checkWords(event.place, first.fileName);
  } catch (error) {
    if (error instanceof EditError) return null;
    throw error;
  }
  return words.say("answer.extra-pictures", { count, name: first.fileName });
}

/** Said once to each member who writes another language than the networks read. */
async function englishNote(
  { event, services, words }: Context,
  { prompt, source }: AskedEdit,
): Promise<RichText | null> {
  const hints = { known: services.knownWords, locale: event.member.locale };
  if (seemsEnglish(prompt, hints) && seemsEnglish(source ?? "", hints)) return null;
  return (await tellOnce(services.store.settings, event, "english")) ? words.say("answer.english") : null;
}

function acceptedText({ words, platform }: Context, { job, how }: Accepted): RichText {
  const key =
    how === "kept" ? "answer.queued.kept" : job.isPrivate ? "answer.queued.private" : "answer.queued";
  const queue = { code: platform.capabilities.typed("queue") };
  return words.say(key, { job: job.id, queue });
}
