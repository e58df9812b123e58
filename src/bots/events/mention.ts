import type { Attachment } from "../chat.ts";
import { type Context, type MentionEvent, menuEntry, say } from "../context.ts";
import { tidyPrompt } from "../intake/typed-text.ts";
import { resultOf } from "../messages/renditions.ts";
import { requireJob } from "../rights.ts";
import { requestEdit } from "./request-edit.ts";

/** `@bot a big tree with many flowers` with a picture, or as a reply to a result or to a message with a picture. */
export async function answerMention(context: Context<MentionEvent>): Promise<void> {
  const { event, platform, words } = context;
  const { respond, replyTo, text, message } = event;
  const shown = replyTo && event.pictures.length === 0 ? await pictureIn(context, replyTo) : null;
  const pictures = event.pictures.length > 0 ? event.pictures : (shown?.pictures ?? []);
  const example = words.plain("modal.prompt.example");
  if (pictures.length === 0 && !shown?.file) {
    const command = { code: platform.capabilities.typed("edit", example) };
    return say(respond, words.say("answer.how", { example: command, action: menuEntry(context) }));
  }
  if (tidyPrompt(text) === "") {
    return say(respond, words.say("answer.prompt-missing", { example: { italic: [example] } }));
  }
  await requestEdit(context, {
    prompt: text,
    source: null,
    seed: null,
    showsBox: false,
    isPrivate: false,
    pictures,
    file: shown?.file ?? null,
    lineage: shown?.parent ? { parent: shown.parent, kind: "again" } : null,
    replyTo: message.message,
  });
}

/** What a message shows: of a job's message the result it shows now, lossless; of any other its pictures. */
async function pictureIn(
  context: Context<MentionEvent>,
  message: NonNullable<MentionEvent["replyTo"]>,
): Promise<{
  readonly file?: string;
  readonly parent?: string;
  readonly pictures?: readonly Attachment[];
} | null> {
  const { services, platform } = context;
  const post = await services.store.posts.ofMessage(message);
  if (!post) return { pictures: await platform.picturesIn(message, { signal: services.signal }) };
  const job = await requireJob(post.job, context);
  return { file: services.files.result(job.id, resultOf(job, job.view.rank).file), parent: job.id };
}
