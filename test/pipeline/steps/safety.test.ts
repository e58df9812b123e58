import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { edit } from "../../../src/pipeline/edit.ts";
import type { Picture } from "../../../src/pipeline/image/picture.ts";
import type { Models } from "../../../src/pipeline/models.ts";
import { createEditCaches, createNetworkParts } from "../../../src/pipeline/steps/networks.ts";
import type { Patch } from "../../../src/pipeline/steps/patches.ts";
import { createSafetyCheck } from "../../../src/pipeline/steps/safety.ts";
import { loadSafetyModel, type SafetyModel } from "../../../src/pipeline/steps/safety-model.ts";
import type { EditResult, Progress, SafetyPolicy } from "../../../src/types.ts";
import { loadMini, smallRequest } from "../mini.ts";
import { makeSafetyModel } from "./safety-models.ts";

const root = mkdtempSync(join(tmpdir(), "lrbot-checks-"));
const { signal } = new AbortController();
let models: Models;
let safe: SafetyModel;
let unsafe: SafetyModel;
beforeAll(async () => {
  models = await loadMini();
  const { runtime } = models;
  safe = await loadSafetyModel({ folder: makeSafetyModel(join(root, "all-safe"), "safe"), runtime });
  unsafe = await loadSafetyModel({ folder: makeSafetyModel(join(root, "all-unsafe"), "unsafe"), runtime });
});
afterAll(async () => {
  await models[Symbol.asyncDispose]();
  rmSync(root, { recursive: true });
});

async function run(
  safetyModel: SafetyModel | null,
  safety: SafetyPolicy,
): Promise<{ result: EditResult; folder: string; phases: readonly Progress["phase"][] }> {
  const folder = mkdtempSync(join(root, "edit-"));
  const phases: Progress["phase"][] = [];
  const request = smallRequest({ safety, box: { left: 64, top: 64, width: 96, height: 96 } });
  const caches = createEditCaches();
  const onProgress = ({ phase }: Progress) => void phases.push(phase);
  const result = await edit(request, {
    parts: createNetworkParts({ models, caches }),
    safetyModel,
    folder,
    signal,
    onProgress,
  }).catch((error: unknown) => error);
  return { result: result as EditResult, folder, phases };
}

describe("an edit whose pictures are checked", () => {
  it("is refused before anything is looked for or painted where its source is unsafe", async () => {
    const { result, folder, phases } = await run(unsafe, "refuse");
    expect(result).toMatchObject({
      name: "EditError",
      code: "picture-refused",
      message: "Expected a picture that is unsafe with a probability under 0.5, got one of 1.000.",
    });
    expect(phases).toEqual([]);
    expect(readdirSync(folder)).toEqual([]);
  });

  it("is painted and marked where the policy is to mark", async () => {
    const { result } = await run(unsafe, "mark");
    expect(result.safety).toEqual({ model: "all-unsafe", threshold: 0.5, input: expect.closeTo(1, 5) });
    expect(result.results.map((each) => each.unsafe)).toEqual([expect.closeTo(1, 5)]);
    expect(result.warnings.map(({ code }) => code)).not.toContain("results-unsafe");
  });

  it.each(["mark", "refuse"] as const)("is as ever where nothing is unsafe (%s)", async (policy) => {
    const { result } = await run(safe, policy);
    expect(result.safety).toEqual({ model: "all-safe", threshold: 0.5, input: expect.closeTo(0, 5) });
    expect(result.results.map((each) => each.unsafe)).toEqual([expect.closeTo(0, 5)]);
  });

  it.each([
    ["the policy is off", (): SafetyModel | null => unsafe, "off"],
    ["there is no model", (): SafetyModel | null => null, "refuse"],
  ] as const)("is not checked where %s, and says so", async (_, model, policy) => {
    const { result } = await run(model(), policy);
    expect(result.safety).toBeNull();
    expect(result.results.map((each) => each.unsafe)).toEqual([null]);
  });
});

describe("results", () => {
  /** Takes the first byte of a picture for a per cent. */
  const model: SafetyModel = {
    name: "byte",
    inspect: async (picture) => (picture.rgb[0] ?? 0) / 100,
    [Symbol.asyncDispose]: async () => {},
  };
  const pixel = (byte: number): Picture => ({
    width: 1,
    height: 1,
    rgb: Uint8Array.of(byte, 0, 0),
    alpha: null,
  });
  const box = { left: 0, top: 0, width: 1, height: 1 };
  const patchOf = (byte: number): Patch => ({ box, frame: box, painted: pixel(byte) });
  const sift = (policy: SafetyPolicy, bytes: readonly number[], stop = signal) =>
    createSafetyCheck({ model, policy, signal: stop }).sift(
      bytes.map((byte) => ({ patch: patchOf(byte), byte })),
      async ({ painted }) => ({ ...painted, alpha: null }),
    );

  it("that are unsafe are left out where that is the policy, in their order, and a warning counts them", async () => {
    const { kept, warnings } = await sift("refuse", [10, 90, 49, 50]);
    expect(kept.map(({ byte, unsafe: probability }) => [byte, probability])).toEqual([
      [10, 0.1],
      [49, 0.49],
    ]);
    expect(warnings).toEqual([
      {
        code: "results-unsafe",
        data: { count: 2 },
        text: "The safety model refused 2 results; they are left out.",
      },
    ]);
  });

  it("all stay where they are to be marked", async () => {
    const { kept, warnings } = await sift("mark", [10, 90]);
    expect(kept.map(({ unsafe: probability }) => probability)).toEqual([0.1, 0.9]);
    expect(warnings).toEqual([]);
  });

  it("that are all unsafe refuse the edit", async () => {
    await expect(sift("refuse", [90, 70])).rejects.toMatchObject({ code: "picture-refused" });
  });

  it("let other events come between, so that a worker is heard of", async () => {
    let turns = 0;
    const turn = () => void turns++;
    const turnsAt: number[] = [];
    const counting: SafetyModel = {
      ...model,
      async inspect() {
        turnsAt.push(turns);
        setImmediate(turn);
        return 0;
      },
    };
    const painted = [1, 2, 3].map((byte) => ({ patch: patchOf(byte) }));
    await createSafetyCheck({ model: counting, policy: "mark", signal }).sift(painted, async () => pixel(0));
    expect(turnsAt).toEqual([0, 1, 2]);
  });

  it("are not looked at further once the work is cancelled", async () => {
    await expect(sift("mark", [1, 2], AbortSignal.abort())).rejects.toMatchObject({ code: "cancelled" });
  });
});
