import { z } from "zod";
import type { Pack } from "../../../packs/pack.ts";
import type { EditResult, Job, MarkSettings, Progress, RemoteServer } from "../../../types.ts";
import type { LearningOptions } from "../../steps/starting-network.ts";

/** What a worker is asked to do, one at a time. A cancel is seen between two runs of a network. */
export interface EditOrder {
  readonly job: Job;
  readonly pack: Pack;
  /** Paints in place of the pack's own networks. It holds a secret, which a process's arguments would show. */
  readonly server: RemoteServer | null;
  readonly learning: LearningOptions;
  readonly marks: MarkSettings;
}

/**
 * What a worker tells of a job. `alive` comes once a second while its event loop turns; `longestRunMilliseconds` is the
 * longest single run of a network so far, as it would be at a result's size, the measure of how long a healthy worker may be silent.
 */
export type EditEvent =
  | { readonly kind: "alive" }
  | { readonly kind: "progress"; readonly progress: Progress; readonly longestRunMilliseconds: number };

/** What a job cost its worker. Milliseconds are of this job, memory and the longest run of the whole process. */
export interface WorkerStats {
  /** From the job's message to its answer, loading included. */
  readonly totalMilliseconds: number;
  /** Inside ONNX Runtime's `session.run`. */
  readonly runMilliseconds: number;
  readonly peakRssMegabytes: number;
}

export interface EditAnswer {
  readonly result: EditResult;
  readonly stats: WorkerStats;
}

/** Progress is looked at as far as the main process relies on it; the rest it hands on as it came. */
const progressSchema = z.custom<Progress>(
  (value) => z.looseObject({ version: z.literal(1), phase: z.string() }).safeParse(value).success,
);

export const editEventSchema: z.ZodType<EditEvent> = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("alive") }),
  z.object({ kind: z.literal("progress"), progress: progressSchema, longestRunMilliseconds: z.number() }),
]);

const resultSchema = z.custom<EditResult>(
  (value) =>
    z.looseObject({ results: z.array(z.unknown()), warnings: z.array(z.unknown()) }).safeParse(value).success,
);

export const editAnswerSchema: z.ZodType<EditAnswer> = z.object({
  result: resultSchema,
  stats: z.object({
    totalMilliseconds: z.number(),
    runMilliseconds: z.number(),
    peakRssMegabytes: z.number(),
  }),
});
