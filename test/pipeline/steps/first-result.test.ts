import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { Picture } from "../../../src/pipeline/image/picture.ts";
import type { Choice } from "../../../src/pipeline/regions/choosers/chooser.ts";
import { removeFirstResult, showFirstResult } from "../../../src/pipeline/steps/first-result.ts";
import type { Patch } from "../../../src/pipeline/steps/patches.ts";
import { createSafetyCheck } from "../../../src/pipeline/steps/safety.ts";
import type { SafetyModel } from "../../../src/pipeline/steps/safety-model.ts";
import type { Box, FirstResult, Losses, SafetyPolicy } from "../../../src/types.ts";
import { plainImprint } from "../image/pictures.ts";

const root = mkdtempSync(join(tmpdir(), "lrbot-first-"));
afterAll(() => rmSync(root, { recursive: true }));

const boxAt = (left: number): Box => ({ left, top: 0, width: 4, height: 4 });
const choiceOf = (anchor: number): Choice => ({ anchor, proposal: 0, box: boxAt(anchor) });
const lossesOf = (total: number): Losses => ({ clip: total, structure: 0, direction: 0, total });
const picture: Picture = { width: 4, height: 4, rgb: new Uint8Array(48).fill(90), alpha: null };
/** Whose model finds everything as unsafe as that. */
const checkOf = (policy: SafetyPolicy, unsafe: number) => {
  let looks = 0;
  const model: SafetyModel = {
    name: "same",
    async inspect() {
      looks++;
      return unsafe;
    },
    [Symbol.asyncDispose]: async () => {},
  };
  const check = createSafetyCheck({ model, policy, signal: new AbortController().signal });
  return Object.assign(check, { looks: () => looks });
};

/** Shows the first of choices whose boxes lost so much as drafts; `null` where a box was not drafted. */
async function show(
  drafted: readonly (number | null)[],
  safetyCheck = checkOf("off", 0),
  placeCost: (box: Box) => number = () => 0,
) {
  const folder = mkdtempSync(join(root, "edit-"));
  const painted: Choice[] = [];
  const told: FirstResult[] = [];
  const patches = new Map<number | null, Patch>();
  const proposals = drafted.flatMap((total, anchor) =>
    total === null ? [] : [{ anchor, box: boxAt(anchor), losses: lossesOf(total), steps: 3 }],
  );
  await showFirstResult(
    drafted.map((_, anchor) => choiceOf(anchor)),
    {
      trials: {
        proposals,
        async paint(choices) {
          painted.push(...choices);
          return choices.map((choice) => {
            const patch = { box: choice.box, frame: choice.box, painted: picture };
            patches.set(choice.anchor, patch);
            return { ...choice, patch, scores: { losses: lossesOf(1), t2i: 0.25, i2i: 0.5 } };
          });
        },
      },
      masks: { fit: async (painted) => painted.map((one) => ({ ...one, mask: null })) },
      patches: { compose: async () => picture },
      placeCost,
      picture,
      imprint: plainImprint,
      watermark: null,
      safetyCheck,
      folder,
      meter: { reportFirst: (first) => void told.push(first) },
    },
  );
  return { folder, told, patches, painted: painted.map(({ anchor }) => anchor) };
}

describe("the first result", () => {
  it("is the choice whose box lost least as a draft, alone, in a file of its own", async () => {
    const { folder, told, painted } = await show([1.2, null, 0.8, 0.9]);
    expect(painted).toEqual([2]);
    expect(told).toEqual([
      {
        file: "first-result.png",
        anchor: 2,
        box: boxAt(2),
        scores: { t2i: 0.25, i2i: 0.5, quality: 1 },
        losses: lossesOf(1),
        unsafe: null,
        isUnsafe: false,
      },
    ]);
    expect(readdirSync(folder)).toEqual(["first-result.png"]);
    await removeFirstResult(folder);
    expect(readdirSync(folder)).toEqual([]);
  });

  it("is another where the place of that box costs more than the other's loss", async () => {
    const { painted } = await show([1.2, null, 0.8, 0.9], undefined, ({ left }) => (left === 2 ? 0.5 : 0));
    expect(painted).toEqual([3]);
  });

  it("is the first choice where no box was drafted", async () => {
    expect((await show([null, null])).painted).toEqual([0]);
  });

  it("is not shown apart where there is one choice alone", async () => {
    const { folder, told, painted } = await show([0.5]);
    expect([painted, told, readdirSync(folder)]).toEqual([[], [], []]);
  });

  it("is not shown where the safety check refuses it, and told as unsafe where that is to be marked", async () => {
    const refused = await show([1, 2], checkOf("refuse", 0.9));
    expect([refused.told, readdirSync(refused.folder)]).toEqual([[], []]);
    const { told } = await show([1, 2], checkOf("mark", 0.9));
    expect(told).toMatchObject([{ unsafe: 0.9, isUnsafe: true }]);
  });

  it("counts as unsafe where its source does", async () => {
    const check = checkOf("mark", 0.9);
    await check.checkPicture(picture);
    const marked = { ...check, inspect: check.inspect };
    expect(
      await marked.inspect({ box: boxAt(0), frame: boxAt(0), painted: picture }, async () => picture),
    ).toEqual({ unsafe: 0.9, isUnsafe: true, isRefused: false });
  });

  it("is looked at once by the safety model, though it is among the results later", async () => {
    const check = checkOf("mark", 0.9);
    const { patches } = await show([1, 2], check);
    const patch = patches.get(0);
    if (!patch) throw new Error("Expected a painting of the first choice, got none.");
    const { kept } = await check.sift([{ patch }], async () => picture);
    expect(kept.map(({ unsafe }) => unsafe)).toEqual([0.9]);
    expect(check.looks()).toBe(1);
  });
});
