import type { StudyBoard } from "./board.ts";
import type { StudyPictures } from "./study-pictures.ts";
import type { StudySets } from "./study-set.ts";
import type { Voting } from "./voting.ts";

/** What studies are run with. */
export interface Studies {
  readonly sets: StudySets;
  readonly pictures: StudyPictures;
  readonly voting: Voting;
  readonly board: StudyBoard;
}
