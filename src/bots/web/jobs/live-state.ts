import type { Progress } from "../../../types.ts";
import type { LiveChange, LiveResult, LiveState } from "../protocol.ts";

// What was told of a job that runs, put together; and what each thing that is told changes of it.

/** Before anything was told. */
export const emptyLiveState: LiveState = {
  phase: "loading",
  ...{ stepsDone: 0, stepsTotal: 0, secondsLeft: null, features: null, round: null },
  ...{ losses: [], drafts: [], painting: null, results: [] },
};

/** @param urlOf Where a result's file is served. */
export function changeOf(before: LiveState, progress: Progress, urlOf: (file: string) => string): LiveChange {
  const { phase, stepsDone, stepsTotal, secondsLeft } = progress;
  const change: LiveChange = { phase, stepsDone, stepsTotal, secondsLeft };
  switch (progress.phase) {
    case "features": {
      const { attention, anchors, proposals } = progress;
      return { ...change, features: { attention, anchors, proposals } };
    }
    case "round": {
      const { round, probabilities, losses } = progress;
      const known = losses.flat().filter((loss) => loss !== null);
      const mean = known.length === 0 ? null : known.reduce((sum, loss) => sum + loss, 0) / known.length;
      const least = known.length === 0 ? null : Math.min(...known);
      const others = before.losses.filter((each) => each.round !== round);
      return {
        ...change,
        round: { round, probabilities, losses },
        losses: [...others, { round, mean, least }],
      };
    }
    case "painting": {
      const { quality, anchors, step, steps } = progress;
      return { ...change, painting: { quality, anchors, step, steps } };
    }
    case "draft": {
      const { anchor, proposal, thumbnail } = progress;
      const rgb = Buffer.from(thumbnail.rgb).toString("base64");
      return { ...change, newDrafts: [{ anchor, proposal, side: thumbnail.side, rgb }] };
    }
    case "result": {
      const { rank, anchor, box, file, losses, unsafe } = progress;
      const result: LiveResult = { rank, anchor, box, losses, unsafe, url: urlOf(file) };
      return { ...change, newResults: [result] };
    }
    default:
      return change;
  }
}

/** The state after a change. */
export function applied(state: LiveState, change: LiveChange): LiveState {
  const { newDrafts = [], newResults = [], ...rest } = change;
  return {
    ...state,
    ...rest,
    drafts: [...state.drafts, ...newDrafts],
    results: [...state.results, ...newResults],
  };
}

/** Two changes as one. */
export function merged(first: LiveChange, second: LiveChange): LiveChange {
  const newDrafts = [...(first.newDrafts ?? []), ...(second.newDrafts ?? [])];
  const newResults = [...(first.newResults ?? []), ...(second.newResults ?? [])];
  return {
    ...first,
    ...second,
    ...(newDrafts.length > 0 ? { newDrafts } : {}),
    ...(newResults.length > 0 ? { newResults } : {}),
  };
}
