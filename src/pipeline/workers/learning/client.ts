import { callChild, type ProcessOptions } from "../child.ts";
import {
  type LearningAnswer,
  type LearningEvent,
  type LearningOrder,
  learningAnswerSchema,
  learningEventSchema,
} from "./protocol.ts";

export interface LearningCall extends ProcessOptions {
  /** Ends the process at once; nothing is half written. */
  readonly signal: AbortSignal;
  readonly onEpoch: (event: LearningEvent) => void;
}

/**
 * Learns from a loss book in a process of its own.
 * @throws EditError `book-too-small`, `disk-full`, `output-unwritable`, `cancelled`, `worker-died`; `weights-*`,
 *   `network-unsupported` of the pack's network
 */
export function learnInChild(
  order: LearningOrder,
  { signal, onEpoch, ...options }: LearningCall,
): Promise<LearningAnswer> {
  return callChild<LearningOrder, LearningEvent, LearningAnswer>(
    {
      ...options,
      file: "learning/entry.js",
      event: learningEventSchema,
      answer: learningAnswerSchema,
      expected: {
        result: "the network to be trained",
        answer: "the network to be trained, got the end of its process",
      },
    },
    order,
    { signal, onEvent: onEpoch },
  );
}
