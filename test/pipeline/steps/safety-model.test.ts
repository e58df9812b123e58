import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readPicture } from "../../../src/pipeline/image/image.ts";
import { loadPreprocessor, preprocess } from "../../../src/pipeline/image/preprocess.ts";
import { openRuntime, type Runtime } from "../../../src/pipeline/nets/runtime.ts";
import { loadImageClassifier } from "../../../src/pipeline/nets/vit/image-classifier.ts";
import { checkSafetyModel, loadSafetyModel } from "../../../src/pipeline/steps/safety-model.ts";
import { scene } from "../mini.ts";
import { makeSafetyModel, relabel } from "./safety-models.ts";

const root = mkdtempSync(join(tmpdir(), "lrbot-safety-"));
const recorded = join(import.meta.dirname, "../../fixtures/goldens/image-classifier/model");
let runtime: Runtime;
beforeAll(async () => {
  runtime = await openRuntime({ threads: 1 });
});
afterAll(async () => {
  await runtime[Symbol.asyncDispose]();
  rmSync(root, { recursive: true });
});

describe("a safety model", () => {
  it("gives the classifier's probability of nsfw for what transformers' image processor would show it", async () => {
    const picture = await readPicture(scene("s000.png"));
    await using classifier = await loadImageClassifier({ folder: recorded, runtime });
    const pixels = preprocess(picture, await loadPreprocessor(recorded));
    const { probabilities } = await classifier.classify(pixels);
    await using model = await loadSafetyModel({ folder: recorded, runtime });
    expect(await model.inspect(picture)).toBeCloseTo(probabilities.data[1] ?? Number.NaN, 6);
    expect(model.name).toBe("model");
  });

  it.each([
    ["unsafe", 1],
    ["safe", 0],
  ] as const)("made to find everything %s says %i", async (finding, probability) => {
    const folder = makeSafetyModel(join(root, finding), finding);
    await using model = await loadSafetyModel({ folder, runtime });
    const picture = await readPicture(scene("s001.png"));
    expect(await model.inspect(picture)).toBeCloseTo(probability, 6);
  });

  it.each([
    [["neutral", "Porn"]],
    [["hentai", "drawings"]],
    [["sexy", "normal"]],
    [["not_nsfw", "nsfw"]],
    [["SAFE", "UNSAFE"]],
    [["sfw", "sexually explicit"]],
  ])("may have the labels %j", async (labels) => {
    const folder = makeSafetyModel(join(root, "labels"), "safe");
    relabel(folder, labels);
    await expect(checkSafetyModel(folder)).resolves.toBeUndefined();
  });

  it.each([
    ["none that is unsafe", ["cat", "dog"]],
    ["none that is safe", ["nsfw", "porn"]],
    ["only denials", ["not_nsfw", "non-explicit"]],
    ["one alone", ["nsfw"]],
  ])("is refused where its labels are %s", async (_, labels) => {
    const folder = makeSafetyModel(join(root, "refused"), "safe");
    relabel(folder, labels);
    const refused = { code: "network-unsupported", message: expect.stringMatching(/^Expected .*got .*/) };
    await expect(checkSafetyModel(folder)).rejects.toMatchObject(refused);
    await expect(loadSafetyModel({ folder, runtime })).rejects.toMatchObject(refused);
  });

  it.each(["config.json", "preprocessor_config.json", "model.safetensors"])(
    "is refused without its %s",
    async (file) => {
      const folder = makeSafetyModel(join(root, `without-${file}`), "safe");
      rmSync(join(folder, file));
      await expect(checkSafetyModel(folder)).rejects.toMatchObject({
        code: "pack-file-missing",
        message: expect.stringContaining(file),
      });
    },
  );

  it("is refused where its weights were not fetched but pointed at, and where one is missing", async () => {
    const folder = makeSafetyModel(join(root, "pointer"), "safe");
    writeFileSync(
      join(folder, "model.safetensors"),
      `version https://git-lfs.github.com/spec/v1\noid sha256:${"0".repeat(64)}\nsize 343223968\n`,
    );
    await expect(checkSafetyModel(folder)).rejects.toMatchObject({ code: "weights-corrupt" });
    cpSync(join(recorded, "../../dino/model/model.safetensors"), join(folder, "model.safetensors"));
    await expect(checkSafetyModel(folder)).rejects.toMatchObject({ code: "weights-tensor-missing" });
  });
});
