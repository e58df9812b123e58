import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { readPicture } from "../../../src/pipeline/image/image.ts";
import type { Models } from "../../../src/pipeline/models.ts";
import { createRandom } from "../../../src/pipeline/random.ts";
import { planBudget } from "../../../src/pipeline/regions/budget.ts";
import { createProcessChooser } from "../../../src/pipeline/regions/choosers/process.ts";
import { featureNames } from "../../../src/pipeline/regions/prior/box-features.ts";
import { type LossBook, openLossBook } from "../../../src/pipeline/regions/prior/loss-book.ts";
import { initialPrior } from "../../../src/pipeline/regions/prior/prior-network.ts";
import { siftRecords } from "../../../src/pipeline/regions/prior/records.ts";
import { createBoxExpectation } from "../../../src/pipeline/steps/box-expectation.ts";
import { extractFeatures } from "../../../src/pipeline/steps/features.ts";
import { embedTexts } from "../../../src/pipeline/steps/prompt.ts";
import { loadMini, scene } from "../mini.ts";

const made = "mini 1 test";
const box = (left: number, side: number) => ({ left, top: 40, width: side, height: side });
/** The second anchor's first box is the first one's last. */
const proposals = [
  [box(60, 60), box(40, 100), box(20, 140)],
  [box(20, 140), box(120, 60), box(100, 100)],
];
const budget = planBudget({ anchors: 2, budget: 4, steps: 12, draftSteps: 3 });
const random = createRandom(1);
const size = { features: featureNames.length, hidden: 4, members: 2 };
const start = initialPrior(
  size,
  { mean: new Float32Array(size.features), spread: new Float32Array(size.features).fill(1) },
  1,
);
const network = {
  weights: { ...start, parameters: start.parameters.map(() => random.gaussian()) },
  ...{ version: "test", sha256: "0", lossSpread: 0.2 },
};
const lossOf = (anchor: number, proposal: number) => 1 + 0.1 * anchor + 0.2 * proposal;

let models: Models;
let folder: string;
let book: LossBook;

beforeAll(async () => {
  models = await loadMini();
});
afterAll(() => models[Symbol.asyncDispose]());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "lrbot-expectation-"));
  book = openLossBook({ folder: join(folder, "losses"), month: () => "2026-11" });
});
afterEach(() => rm(folder, { recursive: true }));

async function open(learning: { network?: typeof network | null; book?: LossBook | null }) {
  const picture = await readPicture(scene("s000.png"));
  const features = await extractFeatures(models, picture);
  const [prompt, sourceText] = await embedTexts(models, ["a rabbit", "a pine tree"]);
  if (!prompt || !sourceText) throw new Error("Expected two embeddings.");
  return createBoxExpectation({
    ...{ models, picture, features },
    reference: { picture: features.clip, prompt, sourceText, structureNorm: "rms" },
    learning: { network: null, book: null, made, ...learning },
  });
}

const request = {
  ...{ proposals, budget, seed: 1, signal: new AbortController().signal, onRound: () => {} },
  draft: async (requests: readonly { anchor: number; proposal: number }[]) =>
    requests.map(({ anchor, proposal }) => lossOf(anchor, proposal)),
};

describe("what an edit takes from those before it", () => {
  it("is a loss for each box, the same for boxes that coincide, with mean 0 over distinct ones", async () => {
    const { expect: expectBoxes } = await open({ network });
    const rows = (await expectBoxes?.({ proposals }))?.of([]) ?? [];
    expect(rows.map((row) => row.length)).toEqual([3, 3]);
    expect(rows[1]?.[0]).toBe(rows[0]?.[2]);
    const distinct = [...(rows[0] ?? []), ...(rows[1] ?? []).slice(1)];
    expect(distinct.reduce((sum, loss) => sum + loss, 0)).toBeCloseTo(0, 6);
    expect(new Set(distinct).size).toBe(5);
  });

  it("is nothing without a network", async () => {
    expect((await open({})).expect).toBeUndefined();
  });
});

describe("what an edit leaves to those after it", () => {
  it("are the features and losses of the boxes that it drafted", async () => {
    const { keeping } = await open({ book });
    const chooser = createProcessChooser({ name: "process" });
    const chosen = await keeping(chooser).choose(request);
    expect(chosen).toEqual(await chooser.choose(request));
    const { pictures, dropped } = siftRecords(await book.lines(), made);
    expect(Object.values(dropped)).toEqual([0, 0, 0, 0, 0]);
    expect(pictures.length).toBe(1);
    const known = [1, 1.1, 1.2, 1.3, 1.4, 1.5];
    expect(pictures[0]?.losses.length).toBeGreaterThanOrEqual(4);
    expect(pictures[0]?.losses.every((loss) => known.some((one) => Math.abs(one - loss) < 1e-6))).toBe(true);
  });

  it("is nothing where nothing is kept", async () => {
    const { keeping } = await open({ network });
    const chooser = createProcessChooser({ name: "process" });
    expect(keeping(chooser)).toBe(chooser);
  });

  it("does not fail an edit where it cannot be written, and says so in the log", async () => {
    await writeFile(join(folder, "losses"), "a file in the folder's place");
    const log = vi.spyOn(console, "error").mockImplementation(() => {});
    const { keeping } = await open({ book });
    const { choices } = await keeping(createProcessChooser({ name: "process" })).choose(request);
    expect(choices.length).toBe(2);
    expect(log).toHaveBeenCalledOnce();
    log.mockRestore();
  });
});
