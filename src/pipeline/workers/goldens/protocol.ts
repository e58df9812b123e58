import { z } from "zod";

/** Which recorded cases are run, and where. */
export interface GoldensOrder {
  /** Absolute. */
  readonly folder: string;
  /** `cpu`, `cuda:N`, `webgpu`. */
  readonly device: string;
  readonly floats: "float32" | "float16";
}

/** A line of the report. */
export type GoldensEvent = string;

/** How many cases failed. */
export interface GoldensAnswer {
  readonly failed: number;
}

export const goldensEventSchema: z.ZodType<GoldensEvent> = z.string();

export const goldensAnswerSchema: z.ZodType<GoldensAnswer> = z.object({ failed: z.int() });
