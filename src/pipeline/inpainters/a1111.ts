import { z } from "zod";
import { EditError, throwIfCancelled } from "../../errors.ts";
import type { RemoteServer } from "../../types.ts";
import type { Inpainter } from "./inpainter.ts";
import { refused, unreachable } from "./remote-failures.ts";
import { remoteMultiple } from "./remote-frame.ts";
import { createRemotePainting, type OrderOptions, type RemoteOrder } from "./remote-painting.ts";
import { pauseFor, persistently, type RemotePatience, standardPatience } from "./remote-patience.ts";
import { createRemoteClient, jsonBody } from "./remote-request.ts";

export interface A1111Options {
  readonly server: RemoteServer;
  /** Side of the frames that its checkpoint paints best, in pixels. */
  readonly side: number;
  readonly patience?: RemotePatience;
}

const progressPath = "/sdapi/v1/progress?skip_current_image=true";
const answerSchema = z.object({ images: z.array(z.string()).nullish() });
const progressSchema = z.object({
  state: z.object({ sampling_step: z.number().nullish(), sampling_steps: z.number().nullish() }),
});

/**
 * Paints at an AUTOMATIC1111 web UI or a Forge that was started with `--api`, with whatever checkpoint it has loaded
 * (https://github.com/AUTOMATIC1111/stable-diffusion-webui, `modules/api`). One painting is one `img2img` with a mask.
 * Cancelling interrupts what the server paints at that moment: it knows no more exact way.
 */
export function createA1111({ server, side, patience = standardPatience }: A1111Options): Inpainter {
  const client = createRemoteClient(server);
  const milliseconds = server.timeoutSeconds * 1000;
  const look = (signal?: AbortSignal) =>
    client.json(progressPath, progressSchema, { milliseconds: patience.answer, signal });

  async function paint(order: RemoteOrder, { signal, onShare }: OrderOptions): Promise<Uint8Array> {
    const ending = new AbortController();
    let isOver = false;
    const body = jsonBody(img2imgOf(order));
    const answer = client
      .json("/sdapi/v1/img2img", answerSchema, { body, milliseconds, signal: ending.signal })
      .finally(() => {
        isOver = true;
        over.abort();
      });
    const over = new AbortController();
    answer.catch(() => {});
    const cancel = () => void stopPainting(over.signal).then(() => ending.abort());
    signal?.addEventListener("abort", cancel, { once: true });
    let lastHeard = performance.now();
    try {
      while (!isOver) {
        await pauseFor(patience.poll, over.signal);
        if (isOver || signal?.aborted) break;
        const share = await look(over.signal).then(shareOf, () => null);
        if (isOver) break;
        if (share !== null) lastHeard = performance.now();
        else if (performance.now() - lastHeard > patience.lost) ending.abort();
        if (share !== null) onShare(share);
      }
      const { images } = await answer;
      throwIfCancelled(signal);
      const [picture] = images ?? [];
      if (picture === undefined)
        throw refused(`Expected a picture from ${server.name} at ${server.url}, got none.`);
      return Buffer.from(picture.replace(/^data:[^,]*,/, ""), "base64");
    } catch (error) {
      throwIfCancelled(signal);
      const isGone = error instanceof EditError && error.code === "cancelled";
      throw isGone ? unreachable(server, `nothing for ${patience.lost / 1000} s while it painted`) : error;
    } finally {
      signal?.removeEventListener("abort", cancel);
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
      const persistence = { pauses: patience.pauses, milliseconds, signal };
      // A server that is down, or does not let the bot in, is found before a picture is encoded for it.
      await persistently(() => look(signal), persistence);
      return createRemotePainting(request, `${server.name} at ${server.url}`, (order, options) =>
        persistently(() => paint(order, options), { ...persistence, signal: options.signal }),
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

function shareOf({
  state: { sampling_step: step, sampling_steps: steps },
}: z.infer<typeof progressSchema>): number {
  return step && steps ? step / steps : 0;
}
