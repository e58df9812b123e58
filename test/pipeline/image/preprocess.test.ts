import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { EditError } from "../../../src/errors.ts";
import { readCase } from "../../../src/goldens/case.ts";
import { pasteFrame } from "../../../src/pipeline/image/compose.ts";
import { readPicture } from "../../../src/pipeline/image/image.ts";
import type { Picture, Retouched, Rgb } from "../../../src/pipeline/image/picture.ts";
import {
  createClipViewer,
  loadPreprocessor,
  parsePreprocessor,
  preprocess,
  resized,
  vitPixels,
  vitSize,
} from "../../../src/pipeline/image/preprocess.ts";
import { cutOut } from "../../../src/pipeline/steps/source-noun.ts";
import { flatRgb, gradient, noisyPicture, refusal, temporaryFolder } from "./pictures.ts";

const configs = join(import.meta.dirname, "../../fixtures/configs");
const goldens = join(import.meta.dirname, "../../fixtures/goldens/image-processing");
const golden = await readCase(goldens);
const picture = await readPicture(join(goldens, "image.png"));
const clip = await loadPreprocessor(join(goldens, "clip"));
const vit = await loadPreprocessor(join(goldens, "dino"));
const { put, folder } = temporaryFolder();

describe("what the reference implementation recorded", () => {
  it("starts from the same pixels", async () => {
    expect(Float32Array.from(picture.rgb)).toEqual((await golden.floatInput("image")).data);
  });

  it("is resized to the same size, bytes and all", async () => {
    const whole = resized(picture, clip);
    const { data: size } = await golden.recorded("clip.resized_size");
    expect([whole.height, whole.width].map(BigInt)).toEqual([...size]);
    const { data: corner } = await golden.recorded("clip.resized_corner");
    const rows = Array.from({ length: 16 }, (_, row) => [
      ...whole.rgb.subarray(row * whole.width * 3, (row * whole.width + 16) * 3),
    ]);
    expect(rows.flat()).toEqual([...corner].map(Number));
  });

  const small = { width: 15, height: 15 };
  it.each([
    ["clip.pixel_values_s8", 8, clip],
    ["clip_small.pixel_values", 1, { ...clip, resize: 15, crop: small }],
    ["vit.pixel_values_s8", 8, vit],
    ["vit_small.pixel_values", 1, { ...vit, resize: small }],
  ] as const)("is met by %s", async (name, stride, preprocessor) => {
    const { data, shape } = preprocess(picture, preprocessor);
    const [, , height, width] = shape;
    const recorded = await golden.recorded(name);
    const rule = golden.rules.get(name);
    const picked = [...data].filter((_, index) => {
      const inPlane = index % (height * width);
      return (inPlane % width) % stride === 0 && Math.floor(inPlane / width) % stride === 0;
    });
    expect(picked.length).toBe(recorded.data.length);
    const errors = picked.map((value, index) => Math.abs(value - Number(recorded.data[index])));
    const scale = rule && "scale" in rule ? rule.scale : 0;
    expect(Math.max(...errors)).toBeLessThanOrEqual(1e-5 * scale);
  });
});

describe("CLIP's view", () => {
  it("squashes the whole picture and crops nothing", () => {
    const halves = flatRgb(90, 30, [255, 255, 255]);
    for (let row = 0; row < 30; row++) halves.rgb.fill(0, row * 270, row * 270 + 135);
    const pixels = new Float32Array(3 * 16 * 16);
    createClipViewer(16, { ...clip, mean: [0, 0, 0], std: [1, 1, 1] })(halves, pixels);
    expect([pixels[0], pixels[15], pixels[16 * 16 * 3 - 16], pixels[16 * 16 * 3 - 1]]).toEqual([0, 1, 0, 1]);
  });

  it("of a retouched picture is that of the whole picture, whichever original came before", () => {
    const show = createClipViewer(32, clip);
    const view = (picture: Rgb | Retouched) => {
      const pixels = new Float32Array(3 * 32 * 32);
      show(picture, pixels);
      return pixels;
    };
    for (const [width, height, seed] of [
      [60, 45, 1],
      [20, 71, 2],
    ] as const) {
      const original: Picture = { ...noisyPicture(width, height, seed), alpha: null };
      const other = noisyPicture(width, height, seed + 10);
      for (const box of [
        { left: 0, top: 0, width: 1, height: 1 },
        { left: 7, top: 9, width: 11, height: 20 },
        { left: 0, top: 0, width, height },
      ]) {
        const picture = pasteFrame(original, cutOut({ ...other, alpha: null }, box).rgb, box, box);
        expect(view(picture)).toEqual(view({ width, height, rgb: picture.rgb }));
      }
    }
  });
});

