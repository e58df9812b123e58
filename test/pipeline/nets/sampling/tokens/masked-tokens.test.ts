import { describe, expect, it } from "vitest";
import { decodeTokens } from "../../../../../src/pipeline/nets/sampling/tokens/decode-tokens.ts";
import { seededDraws } from "../../../../../src/pipeline/nets/sampling/tokens/draws.ts";
import { maskedAfter, stepTokens } from "../../../../../src/pipeline/nets/sampling/tokens/masked-tokens.ts";

const maskId = 4;

describe("how many tokens stay masked", () => {
  const leftAt = (share: number, maskedNow: number, schedule: "cosine" | "linear" = "linear") =>
    maskedAfter({ schedule, share, all: 16, startedWith: 8, maskedNow });

  it("falls evenly or by a quarter of a cosine from those of the start", () => {
    expect([0.25, 0.5, 0.75].map((share) => leftAt(share, 8))).toEqual([6, 4, 2]);
    expect([0.25, 0.5, 0.75].map((share) => leftAt(share, 8, "cosine"))).toEqual([7, 5, 3]);
  });

  it("is always fewer than before, and one at least", () => {
    expect(leftAt(0.1, 5)).toBe(4);
    expect(leftAt(0.99, 5)).toBe(1);
    expect(leftAt(0.5, 1)).toBe(1);
  });
});

describe("a step", () => {
  /** `[codebook, tokens]` in which every token is surely its own entry, the later the surer. */
  const logits = (tokens: number) =>
    Float32Array.from({ length: 4 * tokens }, (_, i) =>
      Math.floor(i / tokens) === i % 4 ? 2 + (i % tokens) : 0,
    );
  const likeliest = {
    entry: (_token: number, probabilities: Float32Array) => probabilities.indexOf(Math.max(...probabilities)),
    gumbel: () => 0,
  };

  it("keeps what is known, and masks the least sure of the others again", () => {
    const tokens = [3, maskId, maskId, maskId];
    const { predicted, tokens: next } = stepTokens({
      ...{ tokens, maskId, logits: logits(4), masked: 2, temperature: 0, draws: likeliest },
    });
    expect(predicted).toEqual([3, 1, 2, 3]);
    expect(next).toEqual([3, maskId, maskId, 3]);
  });

  it("masks none at the last", () => {
    const tokens = [maskId, maskId, maskId, maskId];
    const step = { tokens, maskId, logits: logits(4), masked: null, temperature: 2, draws: likeliest };
    expect(stepTokens(step).tokens).toEqual([0, 1, 2, 3]);
  });
});

describe("numbers from a seed", () => {
  it("draw an entry as often as it is probable", () => {
    const probabilities = Float32Array.of(0.5, 0, 0.2, 0.3);
    const counts = [0, 0, 0, 0];
    for (let seed = 0; seed < 4000; seed++) {
      const entry = seededDraws(seed, 0, "4x4").entry(3, probabilities);
      counts[entry] = (counts[entry] ?? 0) + 1;
    }
    expect(counts[1]).toBe(0);
    // Five standard deviations of 4,000 draws.
    for (const [entry, share] of probabilities.entries())
      expect(Math.abs((counts[entry] ?? 0) / 4000 - share)).toBeLessThan(0.04);
  });

  it("are a token's own, whichever others are asked for", () => {
    const [all, one] = [seededDraws(7, 2, "4x4"), seededDraws(7, 2, "4x4")];
    const row = Array.from({ length: 16 }, (_, token) => all.gumbel(token));
    expect(one.gumbel(9)).toBe(row[9]);
    expect(new Set(row).size).toBe(16);
  });
});

describe("decoding", () => {
  const options = {
    maskId,
    schedule: "linear" as const,
    start: 0,
    temperature: 2,
    draws: (step: number) => seededDraws(1, step, "2x2"),
    predict: async (grids: readonly (readonly number[])[]) => new Float32Array(grids.length * 4 * 4),
  };

  it("paints every token that was masked and no other, in one step or in many", async () => {
    for (const steps of [1, 2, 9]) {
      const grids = [
        [maskId, 1, maskId, 3],
        [0, 1, 2, 3],
      ];
      const [first = [], second] = await decodeTokens({ ...options, grids, steps });
      expect([first[1], first[3]]).toEqual([1, 3]);
      expect(first).not.toContain(maskId);
      expect(second).toEqual([0, 1, 2, 3]);
    }
  });

  it("ends between steps once it is cancelled", async () => {
    const abort = new AbortController();
    let asked = 0;
    const walk = decodeTokens({
      ...options,
      grids: [[maskId, maskId, maskId, maskId]],
      steps: 5,
      signal: abort.signal,
      async predict(grids) {
        if (++asked === 2) abort.abort();
        return options.predict(grids);
      },
    });
    await expect(walk).rejects.toMatchObject({ code: "cancelled" });
    expect(asked).toBe(2);
  });
});
