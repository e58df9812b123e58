import { learnPolicy } from "../src/pipeline/regions/learning/learn.ts";
import { type Interval, meanOf, meanWithInterval } from "./bootstrap.ts";
import { type Evaluation, openEvaluation } from "./eval-models.ts";
import type { Landscape } from "./landscape.ts";
import type { BenchOptions } from "./main.ts";
import { regret } from "./regret.ts";
import { learnedChoices } from "./replay.ts";
import type { Trial } from "./trial-book.ts";

/** Ways to choose a proposal for each anchor on the same number of editor calls. */
const methods = ["learned", "random", "middle"] as const;
type Method = (typeof methods)[number];

/** Drafts are made with the first, `freshRegret` asks how the choices do with the second. */
const [draftSeed, freshSeed] = [0, 1];

/** Learning and drawing are repeated with other random numbers; a picture's regret is the mean. */
const repeats = 4;

interface Outcome {
  readonly loss: Record<Method, number>;
  readonly fresh: Record<Method, number>;
  readonly leftOut: number;
}

/**
 * How near the boxes that are learned come to the best ones, on the embedded pack's own pictures: the regret of
 * `learned` boxes, of the best of as many drafts at `random` (the same rounds with an untrained network), and of
 * always taking the `middle` size, each with a 95 % interval over pictures. Every proposal is painted in full with two
 * seeds, which takes minutes a dozen pictures.
 */
export async function run({ log, args }: BenchOptions): Promise<Record<string, unknown>> {
  await using evaluation = await openEvaluation(args);
  const { pictures, budget } = evaluation;
  log(`${pictures.length} pictures, ${budget.anchors} anchors, budget ${budget.budget}, regret (fresh seed)`);
  const outcomes: Outcome[] = [];
  for (const picture of pictures) {
    const outcome = await evaluation.withLandscape(picture, (landscape) => measure(landscape, evaluation));
    const cells = methods.map(
      (method) => `${method} ${outcome.loss[method].toFixed(2)} (${outcome.fresh[method].toFixed(2)})`,
    );
    log(`${picture.file}  ${cells.join("  ")}  ${JSON.stringify(picture.prompt)}`);
    outcomes.push(outcome);
  }
  const figures = {
    pictures: outcomes.length,
    lossRegret: intervals((method) => outcomes.map(({ loss }) => loss[method])),
    freshRegret: intervals((method) => outcomes.map(({ fresh }) => fresh[method])),
    randomMinusLearned: meanWithInterval(outcomes.map(({ loss }) => loss.random - loss.learned)),
    freshRandomMinusLearned: meanWithInterval(outcomes.map(({ fresh }) => fresh.random - fresh.learned)),
    anchorsLeftOut: outcomes.reduce((sum, { leftOut }) => sum + leftOut, 0),
    draftsPerEdit: Math.floor(((budget.budget - budget.anchors) * budget.steps) / budget.draftSteps),
  };
  for (const method of methods) {
    log(
      `${method.padEnd(8)} regret ${spelled(figures.lossRegret[method])}, with a fresh seed ${spelled(figures.freshRegret[method])}`,
    );
  }
  log(`random - learned ${spelled(figures.randomMinusLearned)}`);
  return figures;
}

async function measure(landscape: Landscape, { budget, backend }: Evaluation): Promise<Outcome> {
  const drafts = await landscape.trials(draftSeed, budget.draftSteps);
  const full = await landscape.trials(draftSeed, budget.steps);
  const fresh = await landscape.trials(freshSeed, budget.steps);
  const trials = { drafts, full };
  const choices: Record<Method, (readonly number[])[]> = {
    learned: [],
    random: [],
    middle: [landscape.boxes.map((row) => Math.floor(row.length / 2))],
  };
  for (let seed = 0; seed < repeats; seed++) {
    const options = { budget, backend, estimator: "expected", seed } as const;
    choices.learned.push(await learnedChoices(landscape, trials, options));
    const policy = { ...learnPolicy, trainingSteps: 0 };
    choices.random.push(await learnedChoices(landscape, trials, { ...options, policy }));
  }
  const regrets = (known: readonly (readonly Trial[])[]) => {
    const losses = known.map((row) => row.map((trial) => trial.losses.total));
    return byMethod((method) => meanOf(choices[method].map((one) => regret(losses, one).value ?? 0)));
  };
  const { leftOut } = regret(
    full.map((row) => row.map((trial) => trial.losses.total)),
    [],
  );
  return { loss: regrets(full), fresh: regrets(fresh), leftOut };
}

function byMethod<Value>(of: (method: Method) => Value): Record<Method, Value> {
  return { learned: of("learned"), random: of("random"), middle: of("middle") };
}

function intervals(valuesOf: (method: Method) => readonly number[]): Record<Method, Interval> {
  return byMethod((method) => meanWithInterval(valuesOf(method)));
}

function spelled({ mean, low, high }: Interval): string {
  return `${mean.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}]`;
}
