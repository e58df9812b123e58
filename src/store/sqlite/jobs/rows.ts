import { z } from "zod";
import { EditError } from "../../../errors.ts";
import type { EditResult, Progress } from "../../../types.ts";
import type { JobFailure, JobPlace, JobRecord, JobState, NewJob, Outcome } from "../../jobs.ts";
import type { SqlValue } from "../database.ts";

/**
 * A job as its row has it. `progress` and `result` are joined from tables of their own: they are large, and SQLite writes a row
 * whole for each change of it.
 */
export interface JobRow {
  readonly id: string;
  readonly platform: string;
  readonly workspace: string | null;
  readonly user: string;
  readonly state: JobState;
  readonly outcome: Outcome | null;
  readonly priority: number;
  readonly created_at: number;
  readonly started_at: number | null;
  readonly finished_at: number | null;
  readonly worker_deaths: number;
  readonly restarts: number;
  readonly lane: string | null;
  readonly rank: number;
  readonly shows_box: number;
  readonly has_pictures: number;
  readonly place: string | null;
  readonly failure: string | null;
  readonly ticket: string;
  readonly result: string | null;
  readonly progress: string | null;
}

/** What is read for a `JobRow`. */
export const jobColumns = `jobs.id, platform, workspace, user, state, outcome, priority, created_at, started_at, finished_at,
  worker_deaths, restarts, lane, rank, shows_box, has_pictures, place, failure, ticket,
  results.value AS result, progress.value AS progress
  FROM jobs LEFT JOIN results ON results.job = jobs.id LEFT JOIN progress ON progress.job = jobs.id`;

/** @throws EditError `store-unreadable` */
export function recordOf(row: JobRow): JobRecord {
  return {
    ...parsed(row.ticket, ticketSchema),
    id: row.id,
    owner: { platform: row.platform, workspace: row.workspace, user: row.user },
    place: row.place === null ? null : parsed(row.place, placeSchema),
    state: row.state,
    outcome: row.outcome,
    priority: row.priority,
    createdAt: row.created_at,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    workerDeaths: row.worker_deaths,
    restarts: row.restarts,
    lane: row.lane,
    progress: row.progress === null ? null : progressOf(row.progress),
    failure: row.failure === null ? null : parsed(row.failure, failureSchema),
    result: row.result === null ? null : parsed(row.result, resultSchema),
    view: { rank: row.rank, showsBox: row.shows_box === 1 },
    hasPictures: row.has_pictures === 1,
  };
}

/** What never changes of a job, as one column. */
export function columnOfTicket(job: NewJob): string {
  const { askedIn, isPrivate, locale, request, showsBox, lineage, area, replyTo } = job;
  const ticket: Ticket = { askedIn, isPrivate, locale, request, showsBox, lineage, area, replyTo };
  return JSON.stringify(ticket);
}

export function columnOfPlace(place: JobPlace | null): SqlValue {
  return place === null ? null : JSON.stringify(place);
}

/** A thumbnail's bytes as base64: JSON would write each as a property. */
export function columnOfProgress(progress: Progress): string {
  if (progress.phase !== "draft") return JSON.stringify(progress);
  const { side, rgb } = progress.thumbnail;
  return JSON.stringify({
    ...progress,
    thumbnail: { side, rgb: Buffer.from(rgb.buffer, rgb.byteOffset, rgb.byteLength).toString("base64") },
  });
}

/** JSON that a column holds, with a shape that is looked at. @throws EditError `store-unreadable` */
export function parsed<T>(text: string, schema: z.ZodType<T>): T {
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    throw new EditError(
      "store-unreadable",
      `Expected a store whose rows this program wrote, got ${JSON.stringify(text.slice(0, 60))} in one.`,
      { cause: error },
    );
  }
}

type Ticket = Omit<NewJob, "id" | "owner" | "place">;

/** A job's place as its column has it. */
export const placeSchema: z.ZodType<JobPlace> = z.object({
  platform: z.string(),
  workspace: z.string().nullable(),
  channel: z.string(),
  thread: z.string().nullable(),
  isDirect: z.boolean(),
});

const failureSchema = z.object({
  code: z.string(),
  message: z.string(),
  reference: z.string().nullable(),
  setting: z.string().optional(),
  by: z.string().optional(),
}) as unknown as z.ZodType<JobFailure>;

// Enough of the larger shapes to know that this program wrote them; the rest is as the compiler saw it go in.
const ticketSchema = z.looseObject({
  askedIn: placeSchema,
  locale: z.string(),
  request: z.looseObject({ image: z.string(), prompt: z.string(), pack: z.string() }),
}) as unknown as z.ZodType<Ticket>;

const resultSchema = z.looseObject({
  results: z.array(z.looseObject({ rank: z.number(), file: z.string() })),
  milliseconds: z.looseObject({ total: z.number() }),
}) as unknown as z.ZodType<EditResult>;

const progressSchema = z.looseObject({ version: z.literal(1), phase: z.string() });

function progressOf(text: string): Progress {
  const value = parsed(text, progressSchema);
  if (value.phase !== "draft") return value as unknown as Progress;
  const { side, rgb } = z.object({ side: z.number(), rgb: z.base64() }).parse(value.thumbnail);
  return {
    ...value,
    thumbnail: { side, rgb: new Uint8Array(Buffer.from(rgb, "base64")) },
  } as unknown as Progress;
}
