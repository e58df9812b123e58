import type { Ids, Tensor } from "../pipeline/nets/tensor.ts";
import type { GoldenCase, OutputRule, Outputs } from "./case.ts";

/** How one output of a case came out. */
export interface Check {
  readonly output: string;
  readonly passed: boolean;
  /** Floats: largest absolute difference over the output's scale. Whole numbers: how many differ. */
  readonly error: number;
  /** What was held against it, or why nothing could be. */
  readonly rule: string;
}

/** How an output is judged that its own rule, of `case.json`, does not pass: see `resizerRule`. */
export type Leniency = (output: string, actual: Tensor, recorded: Tensor) => Check;

export interface CompareOptions {
  readonly leniency?: Leniency | undefined;
  readonly boundOf?: (bound: number) => number;
}

/** Checks every output that the case lists; one that was not computed fails. `boundOf` says how far floats may err where the case says how far. */
export async function checkOutputs(
  golden: GoldenCase,
  actual: Outputs,
  { leniency, boundOf = (bound) => bound }: CompareOptions = {},
): Promise<Check[]> {
  const checks: Check[] = [];
  for (const [output, rule] of golden.rules) {
    const value = actual.get(output);
    const recorded = await golden.recorded(output);
    const check = value
      ? compare(output, bounded(rule, boundOf), value, recorded)
      : { output, passed: false, error: Number.NaN, rule: "was not computed" };
    const bothFloats = value && isTensor(value) && isTensor(recorded) && sameShape(value, recorded);
    checks.push(!check.passed && leniency && bothFloats ? leniency(output, value, recorded) : check);
  }
  return checks;
}

/**
 * Pictures that another resizer than Pillow's made: the mean absolute difference is at most `mean`, the largest
 * ten times that. (`tolerance_note` of the image-processing cases.)
 */
export function resizerRule(mean: number, output: string, actual: Tensor, recorded: Tensor): Check {
  let sum = 0;
  let largest = 0;
  for (let index = 0; index < recorded.data.length; index++) {
    const difference = Math.abs((actual.data[index] ?? Number.NaN) - (recorded.data[index] ?? 0));
    sum += difference;
    largest = Number.isNaN(difference) ? Number.NaN : Math.max(largest, difference);
  }
  const error = sum / recorded.data.length;
  const passed = error <= mean && largest <= 10 * mean;
  return {
    output,
    passed,
    error,
    rule: `mean <= ${mean}, largest ${largest.toPrecision(2)} <= ${10 * mean}`,
  };
}

function bounded(rule: OutputRule, boundOf: (bound: number) => number): OutputRule {
  if (rule.dtype === "int64") return rule;
  return { ...rule, max_abs_over_scale: boundOf(rule.max_abs_over_scale) };
}

function compare(output: string, rule: OutputRule, actual: Tensor | Ids, recorded: Tensor | Ids): Check {
  if (!sameShape(actual, recorded)) {
    const text = `Expected the shape [${recorded.shape}], got [${actual.shape}]`;
    return { output, passed: false, error: Number.NaN, rule: text };
  }
  if (rule.dtype === "int64") {
    const error = countDifferent(actual, recorded);
    return { output, passed: error === 0, error, rule: "equal" };
  }
  const difference = largestDifference(actual, recorded);
  const error = difference === 0 ? 0 : difference / rule.scale;
  return { output, passed: error <= rule.max_abs_over_scale, error, rule: `<= ${rule.max_abs_over_scale}` };
}

function sameShape(a: Tensor | Ids, b: Tensor | Ids): boolean {
  return a.shape.length === b.shape.length && a.shape.every((side, axis) => side === b.shape[axis]);
}

function isTensor(value: Tensor | Ids): value is Tensor {
  return value.data instanceof Float32Array;
}

function countDifferent(actual: Tensor | Ids, recorded: Tensor | Ids): number {
  let different = 0;
  for (let index = 0; index < recorded.data.length; index++) {
    if (actual.data[index] !== recorded.data[index]) different++;
  }
  return different;
}

/** Not a number where either side is not one. */
function largestDifference(actual: Tensor | Ids, recorded: Tensor | Ids): number {
  let largest = 0;
  for (let index = 0; index < recorded.data.length; index++) {
    const difference = Math.abs(Number(actual.data[index]) - Number(recorded.data[index]));
    if (!(difference <= largest)) largest = difference;
    if (Number.isNaN(difference)) return Number.NaN;
  }
  return largest;
}
