import { z } from "zod";
import type { EvaluationAnswer, EvaluationEvent } from "../../../eval/order.ts";

export const evaluationEventSchema: z.ZodType<EvaluationEvent> = z.object({
  done: z.int(),
  pictures: z.int(),
  file: z.string(),
  label: z.string(),
  painted: z.int(),
  secondsLeft: z.number().nullable(),
});

export const evaluationAnswerSchema: z.ZodType<EvaluationAnswer> = z.object({
  pictures: z.int(),
  rows: z.int(),
  painted: z.int(),
  files: z.array(z.string()),
});
