import { randomUUID } from "node:crypto";
import { throwIfCancelled } from "../../../../errors.ts";
import { pauseFor } from "../../../../retry.ts";
import type { RemoteServer } from "../../../../types.ts";
import type { Inpainter } from "../../inpainter.ts";
import { refused, unreachable } from "../failures.ts";
import { createRemoteInpainter } from "../inpainter.ts";
import type { OrderOptions, RemoteOrder } from "../painting.ts";
import { isUnreachable, type RemotePatience, standardPatience } from "../patience.ts";
import { type ComfyuiApi, type ComfyuiPicture, openComfyuiApi } from "./api.ts";
import { listenToComfyui } from "./events.ts";
import { checkpointFor } from "./fit.ts";
import type { Workflow } from "./workflow.ts";

export interface ComfyuiOptions {
  readonly server: RemoteServer;
  /** Side of the frames that its checkpoint paints best, in pixels. */
  readonly side: number;
  readonly workflow: Workflow;
  readonly patience?: RemotePatience;
}

/**
 * Paints at a ComfyUI (https://github.com/comfyanonymous/ComfyUI). One painting is one prompt in its queue: frame and mask
 * uploaded, the workflow filled, its history asked until it is over. Its events report steps, and when to ask;
 * nothing depends on them.
 */
export function createComfyui(options: ComfyuiOptions): Inpainter {
  const { server, side, workflow, patience = standardPatience } = options;
  const at = `${server.name} at ${server.url}`;
  const api = openComfyuiApi(server, patience);
  const clientId = randomUUID();
  const { authorization } = server;
  const events = listenToComfyui(server.url, { clientId, authorization });

  async function paint(
    { frame, ...order }: RemoteOrder,
    {
      signal,
      onShare,
      found: checkpoint,
      milliseconds,
    }: OrderOptions & { readonly found: string; readonly milliseconds: number },
  ): Promise<Uint8Array> {
    const start = performance.now();
    events.connect();
    const [image, mask] = [await api.upload(frame.picture, signal), await api.upload(frame.mask, signal)];
    throwIfCancelled(signal);
    const prompt = workflow.fill({
      image,
      mask,
      prompt: order.prompt,
      negative: order.negative,
      seed: order.seed,
      // A KSampler takes all of its steps, whatever it denoises.
      steps: order.taken,
      cfg: order.guidance,
      denoise: order.strength,
      checkpoint,
    });
    const ended = events.nextEnd();
    // Without the signal: a prompt whose id is not known could not be taken back.
    const promptId = await api.queue(prompt, clientId);
    events.onShare = (share, of) => {
      if (of === null || of === promptId) onShare(share);
    };
    try {
      const picture = await pictureOf(promptId, { signal, ended, end: start + milliseconds });
      return await api.view(picture, signal);
    } finally {
      events.onShare = null;
      if (signal?.aborted) await stopPainting(api, promptId, patience);
    }
  }

  async function pictureOf(
    promptId: string,
    options: { readonly signal: AbortSignal | undefined; readonly ended: AbortSignal; readonly end: number },
  ): Promise<ComfyuiPicture> {
    const { signal, end } = options;
    let { ended } = options;
    let lastHeard = performance.now();
    for (;;) {
      await pauseFor(patience.poll, signal, ended);
      ended = events.nextEnd();
      throwIfCancelled(signal);
      const outcome = await api.outcomeOf(promptId, signal).catch((error: unknown) => {
        // It may go on painting behind a proxy that failed once: it is not given the same again at once.
        if (!isUnreachable(error) || performance.now() - lastHeard > patience.lost) throw error;
        return null;
      });
      if (outcome) lastHeard = performance.now();
      if (outcome?.state === "done") return outcome.picture;
      if (outcome?.state === "unknown")
        throw unreachable(server, "a queue that has forgotten what it was given, as after a restart");
      if (outcome?.state === "interrupted")
        throw refused(`Expected ${at} to paint, got an interruption by somebody else there.`);
      if (performance.now() > end) {
        await stopPainting(api, promptId, patience);
        throw unreachable(server, `no picture within ${server.timeoutSeconds} s`);
      }
    }
  }

  return createRemoteInpainter({
    server,
    side,
    patience,
    find: (signal) => checkpointFor(api, server, workflow, signal),
    paint,
    close() {
      events[Symbol.dispose]();
      api[Symbol.dispose]();
    },
  });
}

/** Tells the server to stop until it has, or for as long as it is waited for. What ends may begin at that moment. */
async function stopPainting(api: ComfyuiApi, promptId: string, patience: RemotePatience): Promise<void> {
  const start = performance.now();
  while (performance.now() - start < patience.stop) {
    const isThere = await api.stop(promptId).catch(() => true);
    if (!isThere) return;
    await pauseFor(patience.poll);
  }
}
