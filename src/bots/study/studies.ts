import type { StudyBoard } from "./board.ts";
import type { StudyFiles } from "./study-files.ts";
import type { StudySets } from "./study-set.ts";
import type { Voting } from "./voting.ts";

/** What studies are run with. */
export interface Studies {
  readonly sets: StudySets;
  readonly files: StudyFiles;
  readonly voting: Voting;
  readonly board: StudyBoard;
}
