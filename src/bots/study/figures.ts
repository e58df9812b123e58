import { type BradleyTerryScore, bradleyTerry } from "../../eval/statistics/bradley-terry.ts";
import { type Comparison, type Preference, preferencesOf } from "../../eval/statistics/people-preference.ts";
import { type VotesNeeded, votesNeeded } from "../../eval/statistics/votes-needed.ts";
import type { Choice, SeenShowing, StudyRecord } from "../../store/studies.ts";
import { type Attention, attentionOf } from "./attention.ts";
import { methodPairs } from "./pairing.ts";

/** What came of a study so far. */
export interface StudyFigures {
  /** People and their votes that count, and those of people who failed the check. */
  readonly counted: { readonly people: number; readonly votes: number };
  readonly failed: { readonly people: number; readonly votes: number };
  /** People, among those who count, who stopped before their first check. */
  readonly unchecked: number;
  /** A line for each pair of methods. */
  readonly preferences: readonly (Preference & { readonly needed: VotesNeeded })[];
  /** Mean of the shares; `null` unless one method was compared with several others, as in the paper's Table 1. */
  readonly average: number | null;
  /** Most liked first. */
  readonly scores: readonly BradleyTerryScore[];
  /** Of the bootstrap. */
  readonly seed: number;
}

const seed = 17;

/** What a choice is worth for the method on the left. */
export const shareOf: Readonly<Record<Choice, number>> = { left: 1, tie: 0.5, right: 0 };

/** @param pictures How many the set has. */
export function figuresOf(study: StudyRecord, votes: readonly SeenShowing[], pictures: number): StudyFigures {
  const attention = attentionByVoter(votes);
  const real = votes.filter(({ garbled }) => garbled === null);
  const isCounted = ({ voter }: SeenShowing) => attention.get(voter) !== "failed";
  const counted = real.filter(isCounted);
  const comparisons = counted.map(
    ({ voter, picture, left, right, choice }): Comparison => ({
      ...{ person: voter, picture, first: left, second: right, share: shareOf[choice ?? "tie"] },
    }),
  );
  const options = { seed };
  const preferences = preferencesOf(comparisons, methodPairs(study), options).map((preference) => ({
    ...preference,
    needed: votesNeeded(preference, pictures),
  }));
  const people = (kind: (each: Attention) => boolean) => [...attention.values()].filter(kind).length;
  return {
    counted: { people: people((each) => each !== "failed"), votes: counted.length },
    failed: { people: people((each) => each === "failed"), votes: real.length - counted.length },
    unchecked: people((each) => each === "unchecked"),
    preferences,
    average: study.against !== null && preferences.length > 1 ? averageOf(preferences) : null,
    scores: bradleyTerry(comparisons, study.methods, options),
    seed,
  };
}

/** By voter. */
export function attentionByVoter(votes: readonly SeenShowing[]): ReadonlyMap<string, Attention> {
  const byVoter = new Map<string, SeenShowing[]>();
  for (const vote of votes) byVoter.set(vote.voter, [...(byVoter.get(vote.voter) ?? []), vote]);
  return new Map([...byVoter].map(([voter, own]) => [voter, attentionOf(own)]));
}

function averageOf(preferences: readonly Preference[]): number | null {
  const known = preferences.filter(({ votes }) => votes > 0);
  return known.length === 0 ? null : known.reduce((sum, { share }) => sum + share, 0) / known.length;
}
