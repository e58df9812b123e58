import type { GraphBuilder, Value } from "../graph/builder.ts";
import { addGradient } from "../graph/gradient/gradient.ts";
import type { Tensor } from "../tensor.ts";

/** What a prediction is to come to: `factor` times it is to be `target`, `[n, channels of latents, h, w]`. */
export interface PredictionAim {
  readonly factor: number;
  readonly target: Tensor;
}

/** How far a prediction is from its aim, and how that changes with the text. */
export interface TextGradient {
  /** The mean square of what lies between them; not finite where the network is not. */
  readonly loss: number;
  /** The loss's derivative with respect to each number of `encoderHiddenStates`, in their shape. */
  readonly gradient: Tensor;
}

export interface TextGradientOptions {
  /** `[batch, channels, height, width]` */
  readonly prediction: Value;
  /** `[batch, tokens, width]` */
  readonly states: Value;
  /** Of latents. */
  readonly channels: number;
}

/** Adds the inputs `factor` `[1]` and `target`, and the outputs `loss` and `gradient`. */
export function outputTextGradient(
  g: GraphBuilder,
  { prediction, states, channels }: TextGradientOptions,
): void {
  const factor = g.input("factor", [1]);
  const target = g.input("target", ["batch", channels, "height", "width"]);
  const difference = g.node("Sub", [g.node("Mul", [prediction, factor]), target]);
  const loss = g.node("ReduceMean", [g.node("Mul", [difference, difference])], { keepdims: 0 });
  g.output("loss", loss);
  for (const gradient of addGradient(g, { of: [{ value: loss, cotangent: g.floats(1) }], to: [states] }))
    g.output("gradient", gradient);
}
