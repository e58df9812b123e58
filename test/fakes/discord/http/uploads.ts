import type { Context } from "../payloads/context.ts";
import {
  type FakeAttachment,
  type FakeChannel,
  type FakeMessage,
  type Json,
  messageFlags,
  type UploadedFile,
} from "../types.ts";
import { uploadLimitIn } from "../world/world.ts";
import { refuse } from "./api-error.ts";

/**
 * The attachments that a message has after a request: files sent along, described by the `attachments` whose id is the
 * file's number, and of an edit those kept by their own id. Without `attachments` an edit keeps all.
 * @throws ApiError 40005 above the place's upload limit, 50035 for an id that names nothing
 */
export function attachmentsAfter(
  context: Context,
  channel: FakeChannel,
  body: Json,
  files: readonly UploadedFile[],
  edited: FakeMessage | null,
  isEphemeral = false,
): readonly FakeAttachment[] {
  const limit = channel.refusesAbove ?? uploadLimitIn(context.world, channel);
  if (files.some(({ bytes }) => bytes.length > limit)) throw refuse.tooLarge();
  const listed = (body.attachments ?? null) as readonly Json[] | null;
  const before = edited?.attachments ?? [];
  const store = (file: UploadedFile, entry: Json | undefined) =>
    context.attachments.add({
      channelId: channel.id,
      name: String(entry?.filename ?? file.name),
      bytes: file.bytes,
      contentType: file.contentType === "" ? undefined : file.contentType,
      description: (entry?.description ?? null) as string | null,
      title: (entry?.title ?? null) as string | null,
      isSpoiler: entry?.is_spoiler === true,
      isEphemeral,
    });
  if (listed === null) return tooMany([...before, ...files.map((file) => store(file, undefined))]);
  const kept = listed.flatMap((entry, index) => {
    const file = files.find((each) => each.index === String(entry.id));
    if (file) return [];
    const old = before.find(({ id }) => id === entry.id);
    if (!old) {
      const problem = { code: "INVALID", message: "Attachment data not found" };
      throw refuse.invalidBody({ attachments: { [index]: { _errors: [problem] } } });
    }
    return [
      entry.description === undefined ? old : { ...old, description: entry.description as string | null },
    ];
  });
  const added = files.map((file) =>
    store(
      file,
      listed.find(({ id }) => String(id) === file.index),
    ),
  );
  return tooMany([...kept, ...added]);
}

/**
 * Pictures in embeds and components may name files of their message as `attachment://name`.
 * @throws ApiError 50035 where there is no such file
 */
/**
 * A message that was made of components stays one: it has no content and no embeds.
 * @throws ApiError 50035
 */
export function refuseLosingComponents(
  before: Pick<FakeMessage, "flags">,
  after: Pick<FakeMessage, "flags" | "content" | "embeds">,
): void {
  const isV2 = (flags: number) => (flags & messageFlags.componentsV2) !== 0;
  const hasOld = after.content !== "" || after.embeds.length > 0;
  const isWrong = isV2(before.flags) ? !isV2(after.flags) || hasOld : isV2(after.flags) && hasOld;
  if (!isWrong) return;
  throw refuse.invalidBody({ flags: { _errors: [{ code: "BASE_TYPE_BAD", message: "IS_COMPONENTS_V2" }] } });
}

export function refuseDangling(message: Pick<FakeMessage, "attachments" | "embeds" | "components">): void {
  const names = message.attachments.map(({ filename }) => filename);
  const text = JSON.stringify([message.embeds, message.components]);
  for (const [, name = ""] of text.matchAll(/"attachment:\/\/([^"]*)"/g)) {
    if (names.includes(name)) continue;
    const problem = { code: "REFERENCED_ATTACHMENT_NOT_FOUND", message: `attachment://${name}` };
    throw refuse.invalidBody({ _errors: [problem] });
  }
}

function tooMany(attachments: readonly FakeAttachment[]): readonly FakeAttachment[] {
  if (attachments.length <= 10) return attachments;
  throw refuse.invalidBody({ attachments: { _errors: [{ code: "MAX", message: "10 at most" }] } });
}
