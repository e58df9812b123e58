import { z } from "zod";
import type { DropReason } from "../../regions/prior/records.ts";

/** What is learned, from what, and where it goes. Paths are absolute. */
export interface LearningOrder {
  /** The folder of the loss book. */
  readonly book: string;
  /** What saw and painted, as in the records that are wanted. */
  readonly made: string;
  /** The network that was learned last, which need not be there, and the pack's; `null` where the pack has none. */
  readonly learned: string;
  readonly packNetwork: string | null;
  /** Where the network goes; `null` writes none. */
  readonly out: string | null;
  /** Today, `2026-11-29`. */
  readonly day: string;
}

/** How many of the passes over the book are done. */
export interface LearningEvent {
  readonly epoch: number;
  readonly epochs: number;
}

/** Mean Huber error of standardised losses, of the network that edits start from today and of the one that was learned. */
export interface ErrorsBeforeAndAfter {
  readonly pictures: number;
  readonly before: number;
  readonly after: number;
}

export interface LearningAnswer {
  /** Records of the book that are of use, and why others are not. */
  readonly records: number;
  readonly dropped: Readonly<Record<DropReason, number>>;
  readonly start: "learned" | "pack" | "nothing";
  readonly trainedOn: number;
  readonly heldOut: ErrorsBeforeAndAfter;
  /** On pictures of the pack's own; `null` where it has none. */
  readonly reference: ErrorsBeforeAndAfter | null;
  /** On which of both it did worse; where there are any, none was written. */
  readonly refusals: readonly ("held-out" | "reference")[];
  /** `null` where none was written. */
  readonly written: { readonly file: string; readonly version: string; readonly sha256: string } | null;
}

const errorsSchema = z.object({ pictures: z.int(), before: z.number(), after: z.number() });

export const learningEventSchema: z.ZodType<LearningEvent> = z.object({ epoch: z.int(), epochs: z.int() });

export const learningAnswerSchema: z.ZodType<LearningAnswer> = z.object({
  records: z.int(),
  dropped: z.object({
    corrupt: z.int(),
    "of-another": z.int(),
    impossible: z.int(),
    "too-few": z.int(),
    repeated: z.int(),
  }),
  start: z.enum(["learned", "pack", "nothing"]),
  trainedOn: z.int(),
  heldOut: errorsSchema,
  reference: errorsSchema.nullable(),
  refusals: z.array(z.enum(["held-out", "reference"])),
  written: z.object({ file: z.string(), version: z.string(), sha256: z.string() }).nullable(),
});
