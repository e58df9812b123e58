import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { boxInFrame, frameFor } from "../../../src/pipeline/image/framing.ts";
import type { Picture } from "../../../src/pipeline/image/picture.ts";
import type { Models } from "../../../src/pipeline/models.ts";
import { createRandom } from "../../../src/pipeline/random.ts";
import { createPatches, type Patches } from "../../../src/pipeline/steps/patches.ts";
import type { Box } from "../../../src/types.ts";
import { loadMini } from "../mini.ts";

let models: Models;
beforeAll(async () => {
  models = await loadMini();
});
afterAll(() => models[Symbol.asyncDispose]());

/** A picture of noise with a gradient of alpha. */
function noise(width: number, height: number): Picture {
  const random = createRandom(1, `${width}x${height}`);
  return {
    width,
    height,
    rgb: Uint8Array.from(random.gaussians(width * height * 3), (value) => 128 + 30 * value),
    alpha: Uint8Array.from({ length: width * height }, (_, index) => index),
  };
}

const viewSide = 50;

async function withPatches<Result>(
  picture: Picture,
  use: (patches: Patches) => Promise<Result>,
): Promise<Result> {
  const { inpainter, pack } = models;
  await using painting = await inpainter.begin({
    prompt: "a rabbit",
    negative: "",
    guidance: 1,
    strength: 1,
    seed: 0,
  });
  return use(createPatches({ picture, painting, inpainter, framing: pack.manifest.framing, viewSide }));
}

describe("the patches", () => {
  const boxes: Box[] = [
    { left: 100, top: 60, width: 90, height: 90 },
    { left: 0, top: 0, width: 300, height: 200 },
    { left: 250, top: 0, width: 30, height: 200 },
    { left: 5, top: 150, width: 1, height: 1 },
    { left: 299, top: 199, width: 1, height: 1 },
  ];

  it("paints each box in a frame of its own that holds it, at the model's size", async () => {
    const picture = noise(300, 200);
    const patches = await withPatches(picture, (patches) => patches.paint(boxes, { steps: 1 }));
    expect(patches.map(({ box }) => box)).toEqual(boxes);
    for (const { box, frame, painted } of patches) {
      expect(frame).toEqual(frameFor(box, picture, models.pack.manifest.framing));
      expect(frame.left).toBeLessThanOrEqual(box.left);
      expect(frame.left + frame.width).toBeGreaterThanOrEqual(box.left + box.width);
      expect(Math.min(painted.width, painted.height)).toBe(models.inpainter.side);
      expect(painted.rgb).toHaveLength(painted.width * painted.height * 3);
    }
  });

  it("shows a patch in the whole picture: bit for bit the picture's own outside the box, alpha too", async () => {
    const picture = noise(300, 200);
    await withPatches(picture, async (patches) => {
      const painted = await patches.paint(boxes, { steps: 1 });
      for (const patch of painted) {
        const { rgb, alpha, width, height } = await patches.compose(patch);
        expect([width, height]).toEqual([300, 200]);
        expect(alpha).toEqual(picture.alpha);
        const { left, top, width: w, height: h } = patch.box;
        const strays = [...rgb.keys()].filter((index) => {
          const pixel = Math.floor(index / 3);
          const [x, y] = [pixel % 300, Math.floor(pixel / 300)];
          const isInside = x >= left && x < left + w && y >= top && y < top + h;
          return !isInside && rgb[index] !== picture.rgb[index];
        });
        expect(strays).toEqual([]);
      }
    });
  });

  it("judges full paintings on a copy of twice the side that judging sees, drafts on its square, small pictures as they are", async () => {
    const large = noise(300, 200);
    await withPatches(large, async (patches) => {
      for (const patch of await patches.paint(boxes, { steps: 1 })) {
        const full = await patches.composeForScoring(patch, "full");
        expect([full.width, full.height]).toEqual([150, 2 * viewSide]);
        const draft = await patches.composeForScoring(patch, "draft");
        expect([draft.width, draft.height]).toEqual([viewSide, viewSide]);
      }
    });
    const small = noise(80, 64);
    await withPatches(small, async (patches) => {
      const [patch] = await patches.paint([{ left: 8, top: 8, width: 40, height: 40 }], { steps: 1 });
      if (!patch) throw new Error("Expected a patch, got none.");
      expect((await patches.composeForScoring(patch, "full")).rgb).toEqual(
        (await patches.compose(patch)).rgb,
      );
    });
  });

  it("paints a box of 8:1 small enough, and pastes it where it belongs", async () => {
    const picture = noise(1600, 200);
    const box = { left: 40, top: 20, width: 1500, height: 160 };
    await withPatches(picture, async (patches) => {
      const [patch] = await patches.paint([box], { steps: 1 });
      if (!patch) throw new Error("Expected a patch, got none.");
      const { width, height } = patch.painted;
      expect([width, height]).toEqual([512, 64]);
      const marked = new Uint8Array(width * height * 3);
      // The box's own pixels in the frame, as they are told to the model.
      const { left, top, ...size } = boxInFrame(box, patch.frame, { width, height });
      for (let y = top; y < top + size.height; y++)
        marked.fill(255, (y * width + left) * 3, (y * width + left + size.width) * 3);
      const { rgb } = await patches.compose({ ...patch, painted: { ...patch.painted, rgb: marked } });
      const at = (x: number, y: number) => rgb[(y * 1600 + x) * 3] ?? 0;
      // Within the seam, near its corners and in its middle.
      for (const y of [34, 100, 165]) for (const x of [54, 790, 1525]) expect(at(x, y)).toBe(255);
      const strays = [...rgb.keys()].filter((index) => {
        const [x, y] = [Math.floor(index / 3) % 1600, Math.floor(index / 3 / 1600)];
        return (x < 40 || x >= 1540 || y < 20 || y >= 180) && rgb[index] !== picture.rgb[index];
      });
      expect(strays).toEqual([]);
    });
  });

  it("keeps the source as it was", async () => {
    const picture = noise(120, 90);
    const before = picture.rgb.slice();
    await withPatches(picture, async (patches) => {
      const [patch] = await patches.paint([{ left: 20, top: 20, width: 50, height: 50 }], { steps: 1 });
      if (patch) await patches.compose(patch);
    });
    expect(picture.rgb).toEqual(before);
  });
});
