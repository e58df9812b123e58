import { EditError } from "../../errors.ts";
import type { Box } from "../../types.ts";
import type { Attachment, ChatPlatform, Member } from "../chat.ts";
import type { PictureWorker } from "../picture-worker.ts";
import { Refusal } from "../refusal.ts";
import type { JobFiles } from "./job-files.ts";

/** Which picture an edit is made of, and who sent it. */
export interface SentPicture {
  readonly platform: ChatPlatform;
  readonly member: Member;
  /** On the platform, or a file of another job. */
  readonly picture: Attachment | { readonly file: string };
  /** Where it is to be painted, where that is known already. */
  readonly box: Box | null;
}

/** How pictures are fetched and looked at. */
export interface PictureParts {
  readonly files: JobFiles;
  readonly pictureWorker: PictureWorker;
  readonly maxUploadBytes: number;
  readonly signal: AbortSignal;
}

/**
 * Puts the picture into the folder of a job that is to be, and looks at it. Where it is of no use no file of it is left.
 * @throws EditError `attachment-*`, `picture-*`, `box-outside-picture`, `cancelled`; Refusal `attachment-too-large`; of a storage failure
 */
export async function keepPicture(sent: SentPicture, job: string, parts: PictureParts): Promise<void> {
  const { files, pictureWorker, signal } = parts;
  try {
    await fetchPicture(sent, job, parts);
    const person = `${sent.platform.name}:${sent.member.id}`;
    const size = await pictureWorker.inspect(`${await files.reserve(job)}/source`, { signal, person });
    if (sent.box) requireInside(sent.box, size);
    await files.adopt(job, job);
  } catch (error) {
    await files.discard(job);
    throw error;
  }
}

/** Puts the picture into a folder of its own, to be discarded; see `keepPicture` for the coded errors. */
export async function fetchPicture(
  { picture, platform }: Pick<SentPicture, "picture" | "platform">,
  token: string,
  { files, maxUploadBytes: maxBytes, signal }: Omit<PictureParts, "pictureWorker">,
): Promise<void> {
  if ("file" in picture) {
    await files.copySource(picture.file, token);
    return;
  }
  if (picture.bytes !== null && picture.bytes > maxBytes) throw tooLarge(maxBytes, picture.bytes);
  const folder = await files.reserve(token);
  try {
    await platform.save(picture, `${folder}/source`, { maxBytes, signal });
  } catch (error) {
    const isTooLarge = error instanceof EditError && error.code === "attachment-too-large";
    throw isTooLarge ? tooLarge(maxBytes, "more", error) : error;
  }
}

function tooLarge(maxBytes: number, got: number | string, cause?: unknown): Refusal {
  const reason = { code: "attachment-too-large", maxBytes } as const;
  return new Refusal(reason, `Expected at most ${maxBytes} bytes, got ${got}.`, { cause });
}

/** @throws EditError `attachment-missing` */
export function requirePicture(pictures: readonly Attachment[]): Attachment {
  const [picture] = pictures;
  if (picture) return picture;
  throw new EditError("attachment-missing", "Expected a picture with the message, got none.");
}

function requireInside(
  box: Box,
  { width, height }: { readonly width: number; readonly height: number },
): void {
  if (box.left + box.width <= width && box.top + box.height <= height) return;
  throw new EditError(
    "box-outside-picture",
    `Expected a box inside the ${width}x${height} picture, got ${JSON.stringify(box)}.`,
  );
}
