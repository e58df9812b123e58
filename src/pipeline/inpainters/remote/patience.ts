import { EditError } from "../../../errors.ts";
import type { RetryPolicy } from "../../../retry.ts";

/** How a server is waited for. All in milliseconds. */
export interface RemotePatience {
  /** Pauses before each further try: a server that restarts loads its model again. */
  readonly pauses: readonly number[];
  /**
   * Further tries of a job's first request where nobody listens at the address: a server that has painted for the job may
   * be starting again, one that has not is down, and others could paint in its place.
   */
  readonly firstRequestRetries: number;
  /** Between two looks at a painting's progress. */
  readonly poll: number;
  /** For an answer that needs no painting. */
  readonly answer: number;
  /** For a look at a painting's progress: several of them fail before the painting counts as lost. */
  readonly look: number;
  /** A server that paints and answers no look at its progress for so long is gone. */
  readonly lost: number;
  /** For a server that was asked to stop painting; less than a worker has that was asked to stop (`leastCancel`). */
  readonly stop: number;
}

/** About a minute and a half of trying in all, 8 seconds where a job finds nobody. */
export const standardPatience: RemotePatience = {
  pauses: [1000, 2000, 5000, 10_000, 20_000, 30_000],
  firstRequestRetries: 3,
  poll: 300,
  answer: 30_000,
  look: 10_000,
  lost: 30_000,
  stop: 4000,
};

/**
 * For work that a restart or a cut connection may break.
 * @param budget For all tries together.
 * @param retriesUnheard Further tries where nobody listens at the address: all of them, but for a job's first request.
 */
export function retryPolicyOf(
  pauses: RemotePatience["pauses"],
  budget: number,
  retriesUnheard: number = pauses.length,
): RetryPolicy {
  return {
    isPassing: (error, failures) =>
      isUnreachable(error) && !(isNobodyThere(error) && failures > retriesUnheard),
    pauses,
    budget,
  };
}

/** True of what another try may mend. */
export function isUnreachable(error: unknown): boolean {
  return error instanceof EditError && error.code === "inpainter-unreachable";
}

/** True where no connection came about. The name of a container that does not run is EAI_AGAIN to Docker's own DNS. */
function isNobodyThere(error: unknown): boolean {
  return (
    error instanceof EditError &&
    /^(ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN)\b/.test(String(error.cause))
  );
}
