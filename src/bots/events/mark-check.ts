import { linesOf, type RichText } from "../../locales/rich-text.ts";
import type { Words } from "../../locales/words.ts";
import type { CheckedMarks } from "../../types.ts";
import { type Context, type MarkCheckEvent, say } from "../context.ts";
import { newJobId } from "../intake/job-files.ts";
import { fetchPicture, requirePicture } from "../intake/picture.ts";
import { resultOf } from "../messages/renditions.ts";
import { requireJob } from "../rights.ts";

/**
 * "Was this edited?" in the menu of a message, answered to whoever asks: which marks its first picture carries. Of a result that the bot
 * shows the lossless file is looked at.
 * @throws EditError `attachment-*`, `picture-*`, `reference-*`
 */
export async function answerMarkCheck(context: Context<MarkCheckEvent>): Promise<void> {
  const { event, words } = context;
  await event.respond.acknowledge();
  await say(event.respond, marksText(await marksOf(context), words));
}

async function marksOf(context: Context<MarkCheckEvent>): Promise<CheckedMarks> {
  const { event, services, platform } = context;
  const { files, maxUploadBytes, signal } = services;
  const person = `${platform.name}:${event.member.id}`;
  const post = await services.store.posts.ofMessage(event.message);
  const job = post && (await requireJob(post.job, context));
  if (job?.result && job.hasPictures)
    return services.checkMarks(files.result(job.id, resultOf(job, job.view.rank).file), person);
  const picture = requirePicture(event.pictures);
  const token = newJobId();
  try {
    await fetchPicture({ picture, platform }, token, { files, maxUploadBytes, signal });
    return await services.checkMarks(`${await files.reserve(token)}/source`, person);
  } finally {
    await files.discard(token);
  }
}

function marksText({ digitalSourceType, manifest, watermark }: CheckedMarks, words: Words): RichText {
  const { isFound, falseAlarm } = watermark;
  const isNothing = digitalSourceType === null && manifest === null && !isFound;
  return linesOf(
    words.say("marks.type", { type: digitalSourceType ?? "none" }),
    words.say("marks.manifest", { where: manifest === null ? "none" : (manifest.state ?? manifest.where) }),
    words.say("marks.invisible", {
      found: isFound ? "yes" : "no",
      pictures: isFound ? Math.floor(Math.min(1e9, 1 / falseAlarm)) : 0,
    }),
    isNothing ? words.say("marks.nothing") : null,
  );
}
