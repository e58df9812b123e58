import { randomUUID } from "node:crypto";
import { type EditError, throwIfCancelled } from "../../../../errors.ts";
import { pauseFor } from "../../../../retry.ts";
import type { RemoteServer } from "../../../../types.ts";
import type { Inpainter } from "../../inpainter.ts";
import { overdue, paintingFailure, refused, unreachable } from "../failures.ts";
import { createRemoteInpainter } from "../inpainter.ts";
import type { OrderOptions, RemoteOrder } from "../painting.ts";
import { type RemotePatience, standardPatience } from "../patience.ts";
import { type A1111Answer, openA1111Api } from "./api.ts";
import { endingOf, type Look } from "./ending.ts";

export interface A1111Options {
  readonly server: RemoteServer;
  /** Side of the frames that its checkpoint paints best, in pixels. */
  readonly side: number;
  readonly patience?: RemotePatience;
}

/**
 * Paints at an AUTOMATIC1111 web UI or a Forge that was started with `--api`, with whatever checkpoint it has loaded
 * (https://github.com/AUTOMATIC1111/stable-diffusion-webui, `modules/api`). One painting is one `img2img` with a mask, under a
 * task's name of our own. Cancelling interrupts what the server paints at that moment, it knows no more exact way: so it is done while
 * that is our task, by the server's word, or where the server does not say.
 */
export function createA1111({ server, side, patience = standardPatience }: A1111Options): Inpainter {
  const api = openA1111Api(server);
  const at = `${server.name} at ${server.url}`;
  /** Orders that were painted once more because nobody could tell whether they were finished. */
  const repeated = new WeakSet<RemoteOrder>();
  let outOfMemoryCount = 0;
  const stateNow = (signal?: AbortSignal) => api.state({ milliseconds: patience.look, signal });

  async function paint(
    order: RemoteOrder,
    { signal, onShare, milliseconds }: OrderOptions & { readonly milliseconds: number },
  ): Promise<Uint8Array> {
    const over = new AbortController();
    const ending = new AbortController();
    const task = `task(lrbot-${randomUUID()})`;
    const looks: Look[] = [];
    let loss: EditError | null = null;
    const lose = (error: EditError) => {
      loss = error;
    };
    const watching = watch({ task, looks, milliseconds, signal, onShare, over: over.signal, lose }).finally(
      () => ending.abort(),
    );
    const request = {
      // The watch ends it before that.
      milliseconds: milliseconds + 2 * patience.stop + patience.answer,
      signal: ending.signal,
    };
    try {
      const answer = await api.paint(order, task, request);
      throwIfCancelled(signal);
      if (loss !== null) throw loss;
      return await pictureIn(answer, { order, looks, signal });
    } catch (error) {
      throwIfCancelled(signal);
      throw loss ?? error;
    } finally {
      over.abort();
      await watching;
    }
  }

  /** What was interrupted, and what failed for want of memory, is answered like what is finished. */
  async function pictureIn(
    { picture, startedAt }: A1111Answer,
    painting: {
      readonly order: RemoteOrder;
      readonly looks: readonly Look[];
      readonly signal: AbortSignal | undefined;
    },
  ): Promise<Uint8Array> {
    const { order, looks, signal } = painting;
    const answeredAt = performance.now();
    const state = await stateNow(signal).catch(() => null);
    throwIfCancelled(signal);
    if (picture === null) throw await failureWithoutPicture(signal);
    const ending = endingOf({ startedAt, at: answeredAt, state, looks });
    if (ending === "interrupted")
      throw refused(`Expected ${at} to paint, got an interruption by somebody else there.`);
    if (ending === "cut-off" || (ending === "unseen" && !repeated.has(order))) {
      repeated.add(order);
      throw unreachable(server, "a painting that another client's interruption may have cut off");
    }
    return picture;
  }

  /** SD.Next answers without a picture where its card is out of memory, and counts that. */
  async function failureWithoutPicture(signal: AbortSignal | undefined): Promise<EditError> {
    const count = await api.outOfMemoryCount({ milliseconds: patience.look, signal }).catch(() => null);
    throwIfCancelled(signal);
    const isOutOfMemory = count !== null && count > outOfMemoryCount;
    outOfMemoryCount = count ?? outOfMemoryCount;
    if (isOutOfMemory) return paintingFailure(server, "no picture, for it was out of memory");
    return refused(
      `Expected a picture from ${at}, got none: it failed, or somebody stopped it there. Its own log says more.`,
    );
  }

  /** Looks at a painting until it is over, or lost: a server says nothing, or stops late or not at all. */
  async function watch({
    task,
    looks,
    milliseconds,
    signal,
    onShare,
    over,
    lose,
  }: OrderOptions & {
    readonly task: string;
    readonly looks: Look[];
    readonly milliseconds: number;
    readonly over: AbortSignal;
    readonly lose: (error: EditError) => void;
  }): Promise<void> {
    const start = performance.now();
    let lastHeard = start;
    const either = signal ? AbortSignal.any([over, signal]) : over;
    for (;;) {
      await pauseFor(patience.poll, either);
      if (over.aborted) return;
      const now = performance.now();
      if (signal?.aborted || now - start > milliseconds) {
        lose(overdue(server));
        return stopPainting(task, over);
      }
      const look = await stateNow(either).then(
        (state) => ({ state }),
        () => null,
      );
      if (either.aborted) continue;
      const at = performance.now();
      if (look) lastHeard = at;
      else if (now - lastHeard > patience.lost)
        return lose(unreachable(server, `nothing for ${patience.lost / 1000} s while it painted`));
      const state = look?.state;
      if (!state) continue;
      looks.push({ at, state });
      const { sampling_step: step, sampling_steps: steps } = state;
      if (step && steps) onShare(step / steps);
    }
  }

  /**
   * Interrupts our task while the server paints it, until it is over. While it waits behind others there is nothing to interrupt,
   * and it cannot be taken out of that line.
   */
  async function stopPainting(task: string, over: AbortSignal): Promise<void> {
    const start = performance.now();
    const request = { milliseconds: patience.stop, signal: over };
    while (!over.aborted && performance.now() - start < patience.stop) {
      const state = await api.task(task, request).catch(() => null);
      if (state === "active" || state === "unnamed") await api.interrupt(request).catch(() => {});
      await pauseFor(patience.poll, over);
    }
  }

  return createRemoteInpainter({
    server,
    side,
    patience,
    find: (signal) => api.state({ milliseconds: patience.answer, signal }),
    paint,
    close: () => api[Symbol.dispose](),
  });
}