describe("the ViT's view", () => {
  const size = (width: number, height: number) => vitSize({ width, height }, { shortSide: 128, patch: 16 });

  it.each([
    [256, 256, 128, 128],
    [300, 200, 192, 128],
    [200, 300, 128, 192],
    [32, 32, 128, 128],
    [1001, 700, 176, 128],
    [2000, 250, 384, 128],
    [250, 2000, 128, 384],
  ])("of %i x %i keeps the aspect up to 3:1, in whole patches: %i x %i", (width, height, wide, high) => {
    expect(size(width, height)).toEqual({ width: wide, height: high });
  });

  it("holds values normalised by channel, planar", () => {
    const { data, shape } = vitPixels(flatRgb(64, 32, [255, 0, 51]), { ...vit, shortSide: 32, patch: 16 });
    expect(shape).toEqual([1, 3, 32, 64]);
    const plane = 32 * 64;
    expect(data[0]).toBeCloseTo((1 - 0.485) / 0.229, 5);
    expect(data[plane]).toBeCloseTo((0 - 0.456) / 0.224, 5);
    expect(data[2 * plane + 9]).toBeCloseTo((0.2 - 0.406) / 0.225, 5);
  });

  it("turns with the picture: rows stay rows", () => {
    const { width, height, rgb } = gradient(96, 48);
    const { data } = vitPixels({ width, height, rgb }, { ...vit, shortSide: 48, patch: 16 });
    expect(data[95]).toBeGreaterThan(data[0] ?? 0);
    expect(data[47 * 96]).toBeCloseTo(data[0] ?? 0, 5);
  });
});

describe("an image processor's description", () => {
  const means = { image_mean: [0.5, 0.5, 0.5], image_std: [0.5, 0.5, 0.5] };

  it("takes an old CLIP's number as the shortest edge and a ViT's as a square", () => {
    const old = { ...means, size: 96 };
    expect(parsePreprocessor({ ...old, feature_extractor_type: "CLIPFeatureExtractor" }, "x")).toMatchObject({
      resize: 96,
      kernel: "cubic",
      crop: { width: 224, height: 224 },
    });
    expect(parsePreprocessor({ ...old, feature_extractor_type: "ViTFeatureExtractor" }, "x")).toMatchObject({
      resize: { width: 96, height: 96 },
      kernel: "linear",
      crop: null,
    });
  });

  it("that says nothing but its class, or null, has the class's own values", () => {
    const unsaid = { size: null, crop_size: null, image_mean: null, image_std: null, resample: null };
    for (const type of ["CLIPImageProcessor", "CLIPImageProcessorFast"]) {
      const found = parsePreprocessor({ ...unsaid, image_processor_type: type }, "x");
      expect(found).toMatchObject({ resize: 224, crop: { width: 224, height: 224 }, kernel: "cubic" });
      expect([...found.mean, ...found.std].map((value) => value.toFixed(3))).toEqual(
        "0.481 0.458 0.408 0.269 0.261 0.276".split(" "),
      );
    }
    expect(parsePreprocessor({ ...unsaid, image_processor_type: "ViTImageProcessor" }, "x")).toMatchObject({
      ...{ resize: { width: 224, height: 224 }, crop: null, kernel: "linear" },
      ...{ mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] },
    });
  });

  it.each([
    ["that is no object", [1]],
    ["without means", { size: 96 }],
    ["that does not normalise", { ...means, size: 96, do_normalize: false }],
    ["with a kernel that is not built", { ...means, size: 96, resample: 0 }],
    ["of a size that is none", { ...means, size: { height: 0, width: 96 } }],
  ])("%s is refused with the file's name, in one line", (_, json) => {
    const parse = () => parsePreprocessor(json, "clip/preprocessor_config.json");
    expect(parse).toThrow(EditError);
    expect(parse).toThrow(/^Expected clip\/preprocessor_config\.json [^\n]+, got [^\n]+$/);
  });

  it("may be nested in what transformers 5 writes for CLIP, and says nothing by null", async () => {
    const recorded = await loadPreprocessor(join(goldens, "clip"));
    for (const name of ["v5", "fast", "none"]) mkdirSync(join(folder, name));
    put("v5/processor_config.json", readFileSync(join(configs, "clip-v5-processor_config.json")));
    expect(await loadPreprocessor(join(folder, "v5"))).toEqual(recorded);
    put("fast/preprocessor_config.json", readFileSync(join(configs, "vit-fast-preprocessor_config.json")));
    const { resize, crop, kernel } = await loadPreprocessor(join(folder, "fast"));
    expect({ resize, crop, kernel }).toEqual({
      resize: { width: 128, height: 128 },
      crop: null,
      kernel: "linear",
    });
    put("none/processor_config.json", '{"processor_class": "CLIPProcessor"}');
    await refusal(loadPreprocessor(join(folder, "none")), "pack-invalid");
  });

  it("that is missing or no JSON is refused", async () => {
    await refusal(loadPreprocessor(folder), "pack-file-missing");
    put("preprocessor_config.json", "{");
    await refusal(loadPreprocessor(folder), "pack-invalid");
  });

  it("whose crop is larger than what it resizes to is refused", () => {
    const wrong = { ...clip, resize: 20, crop: { width: 30, height: 30 } };
    expect(() => preprocess(noisyPicture(40, 40, 1), wrong)).toThrow(EditError);
  });
});
