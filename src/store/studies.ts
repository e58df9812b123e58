import type { JobPlace, Owner } from "./jobs.ts";
import type { PostedMessage } from "./posts.ts";

/** `running` takes votes, `paused` takes none for a while, `stopped` takes none any more. */
export type StudyState = "running" | "paused" | "stopped";

/** Which of two results a voter prefers. */
export type Choice = "left" | "right" | "tie";

/** What a study compares, and where; never changed. */
export interface NewStudy {
  /** 16 characters of a-z and 0-9, never used before. */
  readonly id: string;
  /** Where its message stands and its voters are. */
  readonly place: JobPlace;
  /** BCP 47: the language of its message. */
  readonly locale: string;
  /** Name of the set. */
  readonly set: string;
  /** At least two. */
  readonly methods: readonly string[];
  /** Every pair has this one of the methods; `null` where all pairs of methods are compared. */
  readonly against: string | null;
  /** Pairs that one voter is shown at most, checks not counted. */
  readonly pairsPerVoter: number;
}

export interface StudyRecord extends NewStudy {
  readonly state: StudyState;
  readonly createdAt: number;
  readonly endedAt: number | null;
  /** The message with its button; `null` until it is posted. */
  readonly message: PostedMessage | null;
}

/** A voter's pair: methods on either side, of one picture. */
export interface NewShowing {
  readonly study: string;
  /** The picture's name within the set. */
  readonly picture: string;
  readonly left: string;
  readonly right: string;
  /**
   * Which side is spoilt on purpose, to see whether the voter looks: then both sides are one method's. `null` of pairs that
   * count.
   */
  readonly garbled: "left" | "right" | null;
}

export interface Showing extends NewShowing {
  /** Of all studies; names the pair in its buttons. */
  readonly number: number;
  readonly shownAt: number;
  readonly choice: Choice | null;
  readonly votedAt: number | null;
}

/** A showing with who saw it: a name that says nothing of the person, another one in each study. */
export interface SeenShowing extends Showing {
  readonly voter: string;
}

/** How often a pair was shown, by who stood where; checks are not in it. */
export interface Tally {
  readonly picture: string;
  readonly left: string;
  readonly right: string;
  readonly count: number;
}

export interface StudyProgress {
  /** People who voted at least once. */
  readonly voters: number;
  /** Votes on pairs that count. */
  readonly votes: number;
}

/** A person over all workspaces of a platform. */
export type Voter = Omit<Owner, "workspace">;

/**
 * Blind comparisons by people. Who voted is kept as a keyed hash, and of a picture its name alone: no prompt and no file is
 * here.
 */
export interface StudyStore {
  /** `running` from now on. `null` where one that is not stopped has that place already. */
  add(study: NewStudy, now: number): Promise<StudyRecord | null>;
  find(id: string): Promise<StudyRecord | null>;
  /** The one of a channel or thread that is not stopped. */
  openIn(place: JobPlace): Promise<StudyRecord | null>;
  /** Newest first. */
  list(filter: StudyFilter): Promise<readonly StudyRecord[]>;
  /** False where it is stopped, or there is none. */
  setState(id: string, state: StudyState, now: number): Promise<boolean>;
  setMessage(id: string, message: PostedMessage): Promise<void>;
  /** With all its showings. False where there is none. */
  remove(id: string): Promise<boolean>;
  /** `null` where this voter was shown these two of this picture before, in whatever order, or there is no such study. */
  show(showing: NewShowing, voter: Voter, now: number): Promise<Showing | null>;
  /** A voter's, oldest first. */
  shownTo(study: string, voter: Voter): Promise<readonly Showing[]>;
  tally(study: string): Promise<readonly Tally[]>;
  /** `null` where it is not this voter's, or has a choice already. */
  vote(number: number, voter: Voter, choice: Choice, now: number): Promise<Showing | null>;
  /** A pair that cannot be shown after all. */
  withdraw(number: number): Promise<void>;
  /** All that have a choice, oldest first. */
  votes(study: string): Promise<readonly SeenShowing[]>;
  progress(study: string): Promise<StudyProgress>;
  /** Votes of a person, of all studies. */
  countVotes(voter: Voter): Promise<number>;
  /** Removes all that a person was shown, with their votes; how many votes. */
  forget(voter: Voter): Promise<number>;
}

export interface StudyFilter {
  readonly platform?: string;
  readonly workspace?: string | null;
  readonly states?: readonly StudyState[];
  /** Default 20. */
  readonly limit?: number;
}
