import { z } from "zod";
import { EditError } from "../../errors.ts";
import type { MessageRef } from "../chat.ts";
import type { Context } from "../context.ts";
import type { NamedPicture } from "../intake/named-picture.ts";
import { memberScopeOf } from "../intake/settings.ts";
import { fixedViewOf } from "../messages/post-keys.ts";
import { resultOf } from "../messages/renditions.ts";
import { requireJob } from "../rights.ts";
import type { AskedEdit } from "./asked-edit.ts";

/** An attachment as it is kept in the store. */
export const attachmentSchema = z.object({
  id: z.string(),
  fileName: z.string(),
  url: z.string(),
  contentType: z.string().nullable(),
  bytes: z.number().nullable(),
});

/** What is to be edited: pictures of the chat, or where there are none a result of a job. */
export const pictureSourceSchema = z.object({
  pictures: z.array(attachmentSchema),
  result: z.object({ job: z.string(), rank: z.number() }).nullable(),
});
export type PictureSource = z.infer<typeof pictureSourceSchema>;

/**
 * What a message shows: of a job's message the result it shows now, of any other its pictures; `null` where there are none.
 * @throws EditError `reference-expired`, `reference-invalid` where the job's result may not be seen; ChatError
 */
export async function sourceIn(context: Context, message: MessageRef): Promise<PictureSource | null> {
  const { services, platform } = context;
  const post = await services.store.posts.ofMessage(message);
  if (!post) {
    const pictures = await platform.picturesIn(message, { signal: services.signal });
    return pictures.length > 0 ? { pictures: [...pictures], result: null } : null;
  }
  const fixed = fixedViewOf(post.key);
  // What was shared of a private job is a picture like anybody's.
  if (fixed?.isShared) {
    const pictures = await platform.picturesIn(message, { signal: services.signal });
    return pictures.length > 0 ? { pictures: [...pictures], result: null } : null;
  }
  const job = await requireJob(post.job, context);
  const { rank } = resultOf(job, fixed?.rank ?? job.view.rank);
  return { pictures: [], result: { job: job.id, rank } };
}

/**
 * The last picture of the channel or thread, or of a direct conversation: of a result of the bot that result; `null` where there is
 * none that the bot is shown. Results that this member may not see are passed over.
 * @param before Older than that message
 * @throws EditError `reference-expired` where its result is not kept any more; ChatError
 */
export async function lastPictureIn(
  context: Context,
  before: MessageRef | null,
): Promise<PictureSource | null> {
  const { event, platform, services } = context;
  const { signal } = services;
  for (const message of await platform.pictureMessages(event.place, { before, signal })) {
    const source = await sourceIn(context, message).catch((error) => {
      if (error instanceof EditError && error.code === "reference-invalid") return null;
      throw error;
    });
    if (source) return source;
  }
  return null;
}

/**
 * The picture that is named in place of attaching it.
 * @param before Of the last one: older than that message
 * @throws EditError `attachment-missing` where there is none, `attachment-refused` of an address of elsewhere, `avatar-private`; as `sourceIn`
 */
export async function sourceNamed(
  context: Context,
  named: NamedPicture,
  before: MessageRef | null,
): Promise<PictureSource> {
  const found = await whatIsNamed(context, named, before);
  if (found) return found;
  throw new EditError("attachment-missing", "Expected a picture where one was named, got none.");
}

async function whatIsNamed(
  context: Context,
  named: NamedPicture,
  before: MessageRef | null,
): Promise<PictureSource | null> {
  const { event, platform, services } = context;
  const { signal } = services;
  if (named.kind === "last") return lastPictureIn(context, before);
  if (named.kind === "address") {
    const found = await platform.addressed(named.url, { place: event.place, signal });
    return "picture" in found
      ? { pictures: [found.picture], result: null }
      : sourceIn(context, found.message);
  }
  if (!platform.capabilities.avatars) return null;
  const member = named.member ?? event.member.id;
  const scope = memberScopeOf({ platform: platform.name, user: member });
  if (member !== event.member.id && !(await services.settings.get(scope, "avatar")))
    throw new EditError(
      "avatar-private",
      `Expected a member who lets others edit their avatar, got ${member}.`,
    );
  const picture = await platform.avatarOf(member, { signal });
  return picture && { pictures: [picture], result: null };
}

/**
 * The part of a wish that says what to edit.
 * @throws EditError `reference-expired`, `reference-invalid` where a result is not there for this member any more
 */
export async function askedOf(
  context: Context,
  { pictures, result }: PictureSource,
): Promise<Pick<AskedEdit, "pictures" | "file" | "lineage">> {
  if (!result) return { pictures, file: null, lineage: null };
  const job = await requireJob(result.job, context);
  if (!job.hasPictures) {
    throw new EditError("reference-expired", `Expected pictures of job ${job.id}, got none.`);
  }
  const file = context.services.files.result(job.id, resultOf(job, result.rank).file);
  return { pictures: [], file, lineage: { parent: job.id, kind: "again" } };
}
