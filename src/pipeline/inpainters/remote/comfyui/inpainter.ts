import { randomUUID } from "node:crypto";
import { EditError, throwIfCancelled } from "../../../../errors.ts";
import { pauseFor } from "../../../../retry.ts";
import type { RemoteServer } from "../../../../types.ts";
import type { Inpainter } from "../../inpainter.ts";
import { isAbsent, overdue, refused, unreachable } from "../failures.ts";
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
  const names = createUploadNames(clientId);
  /** The prompt that an order was queued as, known or not. */
  const queued = new WeakMap<RemoteOrder, string>();

  async function paint(
    order: RemoteOrder,
    {
      signal,
      onShare,
      found,
      milliseconds,
    }: OrderOptions & { readonly found: string; readonly milliseconds: number },
  ): Promise<Uint8Array> {
    const start = performance.now();
    events.connect();
    using name = names.take();
    const ended = events.nextEnd();
    const promptId = (await standingPrompt(order, signal)) ?? (await queue(order, found, name, signal));
    events.onShare = (share, of) => {
      if (of === null || of === promptId) onShare(share);
    };
    try {
      const picture = await pictureOf(promptId, { signal, ended, end: start + milliseconds });
      return await api.view(picture, signal).catch((error: unknown) => {
        if (!isAbsent(error)) throw error;
        // A server that has painted the same before tells where it put that; under another name it paints it anew.
        queued.delete(order);
        name.keep();
        throw unreachable(server, "a picture that is gone from its folder");
      });
    } finally {
      events.onShare = null;
      if (signal?.aborted) await stopPainting(api, promptId, patience);
    }
  }

  /** The prompt that an earlier try has queued, whether it heard so or not; `null` where the server knows none. */
  async function standingPrompt(order: RemoteOrder, signal: AbortSignal | undefined): Promise<string | null> {
    const promptId = queued.get(order);
    if (promptId === undefined) return null;
    const { state } = await api.outcomeOf(promptId, signal);
    return state === "unknown" ? null : promptId;
  }

  async function queue(
    order: RemoteOrder,
    checkpoint: string,
    name: UploadName,
    signal: AbortSignal | undefined,
  ): Promise<string> {
    const { picture, mask, width, height } = order.frame;
    const upload = (what: string, png: Uint8Array) => api.upload(`${name.stem}-${what}.png`, png, signal);
    const uploaded = {
      image: await upload("picture", picture),
      mask: await upload("mask", mask),
      ...(workflow.takes("reference")
        ? { reference: await upload("reference", order.reference ?? picture) }
        : {}),
    };
    throwIfCancelled(signal);
    const prompt = workflow.fill({
      ...uploaded,
      prompt: order.prompt,
      negative: order.negative,
      seed: order.seed,
      // A KSampler takes all of its steps, whatever it denoises; without a place for that, the whole schedule is walked.
      steps: workflow.takes("denoise") ? order.taken : order.steps,
      cfg: order.guidance,
      denoise: order.strength,
      width,
      height,
      checkpoint,
    });
    const ours = randomUUID();
    queued.set(order, ours);
    // Without the signal: a prompt of an older version, whose id is not known, could not be taken back.
    const promptId = await api.queue(prompt, { client: clientId, prompt: ours });
    queued.set(order, promptId);
    return promptId;
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
        throw overdue(server);
      }
    }
  }

  return createRemoteInpainter({
    server,
    side,
    ...(workflow.about === null ? {} : { multiple: workflow.about.multiple }),
    takesReference: workflow.takes("reference"),
    patience,
    check({ strength }) {
      if (strength === 1 || workflow.takes("denoise")) return;
      throw new EditError(
        "setting-out-of-range",
        `Expected strength 1, as ${workflow.file} has no place for {{denoise}}, got ${strength}.`,
        { setting: "strength" },
      );
    },
    find: (signal) => checkpointFor(api, server, workflow, signal),
    paint,
    close() {
      events[Symbol.dispose]();
      api[Symbol.dispose]();
    },
  });
}

/** What a painting's uploads are called while it lasts: later ones overwrite them, so that the server's folder does not grow. */
interface UploadName extends Disposable {
  readonly stem: string;
  /** It is not given to another painting. */
  keep(): void;
}

function createUploadNames(clientId: string): { take(): UploadName } {
  const free: number[] = [];
  let count = 0;
  return {
    take() {
      const number = free.pop() ?? count++;
      let isKept = false;
      return {
        stem: `lrbot-${clientId}-${number}`,
        keep() {
          isKept = true;
        },
        [Symbol.dispose]() {
          if (!isKept) free.push(number);
        },
      };
    },
  };
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
