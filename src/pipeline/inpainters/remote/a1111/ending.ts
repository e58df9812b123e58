import type { A1111State } from "./api.ts";

/** A look at the server's state, and when, in milliseconds of a monotonic clock. */
export interface Look {
  readonly at: number;
  readonly state: A1111State;
}

/** What is known of a painting whose answer is there. */
export interface Answered {
  /** The server's stamp of its beginning, as its answer has it. */
  readonly startedAt: string | null;
  readonly at: number;
  /** The state after the answer; `null` where it could not be had. */
  readonly state: A1111State | null;
  /** The looks while it was waited for, in order; others' paintings are among them. */
  readonly looks: readonly Look[];
}

/**
 * How a painting ended. The server keeps one flag for all of its clients, which the next painting clears, and answers one that was
 * interrupted like one that is finished. `cut-off`: another one has begun since, and this one cannot have been finished, by
 * the pace that it was seen at; `unseen`: another one has begun since, and no look tells.
 */
export type Ending = "finished" | "interrupted" | "cut-off" | "unseen";

export function endingOf({ startedAt, at, state, looks }: Answered): Ending {
  const isOurs = startedAt === null || (state?.job_timestamp === startedAt && !state.job);
  if (state === null || isOurs) return isStopped(state) ? "interrupted" : "finished";
  const own = looks.filter((look) => look.state.job_timestamp === startedAt);
  if (own.some((look) => isStopped(look.state))) return "cut-off";
  if (own.some((look) => (look.state.job_no ?? 0) > 0)) return "finished";
  const [first, last] = [own[0], own.at(-1)];
  if (!first || !last) return "unseen";
  const [from, to, steps] = [stepOf(first), stepOf(last), last.state.sampling_steps ?? 0];
  if (steps > 0 && to >= steps) return "finished";
  if (to <= from) return "unseen";
  const pace = fastestPace(own, (to - from) / 2);
  // Twice as fast as it was seen, or slower, could be.
  return ((steps - to) * pace) / 2 > at - last.at ? "cut-off" : "finished";
}

/** Milliseconds a step, where it went fastest for so many steps: what it waited for elsewhere is no pace. */
function fastestPace(looks: readonly Look[], steps: number): number {
  let fastest = Number.POSITIVE_INFINITY;
  for (const [index, from] of looks.entries()) {
    const to = looks.slice(index + 1).find((look) => stepOf(look) - stepOf(from) >= steps);
    if (to) fastest = Math.min(fastest, (to.at - from.at) / (stepOf(to) - stepOf(from)));
  }
  return fastest;
}

function isStopped(state: A1111State | null): boolean {
  return state?.interrupted === true || state?.skipped === true;
}

function stepOf({ state }: Look): number {
  return state.sampling_step ?? 0;
}
