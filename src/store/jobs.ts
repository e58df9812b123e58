import type { ErrorCode } from "../errors.ts";
import type { Anchor, EditRequest, EditResult, Progress } from "../types.ts";

/** `waiting` → `running` → `posting` → one of the rest; `undeliverable` can go back to `posting`. */
export type JobState = "waiting" | "running" | "posting" | "done" | "failed" | "cancelled" | "undeliverable";

/** What a job in `posting` has to tell, and the state that it reaches when that is told. */
export type Outcome = "done" | "failed" | "cancelled";

/** Who a job belongs to. */
export interface Owner {
  readonly platform: string;
  readonly workspace: string | null;
  readonly user: string;
}

/** Where a job's message stands; the shape of a chat's place without its meaning. */
export interface JobPlace {
  readonly platform: string;
  readonly workspace: string | null;
  readonly channel: string;
  readonly thread: string | null;
  readonly isDirect: boolean;
}

/** What came before a job that was made from another one's picture or result. */
export interface Lineage {
  readonly parent: string;
  readonly kind: "again" | "reroll" | "larger" | "smaller" | "drawn";
}

/** The square that a job paints by order: `size` of `sizes` around an anchor of the picture; 1 is the smallest. */
export interface Area {
  readonly anchor: Pick<Anchor, "x" | "y">;
  readonly size: number;
  readonly sizes: number;
}

export interface NewJob {
  /** 16 characters of a-z and 0-9, never used before. */
  readonly id: string;
  readonly owner: Owner;
  /** Where it was asked for: rights and limits are those of that place. */
  readonly askedIn: JobPlace;
  /** Where its message goes; `null` where the member can be reached by `/queue` alone. */
  readonly place: JobPlace | null;
  readonly isPrivate: boolean;
  /** BCP 47: the language of its messages. */
  readonly locale: string;
  /** `image` is the file's name within the job's folder. */
  readonly request: EditRequest;
  /** Show the learned box with the result. */
  readonly showsBox: boolean;
  readonly lineage: Lineage | null;
  readonly area: Area | null;
  /** The message that asked, to answer to; `null` where there is none. */
  readonly replyTo: string | null;
}

export interface JobFailure {
  readonly code: ErrorCode;
  /** For logs; a chat has its own words for each code. */
  readonly message: string;
  /** Named in the log and to the member where the code is `internal`. */
  readonly reference: string | null;
  /** Of `setting-out-of-range`: which one, where that is known. */
  readonly setting?: string | undefined;
  /** Of `cancelled`: the id of who did it. */
  readonly by?: string | undefined;
}

/** What of the results a job's message shows. */
export interface JobView {
  /** 1 is best. */
  readonly rank: number;
  readonly showsBox: boolean;
}

/** A job as the store has it. */
export interface JobRecord extends NewJob {
  readonly state: JobState;
  readonly outcome: Outcome | null;
  /** 0; larger goes first. */
  readonly priority: number;
  readonly createdAt: number;
  /** Of the last run. */
  readonly startedAt: number | null;
  /** When the outcome was there. */
  readonly finishedAt: number | null;
  /** Worker processes that died or hung under it. */
  readonly workerDeaths: number;
  /** Times that the main process ended while it ran. */
  readonly restarts: number;
  /** The lane that runs it, or ran it last. */
  readonly lane: string | null;
  readonly progress: Progress | null;
  readonly failure: JobFailure | null;
  readonly result: EditResult | null;
  readonly view: JobView;
  /** False once its pictures were removed by retention or by the member. */
  readonly hasPictures: boolean;
}

/** Just enough of a waiting job to tell its turn. */
export interface WaitingJob {
  readonly id: string;
  /** `PLATFORM:USER`: whose turn it takes; its own person's unless it was moved (`moveWithin`). */
  readonly person: string;
  readonly priority: number;
  readonly createdAt: number;
  readonly pack: string;
  readonly work: Work;
}

/** `learn` finds its box by painting proposals; `paint` is told where, and is done in a fraction of that time. */
export type Work = "learn" | "paint";

/** What kind of work a job is. */
export function workOf({ request, area }: Pick<NewJob, "request" | "area">): Work {
  return request.box || area ? "paint" : "learn";
}

/** A person over all workspaces of a platform, as turns, blocks and admins name them: `PLATFORM:USER`. */
export function personOf({ platform, user }: Omit<Owner, "workspace">): string {
  return `${platform}:${user}`;
}

/** A lane that is free, and what it can do. */
export interface LaneOffer {
  readonly lane: string;
  /** Packs that it can run; `null` for every one. */
  readonly packs: readonly string[] | null;
  /** The pack that its worker has loaded: jobs of it are preferred ... */
  readonly loadedPack: string | null;
  /** ... to a job of the same priority that was made less than this ago, milliseconds. */
  readonly loadingMilliseconds: number;
}

export interface JobFilter {
  readonly states?: readonly JobState[];
  readonly platform?: string;
  readonly workspace?: string | null;
  readonly user?: string;
  readonly createdAfter?: number;
  readonly createdBefore?: number;
  readonly finishedBefore?: number;
  readonly hasPictures?: boolean;
  /** Default 100. */
  readonly limit?: number;
}

/** What the recovery after a crash did with a job that was running. */
export interface Recovery {
  readonly waitingAgain: readonly string[];
  /** Ran into the limit of restarts: in `posting` with outcome `failed` now. */
  readonly failed: readonly string[];
}

