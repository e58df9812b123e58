/** A lane as far as it matters for when jobs start. */
export interface LaneForecast {
  readonly name: string;
  /** Until its running job is done; 0 where it is free; `null` while nobody can say. */
  readonly secondsLeft: number | null;
}

/**
 * Seconds until each job is expected to start, in this order, each on the lane that is free first. `lanes` are those that
 * claim: a paused one is not among them. `null` where no lane's time is known.
 */
export function expectedStarts<Job>(
  jobs: readonly Job[],
  lanes: readonly LaneForecast[],
  secondsOf: (job: Job, lane: string) => number | null,
): readonly (number | null)[] {
  const known = lanes.flatMap(({ name, secondsLeft }) =>
    secondsLeft === null ? [] : [{ name, freeAt: secondsLeft }],
  );
  return jobs.map((job) => {
    const lane = firstFree(known);
    if (!lane) return null;
    const start = lane.freeAt;
    const seconds = secondsOf(job, lane.name);
    if (seconds === null) known.splice(known.indexOf(lane), 1);
    else lane.freeAt += seconds;
    return start;
  });
}

function firstFree<Lane extends { readonly freeAt: number }>(lanes: readonly Lane[]): Lane | undefined {
  let first: Lane | undefined;
  for (const lane of lanes) if (!first || lane.freeAt < first.freeAt) first = lane;
  return first;
}
