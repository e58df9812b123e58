import { z } from "zod";
import type { CheckedMarks, MarkSettings } from "../../../types.ts";
import type { Copied, CopyOrder } from "./copy.ts";
import type { FitOrder, Fitted } from "./fit.ts";
import type { SheetOrder } from "./sheet.ts";

/** One thing to do for the main process. */
export type PictureOrder =
  | { readonly kind: "inspect"; readonly file: string }
  | ({ readonly kind: "fit"; readonly marks: MarkSettings } & FitOrder)
  | ({ readonly kind: "copy" } & CopyOrder)
  | ({ readonly kind: "sheet" } & SheetOrder)
  /** `key` is that of the invisible mark. */
  | { readonly kind: "marks"; readonly file: string; readonly key: string };

/** What a picture is, upright. */
export interface Inspected {
  readonly width: number;
  readonly height: number;
  /** Of its 8-bit sRGB pixels, as `edit.json` states it. */
  readonly sha256: string;
}

/** What the picture worker answers: to an order of the same kind. */
export type PictureAnswer =
  | { readonly kind: "inspect"; readonly inspected: Inspected }
  | { readonly kind: "fit"; readonly fitted: Fitted }
  | { readonly kind: "copy"; readonly copied: Copied }
  | { readonly kind: "sheet" }
  | { readonly kind: "marks"; readonly marks: CheckedMarks };

const size = { width: z.int(), height: z.int() };

const marksSchema: z.ZodType<CheckedMarks> = z.object({
  digitalSourceType: z.string().nullable(),
  isResult: z.boolean(),
  manifest: z
    .object({
      where: z.enum(["embedded", "linked", "earlier"]),
      state: z.enum(["Invalid", "Valid", "Trusted"]).nullable(),
      generator: z.string().nullable(),
    })
    .nullable(),
  watermark: z.object({
    isFound: z.boolean(),
    falseAlarm: z.number(),
    box: z.object({ left: z.int(), top: z.int(), ...size }).nullable(),
  }),
});

export const pictureAnswerSchema: z.ZodType<PictureAnswer> = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("inspect"), inspected: z.object({ ...size, sha256: z.string() }) }),
  z.object({ kind: z.literal("copy"), copied: z.object({ ...size, file: z.string() }) }),
  z.object({ kind: z.literal("sheet") }),
  z.object({ kind: z.literal("marks"), marks: marksSchema }),
  z.object({
    kind: z.literal("fit"),
    fitted: z.object({
      ...size,
      file: z.string(),
      format: z.enum(["png", "jpeg"]),
      bytes: z.int(),
      isOriginal: z.boolean(),
      isScaled: z.boolean(),
    }),
  }),
]);
