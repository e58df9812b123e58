import type { ErrorCode } from "../../../errors.ts";
import type { RichText } from "../../../locales/rich-text.ts";

// The operator's view. Every request for it needs the operator's cookie, and is refused with `operators-only` otherwise.

/** `GET /api/operator` */
export interface OperatorView {
  readonly at: number;
  readonly isDraining: boolean;
  readonly lanes: readonly OperatorLane[];
  /** In the order of their turns, at most 200. */
  readonly waiting: readonly OperatorJob[];
  readonly waitingCount: number;
  /** By platform: `web`, `discord`, `slack`. */
  readonly platforms: Readonly<
    Record<string, { readonly isConnected: boolean; readonly refusal: string | null }>
  >;
  /** Messages that are due or under way. */
  readonly unsent: number;
  /** Of this process. */
  readonly memoryBytes: number;
  readonly uptimeSeconds: number;
}

export interface OperatorLane {
  readonly name: string;
  readonly device: string;
  /** The pack that is loaded; `null` while none is. */
  readonly pack: string | null;
  readonly isPaused: boolean;
  /** Why it takes no job: `away`, `version`, `pack`, `safety`, `draining`; `null` while it does. */
  readonly refusal: string | null;
  /** Resident memory of its process; `null` where that is not known or no process runs. */
  readonly memoryBytes: number | null;
  readonly running: {
    readonly job: string;
    readonly startedAt: number;
    readonly secondsLeft: number | null;
  } | null;
}

export interface OperatorJob {
  readonly id: string;
  readonly platform: string;
  /** `null` where it is private, unless one person uses the page alone and it is of the page. */
  readonly prompt: string | null;
  readonly position: number;
  readonly seconds: number | null;
  readonly createdAt: number;
}

/** `GET /api/operator/series?hours=24`: 1 to 744 hours back, in equal steps, oldest first. */
export interface OperatorSeries {
  /** Seconds of a step. */
  readonly step: number;
  readonly points: readonly SeriesPoint[];
}

export interface SeriesPoint {
  /** When the step begins, milliseconds since 1970. */
  readonly at: number;
  readonly ordered: number;
  readonly done: number;
  readonly failed: number;
  readonly cancelled: number;
  /** Seconds from the order to the start, of jobs that started in the step; `null` where none did. */
  readonly waitMedian: number | null;
  readonly waitLongest: number | null;
  /** Seconds from start to end, of jobs that are done. */
  readonly runMedian: number | null;
}

/** `GET /api/operator/audit?limit=100`: newest first, of all places. */
export interface OperatorAudit {
  readonly entries: readonly {
    readonly at: number;
    readonly scope: string;
    readonly actor: string;
    readonly action: string;
    readonly details: Readonly<Record<string, string | number | boolean | null>>;
  }[];
}

/** `GET /api/operator/health`: what `lrbot doctor` finds of this machine. It may take some seconds. */
export interface OperatorHealth {
  readonly findings: readonly {
    readonly check: string;
    readonly state: "ok" | "note" | "broken";
    readonly says: string;
    readonly mend: string | null;
  }[];
}

/** `GET /api/operator/settings`: what `/admin` sets, of the page and of the whole bot. Changed by `POST /api/operator/command`. */
export interface OperatorSettings {
  readonly limits: { readonly waiting: number; readonly perDay: number };
  readonly words: readonly string[];
  readonly blocked: readonly string[];
  readonly safety: "off" | "mark" | "refuse";
  readonly mentions: boolean;
  /** Settings that cannot be read: `admin reset` mends them. */
  readonly unreadable: readonly string[];
}

/** What `POST /api/operator/command` is answered with: what the command said. */
export interface OperatorAnswer {
  readonly texts: readonly RichText[];
  readonly code: ErrorCode | null;
}