/** More worker deaths than this, or restarts, fail a job (design: after 2, after 5). */
export const deathLimits = { workerDeaths: 2, restarts: 5 } as const;

/** What a removal took, by ids of jobs: they are gone with all that the store had of them. */
export interface Removed {
  readonly jobs: readonly string[];
  /** Jobs of other members, made from a picture of the one whose jobs went. */
  readonly copies: readonly string[];
  /** Of these and those, the ones that waited or ran: a lane may still be at them. */
  readonly stopped: readonly string[];
}

export interface JobStore {
  /** In `waiting` from now on, and an order of its owner from now on. Rejects where the id was used before. */
  add(job: NewJob, now: number): Promise<JobRecord>;
  find(id: string): Promise<JobRecord | null>;
  /** Newest first. */
  list(filter: JobFilter): Promise<readonly JobRecord[]>;
  count(filter: JobFilter): Promise<number>;
  /**
   * All waiting jobs, in no order; and the turns of those they belong to: the number of a person's last claim, larger is
   * later. Who never had a claim is not in it.
   */
  waiting(): Promise<{ readonly jobs: readonly WaitingJob[]; readonly turns: ReadonlyMap<string, number> }>;
  /**
   * `waiting` → `running`: the next fair job that the lane can run. Higher priority first; then the person whose last
   * claim is longest ago (of those who never had one, who has waited longest); then age (`fair-order.ts` gives the same
   * order for all). In one transaction, so two lanes never claim the same.
   */
  claim(offer: LaneOffer, now: number): Promise<JobRecord | null>;
  /** Of a running job; anything else is left as it is. */
  recordProgress(id: string, progress: Progress): Promise<void>;
  /** `running` → `posting`. False where it no longer ran (cancelled meanwhile): the answer came too late. */
  finish(
    id: string,
    end: { readonly result: EditResult } | { readonly failure: JobFailure },
    now: number,
  ): Promise<boolean>;
  /**
   * A running job lost its worker: `waiting` again, with its person's turn given back as if it had not been claimed, or
   * `posting` as failed after too many deaths. `gone` where it no longer ran.
   */
  loseWorker(id: string, failure: JobFailure, now: number): Promise<"waiting" | "failed" | "gone">;
  /** `running` → `waiting`, turn given back and nothing counted: the process ends in good order. False where it no longer ran. */
  release(id: string): Promise<boolean>;
  /** `waiting` or `running` → `posting` with outcome `cancelled`, and by whom. False where it is neither. */
  cancel(id: string, now: number, by?: string): Promise<boolean>;
  /** A waiting job before all others: the highest priority so far and one more. */
  moveToFront(id: string): Promise<boolean>;
  /**
   * Waiting jobs in the order in which they stand: the last of them takes the place of the first, with its person's turn, its
   * age and its priority, and each other the place of the one after it. Nobody else's place changes. False where one of them
   * does not wait any more: then none is moved.
   */
  moveWithin(ids: readonly string[]): Promise<boolean>;
  /** `posting` → its outcome. */
  markDelivered(id: string): Promise<boolean>;
  /** `posting` → `undeliverable`. */
  markUndeliverable(id: string): Promise<boolean>;
  /** `undeliverable` → `posting`, to another place where one is given. */
  redeliver(id: string, place: JobPlace | null): Promise<boolean>;
  setPlace(id: string, place: JobPlace | null): Promise<void>;
  setView(id: string, view: JobView): Promise<void>;
  /** Once at start: what ran when the process ended waits again, or failed; but for these ids, which run elsewhere still. */
  recover(now: number, goesOn?: readonly string[]): Promise<Recovery>;
  /**
   * Marks what is over and finished before then as without pictures. Gives the ids of all whose folders have to go: these, and
   * any from before, removed jobs' too, that `folderRemoved` was not told of. So a crash between the two leaves no picture
   * behind.
   */
  expirePictures(finishedBefore: number): Promise<readonly string[]>;
  /** A job's folder is gone. */
  folderRemoved(id: string): Promise<void>;
  /** Removes jobs that are over and finished before then, with what was typed for them; how many. Messages stay. */
  expireTexts(finishedBefore: number): Promise<number>;
  /**
   * Removes all jobs of a person, in whatever state, with their messages, and all that others made from the person's pictures.
   * What the person is ordering at that moment comes to no job: `add` rejects with the EditError `cancelled`.
   */
  forget(owner: Omit<Owner, "workspace">, now: number): Promise<Removed>;
  /**
   * Removes one job in the same way, with what others made from its picture where its owner sent that in; further jobs of its
   * owner stay. `null` where there is none.
   */
  remove(id: string, now: number): Promise<Removed | null>;
  /** Since a time: how many jobs reached which state, and their run times in seconds. */
  statistics(since: number): Promise<JobStatistics>;
  /** Of all jobs that were made, claimed or ended since a time, oldest first: when. */
  times(since: number): Promise<readonly JobTimes[]>;
}

/** When what of a job happened, milliseconds since 1970. */
export interface JobTimes {
  readonly createdAt: number;
  /** Of the last run. */
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
  readonly outcome: Outcome | null;
}

export interface JobStatistics {
  readonly done: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly undeliverable: number;
  /** Seconds from claim to outcome of jobs that are done; `null` where there are none. */
  readonly medianSeconds: number | null;
  readonly p95Seconds: number | null;
  readonly failuresByCode: Readonly<Record<string, number>>;
}

/** States in which nothing more happens to a job by itself. */
export const statesOver = ["done", "failed", "cancelled", "undeliverable"] as const satisfies JobState[];
