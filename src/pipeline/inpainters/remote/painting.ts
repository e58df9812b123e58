import { throwIfCancelled } from "../../../errors.ts";
import { firstStep } from "../../nets/sampling/denoise.ts";
import type { Painting, PaintingRequest } from "../inpainter.ts";
import { decodePainted, encodeFrame, encodeReference, type SentFrame } from "./frame.ts";

/** What a server is to paint into one frame. */
export interface RemoteOrder
  extends Pick<PaintingRequest, "prompt" | "negative" | "guidance" | "strength" | "seed"> {
  readonly frame: SentFrame;
  /** A PNG of what shows what is meant; `null` where there is none. */
  readonly reference: Uint8Array | null;
  /** Of a whole schedule. */
  readonly steps: number;
  /** What `strength` leaves of them. */
  readonly taken: number;
}

export interface OrderOptions {
  readonly signal: AbortSignal | undefined;
  /** Called with the share of the painting that is done, 0 to 1; it may be less than before. */
  readonly onShare: (share: number) => void;
}

/** Has one frame painted; gives the encoded picture. A signal that is aborted also stops the server. */
export type PaintAtServer = (order: RemoteOrder, options: OrderOptions) => Promise<Uint8Array>;

/**
 * The paintings of one edit at a server: a frame is an order of its own, since neither interface takes frames with masks of
 * their own as a batch. All share the seed. What a server reports of its progress becomes whole steps, counted one by one.
 */
export function createRemotePainting(
  request: PaintingRequest,
  { server, multiple }: { readonly server: string; readonly multiple: number },
  paintAtServer: PaintAtServer,
): Painting {
  // Guidance 1 takes no notice of the negative prompt; a server could still let it show.
  const negative = request.guidance === 1 ? "" : request.negative;
  const { prompt, guidance, strength, seed } = request;
  const reference = request.shown ? encodeReference(request.shown) : Promise.resolve(null);
  // Whoever paints first hears of it.
  reference.catch(() => {});

  return {
    async paint(frames, { steps, signal, onStep }) {
      throwIfCancelled(signal);
      const each = steps - firstStep(steps, strength);
      const all = each * frames.length;
      let done = 0;
      const advanceTo = (step: number) => {
        while (done < step && !signal?.aborted) {
          done++;
          onStep?.(done, all);
        }
      };
      const painted: Uint8Array[] = [];
      for (const [index, frame] of frames.entries()) {
        const sent = await encodeFrame(frame, multiple);
        const order = {
          ...{ prompt, negative, guidance, strength, seed, reference: await reference },
          ...{ frame: sent, steps, taken: each },
        };
        const onShare = (share: number) => advanceTo(each * index + Math.min(Math.floor(share * each), each));
        const picture = await paintAtServer(order, { signal, onShare });
        throwIfCancelled(signal);
        painted.push(await decodePainted(picture, sent, frame, server));
        advanceTo(each * (index + 1));
        throwIfCancelled(signal);
      }
      return painted;
    },
    async [Symbol.asyncDispose]() {},
  };
}
