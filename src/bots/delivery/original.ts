import type { Words } from "../../locales/words.ts";
import type { JobRecord } from "../../store/jobs.ts";
import { ChatError, type ChatMessage, type ChatPicture, type ChatPlatform } from "../chat.ts";
import { aiValue } from "../messages/job.ts";
import type { Renditions } from "../messages/renditions.ts";
import { isUnsafe } from "../messages/safety.ts";
import type { Answer } from "./answers.ts";
import { sendSmaller } from "./send-smaller.ts";

/** How a lossless file is said to one member. */
export interface OriginalAnswer extends Omit<Answer, "isInPlace"> {
  /** In the language of whoever asks for it. */
  readonly words: Words;
}

export interface OriginalParts {
  readonly renditions: Renditions;
  readonly platforms: ReadonlyMap<string, ChatPlatform>;
  /** As `MessageTools.saysAi`. */
  readonly saysAi: boolean;
}

/**
 * "Full quality": the lossless file of a result. Where it is more than the place takes, by what the platform says or by its
 * refusal, the best copy that fits comes with words that say so; where no copy fits either, the words alone.
 * @throws EditError `reference-expired`; ChatError
 */
export async function sayOriginal(
  { renditions, platforms, saysAi }: OriginalParts,
  job: JobRecord,
  rank: number,
  { responder, place, words, signal }: OriginalAnswer,
): Promise<void> {
  const platform = platforms.get(place.platform);
  if (!platform) throw new RangeError(`Expected platform ${place.platform} to run, got none.`);
  const { file, bytes } = await renditions.original(job, rank);
  const limit = (await platform.abilitiesIn(place, { signal })).maxUploadBytes;
  const { width = 0, height = 0 } = job.result?.image ?? {};
  const lossless: ChatMessage = {
    text: words.say("answer.original", {
      width: String(width),
      height: String(height),
      ...aiValue({ saysAi }),
    }),
    pictures: [pictureOf(job, rank, file, "png")],
    buttons: [],
  };
  const isSaid = bytes <= limit && (await unlessTooLarge(responder.say(lossless)));
  if (isSaid) return;

  const sizes = { megabytes: bytes / 1e6, job: job.id, ...aiValue({ saysAi }) };
  const isCopied = await unlessTooLarge(
    sendSmaller({
      maxBytes: Math.min(limit, bytes - 1),
      async compose(maxBytes) {
        const copy = await renditions.shown(job, { rank, showsBox: false }, maxBytes, signal);
        const copied = `${copy.width}×${copy.height}`;
        return {
          text: words.say("answer.original.large", { ...sizes, copied }),
          pictures: [pictureOf(job, rank, copy.file, copy.format)],
          buttons: [],
        };
      },
      send: (message) => responder.say(message),
    }),
  );
  if (isCopied) return;
  const text = words.say("answer.original.large", { ...sizes, copied: "none", ai: "no" });
  await responder.say({ text, pictures: [], buttons: [] });
}

async function unlessTooLarge(said: Promise<void>): Promise<boolean> {
  try {
    await said;
    return true;
  } catch (error) {
    if (error instanceof ChatError && error.failure === "too-large") return false;
    throw error;
  }
}

function pictureOf(job: JobRecord, rank: number, path: string, format: "png" | "jpeg"): ChatPicture {
  return {
    path,
    fileName: `${job.id}-${rank}.${format === "png" ? "png" : "jpg"}`,
    alt: job.request.prompt,
    isSpoiler: isUnsafe(job, rank),
  };
}
