import { EditError, throwIfCancelled } from "../../errors.ts";
import { createRetries, pauseFor } from "../../retry.ts";

/** What may pass by itself: a cut connection, a busy server. */
export class PassingFailure extends Error {
  override readonly name = "PassingFailure";
  /** How long the other side asks to be left alone; `null` where it does not say. */
  readonly waitMilliseconds: number | null;

  constructor(message: string, options: { waitMilliseconds?: number | null; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.waitMilliseconds = options.waitMilliseconds ?? null;
  }
}

export interface HubRetryOptions {
  readonly signal: AbortSignal;
  /** Tries in a row that brought nothing before it is given up. Default 6. */
  readonly tries?: number;
  /** The first wait, doubled with each further one. Default 500 ms. */
  readonly firstWaitMilliseconds?: number;
  /** Called before each wait. */
  readonly onWait?: ((why: string, milliseconds: number) => void) | undefined;
}

/** Waits after a failure that may pass, longer each time. */
export interface HubRetries {
  /**
   * @param hadProgress The failed try brought something: the count of tries starts again.
   * @throws the failure itself where it will not pass; EditError `hub-unavailable` at the last try; `cancelled`
   */
  after(failure: unknown, hadProgress: boolean): Promise<void>;
}

/** A server that wants to be left alone for longer than this is given up on, with that in the message. */
const longestAskedPause = 5 * 60_000;
const longestPause = 30_000;

export function createHubRetries(options: HubRetryOptions): HubRetries {
  const { signal, tries = 6, firstWaitMilliseconds = 500, onWait } = options;
  const retries = createRetries({
    attempts: tries,
    pauses: { first: firstWaitMilliseconds, longest: longestPause },
    askedPause: (failure) => (failure instanceof PassingFailure ? failure.waitMilliseconds : null),
    longestAskedPause,
  });
  return {
    async after(failure, hadProgress) {
      throwIfCancelled(signal);
      if (!(failure instanceof PassingFailure)) throw failure;
      if (hadProgress) retries.startAgain();
      const pause = retries.pauseAfter(failure);
      if (pause === null) throw unavailable(failure, retries.failures);
      onWait?.(failure.message, pause);
      await pauseFor(pause, signal);
      throwIfCancelled(signal);
    },
  };
}

/** Does it again while it fails in ways that may pass. */
export async function retryAtHub<T>(work: () => Promise<T>, options: HubRetryOptions): Promise<T> {
  const retries = createHubRetries(options);
  for (;;) {
    try {
      return await work();
    } catch (failure) {
      await retries.after(failure, false);
    }
  }
}

function unavailable(failure: PassingFailure, failures: number): EditError {
  const wait = failure.waitMilliseconds;
  const got = wait === null ? `after ${failures} tries` : `and a request to wait ${Math.ceil(wait / 1000)} s`;
  return new EditError(
    "hub-unavailable",
    `Expected the model hub to answer, got ${failure.message} ${got}. Run the same command again later: it goes on where it stopped.`,
    { cause: failure },
  );
}
