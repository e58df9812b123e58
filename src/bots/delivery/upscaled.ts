import { EditError } from "../../errors.ts";
import type { JobRecord } from "../../store/jobs.ts";
import { ChatError } from "../chat.ts";
import { aiValue } from "../messages/job.ts";
import { isUnsafe } from "../messages/safety.ts";
import { Refusal } from "../refusal.ts";
import type { OriginalAnswer, OriginalParts } from "./original.ts";
import { sendSmaller } from "./send-smaller.ts";

/** "Upscale": a larger copy of a result, by a server's upscaler. */
export interface Upscaled {
  /**
   * One picture at a time, and one that waits for each member; a copy is made once.
   * @throws EditError `reference-expired`, `picture-too-large`, `inpainter-*`; Refusal `limit-waiting`; ChatError
   */
  say(job: JobRecord, rank: number, answer: OriginalAnswer & { readonly member: string }): Promise<void>;
}

/** More of them, and a model of 4 times the side would give more than 50 megapixels. */
const mostPixels = 3e6;

export function createUpscaled({ renditions, platforms, saysAi }: OriginalParts): Upscaled {
  const waiting = new Set<string>();
  let turn: Promise<unknown> = Promise.resolve();

  async function make(
    job: JobRecord,
    rank: number,
    { responder, signal }: Pick<OriginalAnswer, "responder" | "signal">,
  ): Promise<void> {
    const before = turn;
    const making = before
      .catch(() => {})
      .then(() => {
        // Nobody could be told of it any more.
        if (!responder.isAlive) throw expired();
        return renditions.upscale(job, rank, signal);
      });
    turn = making;
    await making;
  }

  return {
    async say(job, rank, { responder, place, words, signal, member }) {
      const platform = platforms.get(place.platform);
      if (!platform) throw new RangeError(`Expected platform ${place.platform} to run, got none.`);
      const { width = 0, height = 0 } = job.result?.image ?? {};
      if (width * height > mostPixels)
        throw new EditError(
          "picture-too-large",
          `Expected at most ${mostPixels} pixels, got ${width}x${height}.`,
        );
      const person = `${place.platform} ${member}`;
      if (waiting.has(person))
        throw new Refusal(
          { code: "limit-waiting", count: 1 },
          "Expected one picture at a time, got another.",
        );
      waiting.add(person);
      try {
        await make(job, rank, { responder, signal });
      } finally {
        waiting.delete(person);
      }
      const { maxUploadBytes } = await platform.abilitiesIn(place, { signal });
      await sendSmaller({
        maxBytes: maxUploadBytes,
        async compose(maxBytes) {
          const copy = await renditions.upscaled(job, rank, maxBytes, signal);
          const size = { width: String(copy.width), height: String(copy.height) };
          return {
            text: words.say("answer.upscaled", { ...size, ...aiValue({ saysAi }) }),
            pictures: [
              {
                path: copy.file,
                fileName: `${job.id}-${rank}-large.jpg`,
                alt: job.request.prompt,
                isSpoiler: isUnsafe(job, rank),
              },
            ],
            buttons: [],
          };
        },
        async send(message) {
          if (!responder.isAlive) throw expired();
          await responder.say(message);
        },
      });
    },
  };
}

function expired(): ChatError {
  return new ChatError("expired", "Expected an answer that lives, got none.");
}
