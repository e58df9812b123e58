import { z } from "zod";
import { throwIfCancelled } from "../../../../errors.ts";
import { pauseFor, retry } from "../../../../retry.ts";
import type { RemoteServer } from "../../../../types.ts";
import type { Inpainter } from "../../inpainter.ts";
import { refused, unreachable } from "../failures.ts";
import { remoteMultiple } from "../frame.ts";
import { createRemotePainting, type OrderOptions, type RemoteOrder } from "../painting.ts";
import { type RemotePatience, retryPolicyOf, standardPatience } from "../patience.ts";
import { createRemoteClient, jsonBody } from "../request.ts";
import { askA1111 } from "./state.ts";

export interface A1111Options {
  readonly server: RemoteServer;
  /** Side of the frames that its checkpoint paints best, in pixels. */
  readonly side: number;
  readonly patience?: RemotePatience;
}

const answerSchema = z.object({ images: z.array(z.string()).nullish() });

/**
 * Paints at an AUTOMATIC1111 web UI or a Forge that was started with `--api`, with whatever checkpoint it has loaded
 * (https://github.com/AUTOMATIC1111/stable-diffusion-webui, `modules/api`). One painting is one `img2img` with a mask.
 * Cancelling interrupts what the server paints at that moment: it knows no more exact way.
 */
export function createA1111({ server, side, patience = standardPatience }: A1111Options): Inpainter {
  const client = createRemoteClient(server);
  const at = `${server.name} at ${server.url}`;
  const look = (signal?: AbortSignal) => askA1111(client, { milliseconds: patience.answer, signal });

  async function paint(
    order: RemoteOrder,
    { signal, onShare }: OrderOptions,
    milliseconds: number,
  ): Promise<Uint8Array> {
    const over = new AbortController();
    const ending = new AbortController();
    let loss: string | null = null;
    const lose = (reason: string) => {
      loss = reason;
    };
    const watching = watch({ milliseconds, signal, onShare, over: over.signal, lose }).finally(() =>
      ending.abort(),
    );
    const request = {
      body: jsonBody(img2imgOf(order)),
      // The watch ends it before that.
      milliseconds: milliseconds + 2 * patience.stop + patience.answer,
      signal: ending.signal,
    };
    try {
      const { images } = await client.json("/sdapi/v1/img2img", answerSchema, request);
      throwIfCancelled(signal);
      if (loss !== null) throw unreachable(server, loss);
      // What was interrupted is answered like what is finished.
      const last = await look(signal).catch(() => null);
      if (last?.interrupted || last?.skipped)
        throw refused(`Expected ${at} to paint, got an interruption by somebody else there.`);
      const [picture] = images ?? [];
      if (picture === undefined) throw refused(`Expected a picture from ${at}, got none.`);
      return Buffer.from(picture.replace(/^data:[^,]*,/, ""), "base64");
    } catch (error) {
      throwIfCancelled(signal);
      throw loss === null ? error : unreachable(server, loss);
    } finally {
      over.abort();
      await watching;
    }
  }

  /** Looks at a painting until it is over, or lost: a server says nothing, or stops late or not at all. */
  async function watch({
    milliseconds,
    signal,
    onShare,
    over,
    lose,
  }: OrderOptions & {
    readonly milliseconds: number;
    readonly over: AbortSignal;
    readonly lose: (reason: string) => void;
  }): Promise<void> {
    const start = performance.now();
    let lastHeard = start;
    const either = signal ? AbortSignal.any([over, signal]) : over;
    for (;;) {
      await pauseFor(patience.poll, either);
      if (over.aborted) return;
      const now = performance.now();
      if (signal?.aborted || now - start > milliseconds) {
        lose(`no picture within ${server.timeoutSeconds} s`);
        return stopPainting(over);
      }
      const state = await look(either).catch(() => null);
      if (either.aborted) continue;
      if (state) lastHeard = performance.now();
      else if (now - lastHeard > patience.lost)
        return lose(`nothing for ${patience.lost / 1000} s while it painted`);
      const { sampling_step: step, sampling_steps: steps } = state ?? {};
      if (step && steps) onShare(step / steps);
    }
  }

  /** Interrupts until the painting is over: a server whose painting waits behind others has nothing to interrupt yet. */
  async function stopPainting(over: AbortSignal): Promise<void> {
    const start = performance.now();
    const request = { body: jsonBody({}), milliseconds: patience.stop, signal: over };
    while (!over.aborted && performance.now() - start < patience.stop) {
      await client.bytes("/sdapi/v1/interrupt", request).catch(() => {});
      await pauseFor(patience.poll, over);
    }
  }

  return {
    name: server.kind,
    side,
    multiple: remoteMultiple,
    async begin(request, signal) {
      throwIfCancelled(signal);
      const { pauses, firstAttempts } = patience;
      const milliseconds = server.timeoutSeconds * 1000;
      // A server that is down, or does not let the bot in, is found before a picture is encoded for it.
      await retry(() => look(signal), retryPolicyOf(pauses, milliseconds, firstAttempts), { signal });
      return createRemotePainting(request, at, (order, options) =>
        retry((left) => paint(order, options, left), retryPolicyOf(pauses, milliseconds), {
          signal: options.signal,
        }),
      );
    },
    async [Symbol.asyncDispose]() {
      client[Symbol.dispose]();
    },
  };
}

/** The same order gives the same request. Its fields are those of `StableDiffusionImg2ImgProcessingAPI`. */
function img2imgOf({ frame, ...order }: RemoteOrder) {
  return {
    init_images: [Buffer.from(frame.picture).toString("base64")],
    mask: Buffer.from(frame.mask).toString("base64"),
    mask_blur: 0,
    /** Starts from the picture's own pixels, as far as strength leaves of them. */
    inpainting_fill: 1,
    /** The frame is cut and scaled already. */
    inpaint_full_res: false,
    inpainting_mask_invert: 0,
    resize_mode: 0,
    width: frame.width,
    height: frame.height,
    prompt: order.prompt,
    negative_prompt: order.negative,
    steps: order.steps,
    cfg_scale: order.guidance,
    denoising_strength: order.strength,
    seed: order.seed,
    sampler_name: "Euler",
    batch_size: 1,
    n_iter: 1,
    restore_faces: false,
    tiling: false,
    send_images: true,
    save_images: false,
  };
}
