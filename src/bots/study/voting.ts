import { randomInt } from "node:crypto";
import { EditError } from "../../errors.ts";
import type { Store } from "../../store/store.ts";
import type { Showing, StudyRecord, Voter } from "../../store/studies.ts";
import type { AdapterLog } from "../chat.ts";
import type { InTurn } from "../turns.ts";
import { checkEvery, nextPair, pairsFor } from "./pairing.ts";
import { presentIn, type StudyPicture, type StudySets } from "./study-set.ts";

/** What a voter sees next; `null` where they have seen all that there is for them. */
export interface Offer {
  readonly showing: Showing;
  readonly picture: StudyPicture;
  /** Which of their pairs it is, from 1, and how many there will be, checks included. */
  readonly number: number;
  readonly of: number;
}

export interface Voting {
  /**
   * The pair that the voter has open, or their next one.
   * @throws EditError `study-not-running`, `study-pictures-gone` where no picture is left that could be shown; Refusal `study-set-*`
   */
  next(study: StudyRecord, voter: Voter): Promise<Offer | null>;
}

export interface VotingParts {
  readonly store: Pick<Store, "studies">;
  readonly sets: StudySets;
  readonly inTurn: InTurn;
  readonly clock: () => number;
  readonly log: AdapterLog;
  /** Uniform whole number from 0 to `bound` - 1. Default: the system's. */
  readonly integer?: (bound: number) => number;
}

export function createVoting({ store, sets, inTurn, clock, log, integer = randomInt }: VotingParts): Voting {
  const { studies } = store;
  const told = new Set<string>();

  async function next({ id }: StudyRecord, voter: Voter): Promise<Offer | null> {
    const study = await studies.find(id);
    if (study?.state !== "running") {
      throw new EditError(
        "study-not-running",
        `Expected a study that runs, got one that is ${study?.state ?? "gone"}.`,
      );
    }
    const set = await sets.open(study.set);
    const pictures = await presentIn(set.pictures, study.methods);
    if (pictures.length < set.pictures.length) tellOfMissing(study, set.pictures.length - pictures.length);
    for (;;) {
      const shown = await studies.shownTo(id, voter);
      const showing =
        shown.find(({ choice }) => choice === null) ?? (await showNext(study, voter, { pictures, shown }));
      if (showing === null) {
        if (pictures.length > 0) return null;
        throw new EditError(
          "study-pictures-gone",
          `Expected pictures of the set ${study.set}, got none that is still there.`,
        );
      }
      const picture = pictures.find(({ picture: name }) => name === showing.picture);
      if (picture?.results.has(showing.left) && picture.results.has(showing.right)) {
        return { showing, picture, ...placeOf(study, pictures, { shown, showing }) };
      }
      // It went after it was shown.
      await studies.withdraw(showing.number);
    }
  }

  async function showNext(
    study: StudyRecord,
    voter: Voter,
    { pictures, shown }: { readonly pictures: readonly StudyPicture[]; readonly shown: readonly Showing[] },
  ): Promise<Showing | null> {
    const tally = await studies.tally(study.id);
    const pair = nextPair({ study, pictures, shown, tally, integer });
    return pair && studies.show({ study: study.id, ...pair }, voter, clock());
  }

  /** Once of each study. */
  function tellOfMissing({ id, set }: StudyRecord, count: number): void {
    if (told.has(id)) return;
    told.add(id);
    log("warn", "pictures of a study's set are gone", { study: id, set, count });
  }

  return { next: (study, voter) => inTurn(`study ${study.id}`, () => next(study, voter)) };
}

/** Which of the voter's pairs it is, and of how many; checks are counted, so that they cannot be told apart. */
function placeOf(
  study: StudyRecord,
  pictures: readonly StudyPicture[],
  { shown, showing }: { readonly shown: readonly Showing[]; readonly showing: Showing },
): Pick<Offer, "number" | "of"> {
  const all = shown.includes(showing) ? shown : [...shown, showing];
  const checks = all.filter(({ garbled }) => garbled !== null).length;
  const pairs = pairsFor({ study, pictures, shown: all });
  const number = shown.filter(({ choice }) => choice !== null).length + 1;
  return { number, of: Math.max(number, pairs + Math.max(checks, Math.ceil(pairs / checkEvery))) };
}
