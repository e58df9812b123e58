import type { FirstResult, Preview, Progress, ProgressCount } from "../../types.ts";

type ProgressBody = Progress extends infer P
  ? P extends ProgressCount
    ? Omit<P, keyof ProgressCount>
    : never
  : never;

/** Counts sampling steps of single frames and turns them into progress messages with an estimate of what is left. */
export interface ProgressMeter {
  /** Says how many sampling steps all paintings of the edit will take. */
  plan(stepsTotal: number): void;
  /** Adds finished sampling steps and the milliseconds that they took. */
  advance(steps: number, milliseconds: number): void;
  report(body: ProgressBody): void;
  /** Reports the first result, which every later report has too. */
  reportFirst(first: FirstResult): void;
  /** From now on every report has it. */
  show(preview: Preview): void;
}

/** @param send Called with each report, in order. */
export function createProgressMeter(send: (progress: Progress) => void): ProgressMeter {
  let stepsTotal = 0;
  let stepsDone = 0;
  let spent = 0;
  let first: FirstResult | null = null;
  let preview: Preview | null = null;

  function report(body: ProgressBody): void {
    const left = Math.max(0, stepsTotal - stepsDone);
    const secondsLeft = stepsDone === 0 ? null : (left * spent) / stepsDone / 1000;
    const count = { stepsDone, stepsTotal: Math.max(stepsTotal, stepsDone), secondsLeft };
    send({ version: 1, ...count, ...(first && { first }), ...(preview && { preview }), ...body });
  }

  return {
    plan(total) {
      stepsTotal = total;
    },
    advance(steps, milliseconds) {
      stepsDone += steps;
      spent += milliseconds;
    },
    report,
    show(next) {
      preview = next;
    },
    reportFirst(result) {
      first = result;
      const { isUnsafe: _, ...standing } = result;
      report({ phase: "result", rank: null, ...standing });
    },
  };
}
