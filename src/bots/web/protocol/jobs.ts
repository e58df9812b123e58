import type { RichText } from "../../../locales/rich-text.ts";
import type { JobState } from "../../../store/jobs.ts";
import type { Anchor, Box, Losses, Progress } from "../../../types.ts";

// A job as the page shows it: where it stands, what is learned of it now, and what came of it.

/** `GET /api/jobs/:id`, of its owner and, in a shared room, of everybody there. */
export interface PageJob {
  readonly id: string;
  readonly room: string;
  readonly prompt: string;
  readonly isMine: boolean;
  readonly state: JobState;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
  /** While it waits. */
  readonly standing: { readonly position: number; readonly seconds: number | null } | null;
  /** Why it failed, in words; `null` otherwise. */
  readonly failure: { readonly code: string; readonly text: RichText } | null;
  /** The picture that is edited, re-encoded; `null` once it is not kept any more. */
  readonly source: PageSource | null;
  /** A box that was given in place of a learned one. */
  readonly box: Box | null;
  /** What was learned so far; `null` before it runs, and once that is over and the server was restarted. */
  readonly live: LiveState | null;
  readonly result: PageResult | null;
  readonly actions: JobActions;
  /** The same edit as a command, as it is typed here and in a chat. */
  readonly command: string;
}

/** The picture that is edited: `width` and `height` are those of the upright picture, `url` may be a smaller copy. */
export interface PageSource {
  readonly url: string;
  readonly width: number;
  readonly height: number;
}

/** Signed references of what can be done, for `POST /api/press`; `null` where it cannot be done now. */
export interface JobActions {
  readonly cancel: string | null;
  readonly delete: string | null;
  readonly reroll: string | null;
}

/** What came of a job. */
export interface PageResult {
  readonly width: number;
  readonly height: number;
  /** The thing that was found, in the session's language, and how sure that is, 0 to 1. */
  readonly source: { readonly text: string; readonly confidence: number };
  readonly seed: number;
  readonly pack: string;
  readonly seconds: number;
  readonly anchors: readonly Anchor[];
  /** Best first. */
  readonly results: readonly PageRanked[];
  /** What to know about it, in words. */
  readonly warnings: readonly RichText[];
  /** Where `edit.json` is. */
  readonly details: string;
}

export interface PageRanked {
  readonly rank: number;
  readonly anchor: number | null;
  readonly box: Box;
  /** For the screen: at most 2048 pixels a side. */
  readonly url: string;
  /** The lossless PNG, as a download. */
  readonly download: string;
  /** The same with its box and anchor drawn in. */
  readonly overlay: string;
  readonly scores: { readonly t2i: number; readonly i2i: number; readonly quality: number };
  readonly losses: Losses;
  readonly weak: boolean;
  readonly isUnsafe: boolean;
  /** What it scored, in words. */
  readonly words: string;
  /** References for `POST /api/press` that go on from this result. */
  readonly actions: {
    readonly larger: string | null;
    readonly smaller: string | null;
    readonly reroll: string | null;
    readonly again: string | null;
  };
}

/** All that was told of a job that runs, put together: a page that opens late sees the same as one that was there. */
export interface LiveState {
  readonly phase: Progress["phase"];
  readonly stepsDone: number;
  readonly stepsTotal: number;
  readonly secondsLeft: number | null;
  readonly features: LiveFeatures | null;
  readonly round: LiveRound | null;
  /** Mean of the known losses after each round, oldest first. */
  readonly losses: readonly {
    readonly round: number;
    readonly mean: number | null;
    readonly least: number | null;
  }[];
  /** Latest last. */
  readonly drafts: readonly LiveDraft[];
  readonly painting: LivePainting | null;
  /** Results that stand already. */
  readonly results: readonly LiveResult[];
}

export interface LiveFeatures {
  /** `[row][column]`, one value a patch; the grid covers the whole picture. */
  readonly attention: readonly (readonly number[])[];
  readonly anchors: readonly Anchor[];
  /** `[anchor][proposal]`, in pixels of the upright picture. */
  readonly proposals: readonly (readonly Box[])[];
}

export interface LiveRound {
  readonly round: number;
  /** `[anchor][proposal]` */
  readonly probabilities: readonly (readonly number[])[];
  readonly losses: readonly (readonly (number | null)[])[];
}

export interface LiveDraft {
  readonly anchor: number;
  readonly proposal: number;
  /** Pixels a side. */
  readonly side: number;
  /** `side * side * 3` bytes, row-major, in base64. */
  readonly rgb: string;
}

export interface LivePainting {
  readonly quality: "draft" | "full";
  readonly anchors: readonly number[];
  readonly step: number;
  readonly steps: number;
}

/** A result before all are ranked; `rank` is `null` for the first, which stands before the others are painted. */
export interface LiveResult {
  readonly rank: number | null;
  readonly anchor: number | null;
  readonly box: Box;
  readonly url: string;
  readonly losses: Losses;
  /** It may have to be hidden: how probable it is that it is unsafe, 0 to 1; `null` where that was not checked. */
  readonly unsafe: number | null;
}

/** What changed of a `LiveState`: each part that is there takes the place of the old one, `drafts` and `results` are added. */
export interface LiveChange extends Partial<Omit<LiveState, "drafts" | "results" | "losses">> {
  readonly losses?: LiveState["losses"];
  readonly newDrafts?: readonly LiveDraft[];
  readonly newResults?: readonly LiveResult[];
}

/** `GET /api/jobs?search=&before=&limit=`: one's own, newest first. */
export interface JobPage {
  readonly jobs: readonly JobSummary[];
  /** `before` of the next page; `null` where there is none. */
  readonly earlier: string | null;
}

export interface JobSummary {
  readonly id: string;
  readonly prompt: string;
  readonly state: JobState;
  readonly createdAt: number;
  /** A small copy of its best result; `null` where there is none. */
  readonly url: string | null;
}
