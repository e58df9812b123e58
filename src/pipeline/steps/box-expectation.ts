import type { Picture } from "../image/picture.ts";
import type { Models } from "../models.ts";
import type { ChooserRequest, RegionChooser } from "../regions/choosers/chooser.ts";
import type { Expectation } from "../regions/choosers/process.ts";
import { distinctBoxes } from "../regions/distinct-boxes.ts";
import type { EditingLossOptions } from "../regions/losses.ts";
import { describeBoxes, featuresVersion } from "../regions/prior/box-features.ts";
import { expectedLosses, ownMoments } from "../regions/prior/prior-network.ts";
import { type LossRecord, lineOf } from "../regions/prior/records.ts";
import { viewBoxes } from "./box-views.ts";
import type { PictureFeatures } from "./features.ts";
import type { EditLearning } from "./starting-network.ts";

export interface BoxExpectationOptions {
  readonly models: Pick<Models, "clip" | "clipPreprocessor">;
  readonly picture: Picture;
  readonly features: PictureFeatures;
  /** The picture and the texts that its edits are compared with. */
  readonly reference: EditingLossOptions;
  readonly learning: EditLearning;
}

type Proposals = ChooserRequest["proposals"];

/** What one edit takes from those before it, and leaves to those after it. */
export interface BoxExpectation {
  /** What the network expects of each box; `undefined` without one. */
  readonly expect: ((request: Pick<ChooserRequest, "proposals">) => Promise<Expectation>) | undefined;
  /** The same chooser, whose drafts' losses, without costs of places, are kept once it has chosen; the same one where nothing is kept. */
  keeping(chooser: RegionChooser): RegionChooser;
}

export function createBoxExpectation(options: BoxExpectationOptions): BoxExpectation {
  const { models, picture, features, reference, learning } = options;
  const { network, book, made } = learning;
  let described: ReturnType<typeof describeOnce> | null = null;
  const describe = (proposals: Proposals) => {
    described ??= describeOnce(proposals);
    return described;
  };

  async function describeOnce(proposals: Proposals) {
    const { boxes, numbers } = distinctBoxes(proposals);
    const views = await viewBoxes(models, picture, boxes);
    const { attention, patchFeatures } = features;
    return {
      boxes,
      numbers,
      told: describeBoxes({ boxes, views, picture, attention, patchFeatures, reference }),
    };
  }

  return {
    expect: network
      ? async ({ proposals }) => {
          const { numbers, told } = await describe(proposals);
          const losses = expectedLosses(network.weights, told);
          const rows = numbers.map((row) => row.map((box) => losses[box] ?? 0));
          return { spread: network.lossSpread, of: () => rows };
        }
      : undefined,
    keeping(chooser) {
      if (book === null) return chooser;
      return {
        ...chooser,
        async choose(request) {
          const drafts = new Map<number, number>();
          const { numbers, told } = await describe(request.proposals);
          const chosen = await chooser.choose({
            ...request,
            async draft(requests) {
              const losses = await request.draft(requests);
              for (const [index, { anchor, proposal, steps }] of requests.entries()) {
                const box = numbers[anchor]?.[proposal];
                const loss = losses[index];
                if (steps !== request.budget.draftSteps || box === undefined || loss === undefined) continue;
                drafts.set(box, loss);
              }
              return losses;
            },
          });
          const record = recordOf({ told, drafts, made, steps: request.budget.draftSteps });
          // An edit is no worse for a full disk.
          await book.add(lineOf(record)).catch((error: unknown) => console.error(error));
          return chosen;
        },
      };
    },
  };
}

interface Kept {
  /** `[boxes, features]` of all boxes. */
  readonly told: ReturnType<typeof describeBoxes>;
  /** Losses by box. */
  readonly drafts: ReadonlyMap<number, number>;
  readonly made: string;
  readonly steps: number;
}

function recordOf({ told, drafts, made, steps }: Kept): LossRecord {
  const [, columns = 0] = told.shape;
  const { mean, spread } = ownMoments(told);
  // By box and not in the order of drafting: the order would tell more than the losses do.
  const boxes = [...drafts.keys()].sort((a, b) => a - b);
  return {
    version: featuresVersion,
    made,
    steps,
    mean: [...mean],
    spread: [...spread],
    boxes: boxes.map((box) => [...told.data.subarray(box * columns, (box + 1) * columns)]),
    losses: boxes.map((box) => drafts.get(box) ?? Number.NaN),
  };
}
