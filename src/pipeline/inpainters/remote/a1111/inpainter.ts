import { throwIfCancelled } from "../../../../errors.ts";
import { pauseFor } from "../../../../retry.ts";
import type { RemoteServer } from "../../../../types.ts";
import type { Inpainter } from "../../inpainter.ts";
import { refused, unreachable } from "../failures.ts";
import { createRemoteInpainter } from "../inpainter.ts";
import type { OrderOptions, RemoteOrder } from "../painting.ts";
import { type RemotePatience, standardPatience } from "../patience.ts";
import { openA1111Api } from "./api.ts";

export interface A1111Options {
  readonly server: RemoteServer;
  /** Side of the frames that its checkpoint paints best, in pixels. */
  readonly side: number;
  readonly patience?: RemotePatience;
}

/**
 * Paints at an AUTOMATIC1111 web UI or a Forge that was started with `--api`, with whatever checkpoint it has loaded
 * (https://github.com/AUTOMATIC1111/stable-diffusion-webui, `modules/api`). One painting is one `img2img` with a mask.
 * Cancelling interrupts what the server paints at that moment: it knows no more exact way.
 */
export function createA1111({ server, side, patience = standardPatience }: A1111Options): Inpainter {
  const api = openA1111Api(server);
  const at = `${server.name} at ${server.url}`;
  const stateNow = (signal?: AbortSignal) => api.state({ milliseconds: patience.answer, signal });

  async function paint(
    order: RemoteOrder,
    { signal, onShare, milliseconds }: OrderOptions & { readonly milliseconds: number },
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
      // The watch ends it before that.
      milliseconds: milliseconds + 2 * patience.stop + patience.answer,
      signal: ending.signal,
    };
    try {
      const picture = await api.paint(order, request);
      throwIfCancelled(signal);
      if (loss !== null) throw unreachable(server, loss);
      // What was interrupted is answered like what is finished.
      const last = await stateNow(signal).catch(() => null);
      if (last?.interrupted || last?.skipped)
        throw refused(`Expected ${at} to paint, got an interruption by somebody else there.`);
      if (picture === null) throw refused(`Expected a picture from ${at}, got none.`);
      return picture;
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
      const state = await stateNow(either).catch(() => null);
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
    const request = { milliseconds: patience.stop, signal: over };
    while (!over.aborted && performance.now() - start < patience.stop) {
      await api.interrupt(request).catch(() => {});
      await pauseFor(patience.poll, over);
    }
  }

  return createRemoteInpainter({
    server,
    side,
    patience,
    find: stateNow,
    paint,
    close: () => api[Symbol.dispose](),
  });
}
