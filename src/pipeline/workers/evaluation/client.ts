import type { EvaluationAnswer, EvaluationEvent, EvaluationOrder } from "../../../eval/order.ts";
import { callChild, type ProcessOptions } from "../child.ts";
import { evaluationAnswerSchema, evaluationEventSchema } from "./protocol.ts";

export interface EvaluationCall extends ProcessOptions {
  /** Ends the process at once; whatever was painted until then is kept. */
  readonly signal: AbortSignal;
  readonly onProgress: (event: EvaluationEvent) => void;
}

/**
 * Evaluates in a process of its own.
 * @throws EditError `set-invalid`, `disk-full`, `output-unwritable`, `cancelled`, `worker-died`, and whatever an edit throws
 */
export function evaluateInChild(
  order: EvaluationOrder,
  { signal, onProgress, ...options }: EvaluationCall,
): Promise<EvaluationAnswer> {
  return callChild<EvaluationOrder, EvaluationEvent, EvaluationAnswer>(
    {
      ...options,
      file: "evaluation/entry.js",
      event: evaluationEventSchema,
      answer: evaluationAnswerSchema,
      expected: {
        result: "the set to be evaluated",
        answer: "the set to be evaluated, got the end of its process",
      },
    },
    order,
    { signal, onEvent: onProgress },
  );
}
