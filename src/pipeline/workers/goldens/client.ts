import { callChild, type ProcessOptions } from "../child.ts";
import {
  type GoldensAnswer,
  type GoldensEvent,
  type GoldensOrder,
  goldensAnswerSchema,
  goldensEventSchema,
} from "./protocol.ts";

export interface GoldensCall extends ProcessOptions {
  /** Ends the process at once. */
  readonly signal: AbortSignal;
  /** Takes the report, a line at a time. */
  readonly onLine: (line: string) => void;
}

/**
 * Runs a folder of recorded cases in a process of its own.
 * @throws EditError `usage`, `device-unavailable`, `cancelled`, `worker-died`
 */
export function checkGoldens(
  order: GoldensOrder,
  { signal, onLine, ...options }: GoldensCall,
): Promise<GoldensAnswer> {
  return callChild<GoldensOrder, GoldensEvent, GoldensAnswer>(
    {
      ...options,
      file: "goldens/entry.js",
      event: goldensEventSchema,
      answer: goldensAnswerSchema,
      expected: {
        result: "the goldens to be checked",
        answer: "the goldens to be checked, got the end of their process",
      },
    },
    order,
    { signal, onEvent: onLine },
  );
}
