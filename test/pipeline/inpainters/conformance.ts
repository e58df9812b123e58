import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type {
  Frame,
  Inpainter,
  PaintingRequest,
  PaintOptions,
} from "../../../src/pipeline/inpainters/inpainter.ts";
import { createRandom } from "../../../src/pipeline/random.ts";
import type { Box } from "../../../src/types.ts";

export interface ConformanceOptions {
  /** Opened once for the whole suite, which disposes of it. */
  readonly open: () => Promise<Inpainter>;
  /** Sampling steps that are enough to see a difference; at least 3. */
  readonly steps: number;
  /**
   * How far a byte may be from the same byte of the same frame painted alone, when it is painted in a batch: sums
   * are rounded in another order there.
   */
  readonly batchTolerance: number;
}

/**
 * What every inpainter owes whoever paints with it. Call it in the test file of a new one:
 *
 * ```ts
 * describeInpainter("my-model", { open: () => openMyModel(), steps: 3, batchTolerance: 1 });
 * ```
 */
export function describeInpainter(name: string, { open, steps, batchTolerance }: ConformanceOptions): void {
  describe(`the inpainter ${name}`, () => {
    let inpainter: Inpainter;
    beforeAll(async () => {
      inpainter = await open();
    });
    afterAll(() => inpainter[Symbol.asyncDispose]());

    /** A picture of smooth blobs, as large as asked for, with a box in it. */
    function frame(seed: number, change: { width?: number; height?: number; box?: Box } = {}): Frame {
      const { width = inpainter.side, height = inpainter.side } = change;
      const random = createRandom(seed, "frame");
      const waves = Array.from({ length: 9 }, () => 0.02 + 0.1 * random.uniform());
      const rgb = Uint8Array.from({ length: width * height * 3 }, (_, i) => {
        const pixel = Math.floor(i / 3);
        const [x, y, channel] = [pixel % width, Math.floor(pixel / width), i % 3];
        return 128 + 60 * Math.sin(x * (waves[channel] ?? 0)) + 60 * Math.cos(y * (waves[channel + 3] ?? 0));
      });
      const box = change.box ?? {
        left: Math.floor(width / 4),
        top: Math.floor(height / 4),
        width: Math.floor(width / 2),
        height: Math.floor(height / 2),
      };
      return { width, height, rgb, box, key: `${seed} ${width}x${height} ${JSON.stringify(box)}` };
    }

    const request = (change: Partial<PaintingRequest> = {}): PaintingRequest => ({
      prompt: "a red fox",
      negative: "",
      guidance: 3,
      strength: 1,
      seed: 7,
      ...change,
    });

    async function painted(
      frames: readonly Frame[],
      change: Partial<PaintingRequest> = {},
      options: Partial<PaintOptions> = {},
    ): Promise<Uint8Array[]> {
      await using painting = await inpainter.begin(request(change));
      return await painting.paint(frames, { steps, ...options });
    }

    function expectAlike(actual: readonly Uint8Array[], expected: readonly Uint8Array[]): void {
      expect(actual.map(({ length }) => length)).toEqual(expected.map(({ length }) => length));
      for (const [index, bytes] of actual.entries()) {
        expect(largestDifference(bytes, expected[index]), `frame ${index}`).toBeLessThanOrEqual(
          batchTolerance,
        );
      }
    }

    it("says its name, the side that it paints best and what sides are best a multiple of", () => {
      expect(inpainter.name).toMatch(/^[a-z0-9-]+$/);
      expect(inpainter.multiple).toBeGreaterThanOrEqual(1);
      expect(inpainter.side % inpainter.multiple).toBe(0);
    });

    it("gives new pixels of the frame's size in its box, and leaves the frame as it was", async () => {
      const given = frame(1);
      const before = given.rgb.slice();
      const [rgb = new Uint8Array()] = await painted([given]);
      expect(rgb).toHaveLength(given.width * given.height * 3);
      expect(given.rgb).toEqual(before);
      expect(pixelsOf(rgb, given)).not.toEqual(pixelsOf(before, given));
    });

    it("paints nothing when nothing is asked for", async () => {
      let told = 0;
      expect(await painted([], {}, { onStep: () => told++ })).toEqual([]);
      expect(told).toBe(0);
    });

    it("paints the same bytes for the same seed, in one painting and in two", async () => {
      await using painting = await inpainter.begin(request());
      const frames = [frame(1)];
      const first = await painting.paint(frames, { steps });
      expect(await painting.paint(frames, { steps })).toEqual(first);
      expect(await painted(frames)).toEqual(first);
    });

    it("paints other bytes for another seed, prompt or number of steps", async () => {
      const frames = [frame(1)];
      const [first] = await painted(frames);
      expect(await painted(frames, { seed: 8 })).not.toEqual([first]);
      expect(await painted(frames, { prompt: "two blue cats" })).not.toEqual([first]);
      expect(await painted(frames, {}, { steps: steps + 1 })).not.toEqual([first]);
    });

    it("paints drafts of the frame's size, the same each time, that change no full painting", async () => {
      await using painting = await inpainter.begin(request());
      const frames = [frame(1)];
      const [full] = await painting.paint(frames, { steps, quality: "full" });
      const [draft] = await painting.paint(frames, { steps, quality: "draft" });
      expect(draft).toHaveLength(full?.length ?? 0);
      expect(await painting.paint(frames, { steps, quality: "draft" })).toEqual([draft]);
      expect(await painting.paint(frames, { steps })).toEqual([full]);
    });

    it("paints several frames as it paints each alone, in order, whatever fits one batch", async () => {
      const frames = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((seed) => frame(seed % 3, { box: boxOf(seed) }));
      const together = await painted(frames);
      for (const [index, one] of frames.entries()) {
        if (index % 3 !== 0 && index !== frames.length - 1) continue;
        expectAlike([together[index] ?? new Uint8Array()], await painted([one]));
      }
      function boxOf(seed: number): Box {
        const side = Math.floor(inpainter.side / 2);
        return { left: seed, top: 2 * seed, width: side - seed, height: side };
      }
    });

    it("paints frames of several sizes and aspect ratios together as each alone", async () => {
      const { side, multiple } = inpainter;
      const sizes = [
        { width: side, height: side },
        { width: 2 * side, height: side },
        { width: side, height: side + multiple },
        { width: side + 3, height: side + 1 },
        { width: side, height: side },
      ];
      const frames = sizes.map((size, index) => frame(index, size));
      const together = await painted(frames);
      expect(together.map(({ length }) => length)).toEqual(
        sizes.map(({ width, height }) => width * height * 3),
      );
      for (const [index, one] of frames.entries()) {
        expectAlike([together[index] ?? new Uint8Array()], await painted([one]));
      }
    });

    it("paints a box of one pixel, one along an edge and the whole frame", async () => {
      const { side } = inpainter;
      const boxes = [
        { left: 5, top: 7, width: 1, height: 1 },
        { left: 0, top: side - 3, width: side, height: 3 },
        { left: 0, top: 0, width: side, height: side },
      ];
      const pictures = await painted(boxes.map((box) => frame(1, { box })));
      expect(pictures).toHaveLength(3);
    });

    it("counts its steps up to the number it says, one by one", async () => {
      for (const strength of [1, 0.5]) {
        const told: [number, number][] = [];
        await painted(
          [frame(1), frame(2)],
          { strength },
          { onStep: (done, walked) => told.push([done, walked]) },
        );
        const walked = told[0]?.[1] ?? 0;
        expect(walked).toBeGreaterThan(0);
        expect(told).toEqual(Array.from({ length: walked }, (_, index) => [index + 1, walked]));
      }
    });

    it("walks fewer steps at less strength, and paints otherwise", async () => {
      const walkedAt = async (strength: number) => {
        let walked = 0;
        const [rgb] = await painted([frame(1)], { strength }, { onStep: (_, all) => (walked = all) });
        return { walked, rgb };
      };
      const [whole, some] = [await walkedAt(1), await walkedAt(0.4)];
      expect(some.walked).toBeLessThan(whole.walked);
      expect(some.rgb).not.toEqual(whole.rgb);
    });

    it("stops between two steps once it is cancelled, and paints as before after that", async () => {
      await using painting = await inpainter.begin(request());
      const controller = new AbortController();
      let told = 0;
      const cancelled = painting.paint([frame(1)], {
        steps,
        signal: controller.signal,
        onStep: () => {
          told++;
          controller.abort();
        },
      });
      await expect(cancelled).rejects.toMatchObject({ code: "cancelled" });
      expect(told).toBe(1);
      expect(await painting.paint([frame(1)], { steps })).toEqual(await painted([frame(1)]));
    });

    it("does nothing for a signal that was aborted before", async () => {
      const signal = AbortSignal.abort();
      let told = 0;
      await expect(painted([frame(1)], {}, { signal, onStep: () => told++ })).rejects.toMatchObject({
        code: "cancelled",
      });
      expect(told).toBe(0);
      await expect(inpainter.begin(request(), signal)).rejects.toMatchObject({ code: "cancelled" });
    });

    it("guides away from the negative prompt, and with guidance 1 takes no notice of it", async () => {
      const frames = [frame(1)];
      const [plain, guided] = [await painted(frames, { guidance: 1 }), await painted(frames)];
      expect(await painted(frames, { guidance: 1, negative: "a green tree" })).toEqual(plain);
      expect(guided).not.toEqual(plain);
      expect(await painted(frames, { negative: "a green tree" })).not.toEqual(guided);
    });
  });
}

/** The bytes inside a frame's box. */
function pixelsOf(rgb: Uint8Array, { width, box }: Frame): number[] {
  return Array.from({ length: box.height }, (_, row) => {
    const from = ((box.top + row) * width + box.left) * 3;
    return [...rgb.subarray(from, from + box.width * 3)];
  }).flat();
}

function largestDifference(a: Uint8Array, b: Uint8Array | undefined): number {
  return a.reduce((most, value, index) => Math.max(most, Math.abs(value - (b?.[index] ?? Number.NaN))), 0);
}
