import type { Losses, PaintedProposal, Thumbnail } from "../../types.ts";
import type { Cache } from "../cache.ts";
import type { Quality } from "../inpainters/inpainter.ts";
import {
  type Choice,
  type ChooserRequest,
  choiceAt,
  type DraftRequest,
} from "../regions/choosers/chooser.ts";
import { boxKey } from "../regions/proposals.ts";
import type { Patch, Patches } from "./patches.ts";
import type { ProgressMeter } from "./progress.ts";
import type { Scorer, Scores } from "./scores.ts";

export interface PaintedChoice extends Choice {
  readonly patch: Patch;
  readonly scores: Scores;
}

/** Paints and scores boxes of one edit, and counts: every loss, every call, every step. */
export interface Trials {
  /** The losses of boxes at `steps` sampling steps, in order; a loss known from before costs nothing. */
  draft(choices: readonly Choice[], steps: number): Promise<Losses[]>;
  /** The boxes in full quality, in order; one that was drafted in as many steps costs nothing. */
  paint(choices: readonly Choice[]): Promise<PaintedChoice[]>;
  /** Every painted proposal with its loss at the most steps. */
  readonly proposals: readonly PaintedProposal[];
  readonly calls: { readonly drafts: number; readonly full: number; readonly equivalent: number };
}

export interface TrialsOptions {
  readonly patches: Patches;
  readonly scorer: Scorer;
  readonly meter: ProgressMeter;
  /** Losses by box, steps and quality; whoever gives it has put everything else that a loss hangs on into its keys. */
  readonly losses: Pick<Cache<Losses>, "get" | "set">;
  readonly fullSteps: number;
  /** A draft's pixels over those of a full painting. Default 1. */
  readonly draftShare?: number | undefined;
  /** Told of drafts before their progress is. Default: nobody. */
  readonly onDrafts?: (drafts: readonly PaintedChoice[]) => Promise<void>;
  readonly signal: AbortSignal;
}

export function createTrials(options: TrialsOptions): Trials {
  const { patches, scorer, meter, losses, fullSteps, draftShare = 1, signal } = options;
  const painted = new Map<string, PaintedProposal>();
  /** What was painted in full so far, by box. */
  const finished = new Map<string, PaintedChoice>();
  const calls = { drafts: 0, full: 0, steps: 0 };

  function qualityOf(steps: number): Quality {
    return steps < fullSteps ? "draft" : "full";
  }

  /** A draft may be decoded in a cheaper way than a full painting of as many steps. */
  function lossKeyOf({ box }: Choice, steps: number): string {
    return `${boxKey(box)} ${steps} ${qualityOf(steps)}`;
  }

  async function paintAndScore(choices: readonly Choice[], steps: number): Promise<PaintedChoice[]> {
    const quality = qualityOf(steps);
    const cost = quality === "draft" ? steps * draftShare : steps;
    const anchors = choices.flatMap(({ anchor }) => (anchor === null ? [] : [anchor]));
    let since = performance.now();
    const onStep = (step: number, walked: number) => {
      meter.advance((choices.length * cost) / walked, performance.now() - since);
      since = performance.now();
      meter.report({ phase: "painting", quality, anchors, step, steps: walked });
    };
    const fresh = await patches.paint(
      choices.map(({ box }) => box),
      { steps, quality, signal, onStep },
    );
    const allScores = await scorer.score(fresh.map((patch) => patches.composeForScoring(patch, quality)));
    calls.steps += choices.length * cost;
    calls[quality === "draft" ? "drafts" : "full"] += choices.length;
    return choices.map((choice, index) => {
      const [patch, scores] = [fresh[index], allScores[index]];
      if (!patch || !scores) throw new RangeError(`Expected ${choices.length} scored patches, got fewer.`);
      losses.set(lossKeyOf(choice, steps), scores.losses);
      note(choice, scores.losses, steps);
      const result = { ...choice, patch, scores };
      if (quality === "full") finished.set(boxKey(choice.box), result);
      return result;
    });
  }

  function note({ anchor, box }: Choice, found: Losses, steps: number): void {
    const key = `${anchor} ${boxKey(box)}`;
    if ((painted.get(key)?.steps ?? 0) <= steps) painted.set(key, { anchor, box, losses: found, steps });
  }

  return {
    get proposals() {
      return [...painted.values()];
    },
    get calls() {
      return { drafts: calls.drafts, full: calls.full, equivalent: calls.steps / fullSteps };
    },
    async draft(choices, steps) {
      const known = new Map<string, Losses>();
      const unseen = new Map<string, Choice>();
      for (const choice of choices) {
        const key = lossKeyOf(choice, steps);
        const found = losses.get(key);
        if (found) known.set(key, found);
        else unseen.set(key, choice);
      }
      const drafts = unseen.size === 0 ? [] : await paintAndScore([...unseen.values()], steps);
      if (drafts.length > 0) await options.onDrafts?.(drafts);
      for (const draft of drafts) {
        known.set(lossKeyOf(draft, steps), draft.scores.losses);
        if (draft.anchor !== null && draft.proposal !== null) {
          const thumbnail = thumbnailOf(draft.patch);
          meter.report({ phase: "draft", anchor: draft.anchor, proposal: draft.proposal, thumbnail });
        }
      }
      return choices.map((choice) => {
        const found = known.get(lossKeyOf(choice, steps));
        if (!found) throw new RangeError("Expected a loss for every draft, got none for one.");
        note(choice, found, steps);
        return found;
      });
    },
    async paint(choices) {
      const missing = choices.filter(({ box }) => !finished.has(boxKey(box)));
      if (missing.length > 0) await paintAndScore(missing, fullSteps);
      return choices.map((choice) => {
        const result = finished.get(boxKey(choice.box));
        if (!result) throw new RangeError("Expected a painting of every choice, got none of one.");
        return { ...result, ...choice };
      });
    },
  };
}

/** The total losses of proposals, in order, as a chooser asks for them; those of as many steps share a batch. */
export function drafterOf(
  trials: Pick<Trials, "draft">,
  proposals: ChooserRequest["proposals"],
): ChooserRequest["draft"] {
  return async (requests) => {
    const totals = new Map<DraftRequest, number>();
    for (const steps of new Set(requests.map((request) => request.steps))) {
      const batch = requests.filter((request) => request.steps === steps);
      const choices = batch.map(({ anchor, proposal }) => choiceAt(proposals, anchor, proposal));
      const losses = await trials.draft(choices, steps);
      for (const [index, request] of batch.entries()) {
        const found = losses[index];
        if (found) totals.set(request, found.total);
      }
    }
    return requests.map((request) => {
      const total = totals.get(request);
      if (total === undefined) throw new RangeError("Expected a loss for every draft, got none for one.");
      return total;
    });
  };
}

const thumbnailSide = 48;

/** The painted frame, sampled at a few pixels: quick, and good enough for a preview that changes every second. */
function thumbnailOf({ painted }: Patch): Thumbnail {
  const rgb = new Uint8Array(thumbnailSide * thumbnailSide * 3);
  for (let row = 0; row < thumbnailSide; row++) {
    for (let column = 0; column < thumbnailSide; column++) {
      const y = Math.floor(((row + 0.5) * painted.height) / thumbnailSide);
      const x = Math.floor(((column + 0.5) * painted.width) / thumbnailSide);
      const from = (y * painted.width + x) * 3;
      const to = (row * thumbnailSide + column) * 3;
      for (let channel = 0; channel < 3; channel++) rgb[to + channel] = painted.rgb[from + channel] as number;
    }
  }
  return { side: thumbnailSide, rgb };
}
