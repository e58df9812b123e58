import { parseArgs } from "node:util";
import { loadConfig } from "../src/config.ts";
import { openPack } from "../src/packs/open.ts";
import { createCache } from "../src/pipeline/cache.ts";
import { loadModels } from "../src/pipeline/models.ts";
import { type BudgetPlan, planBudget } from "../src/pipeline/regions/budget.ts";
import { loadBackend } from "../src/pipeline/regions/learning/backend.ts";
import { type EvalPicture, readEvalPictures } from "./eval-pictures.ts";
import { type Landscape, withLandscape } from "./landscape.ts";
import { openTrialBook } from "./trial-book.ts";

/** What the benchmarks of the method share: the embedded pack, its pictures, and the defaults of an edit. */
export interface Evaluation extends AsyncDisposable {
  readonly pictures: readonly EvalPicture[];
  readonly budget: BudgetPlan;
  /** Of the pack, for weak results. */
  readonly margin: number;
  readonly backend: Awaited<ReturnType<typeof loadBackend>>;
  /** What was named: ways to choose boxes, and budgets in full paintings. */
  readonly choosers: readonly string[];
  readonly calls: readonly number[];
  /** Pictures of which the book does not have every trial are left out, so that nothing is painted. */
  readonly isKnownOnly: boolean;
  withLandscape<Result>(
    picture: EvalPicture,
    use: (landscape: Landscape) => Promise<Result>,
  ): Promise<Result>;
}

/**
 * @param args `--pictures N` (36), after leaving out the first `--skip N`; `--book FILE`, where trials are kept from one run to the
 *   next; `--known`, to paint nothing; and for those that compare choosers `--choosers a,b` and `--calls 10,14`.
 */
export async function openEvaluation(args: readonly string[]): Promise<Evaluation> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      pictures: { type: "string", default: "36" },
      skip: { type: "string", default: "0" },
      book: { type: "string" },
      known: { type: "boolean", default: false },
      choosers: { type: "string", default: "learned,process,network,paper,random,middle" },
      calls: { type: "string", default: "14" },
    },
  });
  const pack = await openPack("mini", { roots: loadConfig().packRoots });
  const { steps, draftSteps } = pack.manifest.painting;
  const models = await loadModels(pack, { device: "cpu" });
  const options = {
    models,
    book: await openTrialBook(values.book),
    anchors: 8,
    proposals: 7,
    nouns: createCache<readonly Float32Array[]>(1),
  };
  return {
    pictures: (await readEvalPictures(`${pack.folder}/eval`, Number(values.pictures))).slice(
      Number(values.skip),
    ),
    choosers: values.choosers.split(","),
    calls: values.calls.split(",").map(Number),
    isKnownOnly: values.known,
    budget: planBudget({ anchors: 8, budget: 14, steps, draftSteps }),
    margin: pack.manifest.ranking.margin,
    backend: await loadBackend(),
    withLandscape: (picture, use) => withLandscape(picture, options, use),
    [Symbol.asyncDispose]: () => models[Symbol.asyncDispose](),
  };
}
