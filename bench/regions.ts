import { planBudget } from "../src/pipeline/regions/budget.ts";
import { type Interval, meanOf, meanWithInterval } from "../src/eval/statistics/bootstrap.ts";
import { type Evaluation, openEvaluation } from "./eval-models.ts";
import type { Landscape } from "./landscape.ts";
import type { BenchOptions } from "./main.ts";
import { bestOfAll, regret } from "./regret.ts";
import { type Replayed, replay } from "./replay.ts";
import type { Trial } from "./trial-book.ts";

/** Drafts are made with the first; the second asks how the choices do with another. */
const [draftSeed, freshSeed] = [0, 1];

/** Choosing is repeated with other random numbers; a picture's figure is the mean. */
const repeats = 8;

const measures = ["regret", "fresh", "best"] as const;
/** Regret of the boxes with the drafts' seed and with a fresh one, and of the best result against the best of all boxes. */
type Measures = Record<(typeof measures)[number], number>;

/** By chooser and budget: `learned 14`. */
type Outcome = ReadonlyMap<string, Measures>;

/**
 * How near the boxes that are chosen come to the best ones, on the embedded pack's own pictures: for each chooser and budget the
 * regret of the chosen boxes and of the best result, with 95 % intervals over pictures, and how much less the first chooser has
 * than each other. Every proposal is painted in full with two seeds, which takes minutes a picture, or is known (`--known`).
 */
export async function run({ log, args }: BenchOptions): Promise<Record<string, unknown>> {
  await using evaluation = await openEvaluation(args);
  const { choosers, calls } = evaluation;
  const outcomes: Outcome[] = [];
  for (const picture of evaluation.pictures) {
    const outcome = await evaluation.withLandscape(picture, (landscape) => measure(landscape, evaluation));
    if (outcome === null) continue;
    const cells = [...outcome].map(([key, { regret: value }]) => `${key} ${value.toFixed(2)}`);
    log(`${picture.file}  ${cells.join("  ")}  ${JSON.stringify(picture.prompt)}`);
    outcomes.push(outcome);
  }
  if (outcomes.length === 0)
    throw new RangeError("Expected a picture of which every trial is known, got none.");
  const keys = calls.flatMap((budget) => choosers.map((chooser) => `${chooser} ${budget}`));
  log(
    `${outcomes.length} pictures; chooser and calls: regret, with a fresh seed, best result against the best of all boxes`,
  );
  const figures = Object.fromEntries(keys.map((key) => [key, intervalsOf(outcomes, (one) => one.get(key))]));
  for (const [key, found] of Object.entries(figures)) log(`${key.padEnd(12)} ${spelled(found)}`);
  const [first = ""] = choosers;
  const differences = Object.fromEntries(
    calls.flatMap((budget) =>
      choosers.slice(1).map((other) => {
        const less = (one: Outcome) => minus(one.get(`${other} ${budget}`), one.get(`${first} ${budget}`));
        return [`${other} - ${first} ${budget}`, intervalsOf(outcomes, less)];
      }),
    ),
  );
  for (const [key, found] of Object.entries(differences)) log(`${key.padEnd(22)} ${spelled(found)}`);
  return { pictures: outcomes.length, ...figures, ...differences };
}

async function measure(landscape: Landscape, evaluation: Evaluation): Promise<Outcome | null> {
  const { budget, backend, choosers, calls, isKnownOnly } = evaluation;
  const wanted = [
    [draftSeed, budget.draftSteps],
    [draftSeed, budget.steps],
    [freshSeed, budget.steps],
  ] as const;
  if (isKnownOnly && !wanted.every(([seed, steps]) => landscape.isKnown(seed, steps))) return null;
  const [drafts = [], full = [], fresh = []] = await inTurn(wanted, ([seed, steps]) =>
    landscape.trials(seed, steps),
  );
  const outcome = new Map<string, Measures>();
  for (const call of calls) {
    const plan = planBudget({ ...budget, anchors: landscape.boxes.length, budget: call });
    for (const chooser of choosers) {
      const seeds = Array.from({ length: repeats }, (_, seed) => seed);
      const replayed = await inTurn(seeds, (seed) =>
        replay(landscape, { drafts, full }, { chooser, budget: plan, backend, seed }),
      );
      const each = replayed.map((one) => measuresOf(one, full, fresh));
      outcome.set(
        `${chooser} ${call}`,
        combined((name) => meanOf(each.map((one) => one[name]))),
      );
    }
  }
  return outcome;
}

function measuresOf(
  { first, choices }: Replayed,
  full: readonly (readonly Trial[])[],
  fresh: readonly (readonly Trial[])[],
): Measures {
  const [known, other] = [full, fresh].map((rows) =>
    rows.map((row) => row.map((trial) => trial.losses.total)),
  );
  return {
    regret: regret(known ?? [], first).value ?? 0,
    fresh: regret(other ?? [], first).value ?? 0,
    best: bestOfAll(known ?? [], choices),
  };
}

function minus(a: Measures | undefined, b: Measures | undefined): Measures {
  return combined((name) => (a?.[name] ?? Number.NaN) - (b?.[name] ?? Number.NaN));
}

function intervalsOf(
  outcomes: readonly Outcome[],
  of: (outcome: Outcome) => Measures | undefined,
): Record<keyof Measures, Interval> {
  return combined((name) => meanWithInterval(outcomes.map((outcome) => of(outcome)?.[name] ?? Number.NaN)));
}

function combined<Value>(of: (name: keyof Measures) => Value): Record<keyof Measures, Value> {
  return { regret: of("regret"), fresh: of("fresh"), best: of("best") };
}

function spelled(found: Record<keyof Measures, Interval>): string {
  return measures
    .map((name) => found[name])
    .map(({ mean, low, high }) => `${mean.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}]`)
    .join("  ");
}

async function inTurn<From, To>(values: readonly From[], make: (value: From) => Promise<To>): Promise<To[]> {
  const made: To[] = [];
  for (const value of values) made.push(await make(value));
  return made;
}
