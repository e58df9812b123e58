import { throwIfCancelled } from "../../../errors.ts";
import { retry } from "../../../retry.ts";
import type { RemoteServer } from "../../../types.ts";
import type { Inpainter, PaintingRequest } from "../inpainter.ts";
import { latentSide } from "./frame.ts";
import { createRemotePainting, type OrderOptions, type RemoteOrder } from "./painting.ts";
import { type RemotePatience, retryPolicyOf } from "./patience.ts";

/** What one kind of server does for its inpainter; `Found` is what its first answer gives. */
export interface RemoteInpainterOptions<Found> {
  readonly server: RemoteServer;
  /** Side of the frames that its checkpoint paints best, in pixels. */
  readonly side: number;
  /** Frame sides and boxes are a multiple of this; default `latentSide`. */
  readonly multiple?: number;
  readonly takesReference?: boolean;
  readonly patience: RemotePatience;
  /** Refuses what cannot be painted there, before anything is asked of the server. */
  readonly check?: (request: PaintingRequest) => void;
  /** The first request of a job: whether the server is there, and lets the bot in. */
  readonly find: (signal: AbortSignal | undefined) => Promise<Found>;
  /** Has one frame painted within so many milliseconds; gives the encoded picture. */
  readonly paint: (
    order: RemoteOrder,
    options: OrderOptions & { readonly found: Found; readonly milliseconds: number },
  ) => Promise<Uint8Array>;
  /** Closes what was opened. */
  readonly close: () => void;
}

/** An inpainter at a server of any kind: what fails in a way that may pass is tried again, as patience has it. */
export function createRemoteInpainter<Found>(options: RemoteInpainterOptions<Found>): Inpainter {
  const {
    server,
    side,
    multiple = latentSide,
    takesReference = false,
    patience,
    check,
    find,
    paint,
    close,
  } = options;
  const budget = server.timeoutSeconds * 1000;
  return {
    name: server.kind,
    side,
    multiple,
    takesReference,
    async begin(request, signal) {
      throwIfCancelled(signal);
      check?.(request);
      const { pauses, firstRequestRetries } = patience;
      // A server that is down, or does not let the bot in, is found before a picture is encoded for it.
      const found = await retry(() => find(signal), retryPolicyOf(pauses, budget, firstRequestRetries), {
        signal,
      });
      const from = { server: `${server.name} at ${server.url}`, multiple };
      return createRemotePainting(request, from, (order, orderOptions) =>
        retry(
          (milliseconds) => paint(order, { ...orderOptions, found, milliseconds }),
          retryPolicyOf(pauses, budget),
          { signal: orderOptions.signal },
        ),
      );
    },
    async [Symbol.asyncDispose]() {
      close();
    },
  };
}
