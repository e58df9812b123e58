import { systemClocks } from "../../../clocks.ts";
import { evaluate } from "../../../eval/evaluate.ts";
import type { EvaluationAnswer, EvaluationEvent, EvaluationOrder } from "../../../eval/order.ts";
import { serveParent } from "../serve-parent.ts";

// The child process of `lrbot eval`, in which the networks run.

serveParent<EvaluationOrder, EvaluationEvent, EvaluationAnswer>((order, { signal, tell }) =>
  evaluate(order, { signal, tell, monotonic: systemClocks.monotonic }),
);
