import { describe, expect, it } from "vitest";
import { createRandom, type Random } from "../../../src/pipeline/random.ts";
import { cosine, type ImageState, prepareEditingLoss } from "../../../src/pipeline/regions/losses.ts";
import { type StructureNorm, structureNorms } from "../../../src/types.ts";

const [embeddingWidth, tokenWidth] = [12, 10];

function drawnState(random: Random, patches: number): ImageState {
  return {
    embedding: random.gaussians(embeddingWidth),
    tokens: { data: random.gaussians(patches * tokenWidth), shape: [patches, tokenWidth] },
  };
}

/** Equations 3 to 6, written out without any of the product's code. */
function plainLosses(
  picture: ImageState,
  edited: ImageState,
  prompt: Float32Array,
  sourceText: Float32Array,
  norm: StructureNorm,
): { clip: number; structure: number; direction: number } {
  const dot = (a: number[], b: number[]) => a.reduce((sum, x, i) => sum + x * (b[i] ?? 0), 0);
  const cos = (a: number[], b: number[]) => dot(a, b) / Math.sqrt(dot(a, a)) / Math.sqrt(dot(b, b));
  const minus = (a: Float32Array, b: Float32Array) => [...a].map((x, i) => x - (b[i] ?? 0));
  const rows = ({ data, shape: [count = 0, width = 0] }: ImageState["tokens"]) =>
    Array.from({ length: count }, (_, row) => [...data.slice(row * width, (row + 1) * width)]);
  const [before, after] = [rows(picture.tokens), rows(edited.tokens)];
  let squares = 0;
  for (const i of before.keys()) {
    for (const j of before.keys()) {
      squares += (cos(after[i] ?? [], after[j] ?? []) - cos(before[i] ?? [], before[j] ?? [])) ** 2;
    }
  }
  const patches = before.length;
  const structures: Record<StructureNorm, number> = {
    rms: Math.sqrt(squares / (patches * patches)),
    "mean-square": squares / (patches * patches),
    frobenius: Math.sqrt(squares),
  };
  return {
    clip: 1 - cos([...edited.embedding], [...prompt]),
    structure: structures[norm],
    direction: 1 - cos(minus(edited.embedding, picture.embedding), minus(prompt, sourceText)),
  };
}

describe.each(structureNorms)("the editing loss with the %s norm", (structureNorm) => {
  // 5, 7 and 18 are no whole number of the blocks of four that rows are compared in.
  it.each([1, 4, 5, 7, 16, 18])("is equations 3 to 6, on %i patches", (patches) => {
    for (const seed of [1, 2, 3]) {
      const random = createRandom(seed, `losses ${patches}`);
      const picture = drawnState(random, patches);
      const prompt = random.gaussians(embeddingWidth);
      const sourceText = random.gaussians(embeddingWidth);
      const lossesOf = prepareEditingLoss({ picture, prompt, sourceText, structureNorm });
      for (let edit = 0; edit < 3; edit++) {
        const edited = drawnState(random, patches);
        const actual = lossesOf(edited);
        const expected = plainLosses(picture, edited, prompt, sourceText, structureNorm);
        const told = `seed ${seed}, edit ${edit}`;
        expect(actual.clip, told).toBeCloseTo(expected.clip, 5);
        expect(actual.structure, told).toBeCloseTo(expected.structure, 5);
        expect(actual.direction, told).toBeCloseTo(expected.direction, 5);
        expect(actual.total, told).toBeCloseTo(expected.clip + expected.structure + expected.direction, 5);
      }
    }
  });

  it("does not hang on the lengths of patch tokens", () => {
    const random = createRandom(5, "lengths");
    const picture = drawnState(random, 6);
    const edited = drawnState(random, 6);
    const [prompt, sourceText] = [random.gaussians(embeddingWidth), random.gaussians(embeddingWidth)];
    const scaled = { ...edited.tokens, data: edited.tokens.data.map((value) => 7 * value) };
    const lossesOf = prepareEditingLoss({ picture, prompt, sourceText, structureNorm });
    expect(lossesOf({ ...edited, tokens: scaled }).structure).toBeCloseTo(lossesOf(edited).structure, 5);
  });
});

describe("the direction", () => {
  const tokens = { data: new Float32Array(8).fill(1), shape: [2, 4] };
  const state = (...embedding: number[]): ImageState => ({ embedding: Float32Array.from(embedding), tokens });
  const direction = (edited: ImageState, picture: ImageState, prompt: number[], sourceText: number[]) =>
    prepareEditingLoss({
      picture,
      prompt: Float32Array.from(prompt),
      sourceText: Float32Array.from(sourceText),
      structureNorm: "rms",
    })(edited).direction;

  it("is 0 along the text's, 2 against it and 1 across it", () => {
    expect(direction(state(3, 1), state(1, 1), [5, 0], [1, 0])).toBeCloseTo(0, 6);
    expect(direction(state(0, 1), state(1, 1), [5, 0], [1, 0])).toBeCloseTo(2, 6);
    expect(direction(state(1, 4), state(1, 1), [5, 0], [1, 0])).toBeCloseTo(1, 6);
  });

  it("is 1 where the picture or the text moved less than 1e-6, and counts from there on", () => {
    const picture = state(0, 1);
    expect(direction(picture, picture, [5, 0], [1, 0])).toBe(1);
    expect(direction(state(0.9e-6, 1), picture, [5, 0], [1, 0])).toBe(1);
    expect(direction(state(1.1e-6, 1), picture, [5, 0], [1, 0])).toBeCloseTo(0, 6);
    expect(direction(state(2, 1), picture, [1, 0], [1, 0])).toBe(1);
    expect(direction(state(2, 1), picture, [0.9e-6, 0], [0, 0])).toBe(1);
    expect(direction(state(2, 1), picture, [1.1e-6, 0], [0, 0])).toBeCloseTo(0, 6);
  });
});

describe("an edit in place of what nobody knows", () => {
  it("is compared without a direction", () => {
    const state = (...embedding: number[]) => ({
      embedding: Float32Array.from(embedding),
      tokens: { data: Float32Array.of(1, 0, 0, 1), shape: [2, 2] },
    });
    const reference = { picture: state(1, 0), prompt: Float32Array.of(0, 1), structureNorm: "rms" } as const;
    const edited = state(1, 1);
    const known = prepareEditingLoss({ ...reference, sourceText: Float32Array.of(1, 0) })(edited);
    const unknown = prepareEditingLoss({ ...reference, sourceText: null })(edited);
    expect(unknown).toEqual({ ...known, direction: 0, total: known.clip + known.structure });
    expect(known.direction).toBeGreaterThan(0);
  });
});

describe("a picture that was not changed", () => {
  it("has no structural loss, and keeps its own distance from the prompt", () => {
    const random = createRandom(9, "unchanged");
    const picture = drawnState(random, 9);
    const [prompt, sourceText] = [random.gaussians(embeddingWidth), random.gaussians(embeddingWidth)];
    for (const structureNorm of structureNorms) {
      const losses = prepareEditingLoss({ picture, prompt, sourceText, structureNorm })(picture);
      expect(losses.direction).toBe(1);
      expect(losses.structure).toBeCloseTo(0, 6);
      expect(losses.clip).toBeCloseTo(1 - cosine(picture.embedding, prompt), 6);
    }
  });
});

describe("the cosine", () => {
  it("is 0 where a vector has no length, and no more than 1 in size", () => {
    expect(cosine(new Float32Array(3), Float32Array.of(1, 2, 3))).toBe(0);
    expect(cosine(Float32Array.of(1, 0), Float32Array.of(-2, 0))).toBe(-1);
    expect(cosine(Float32Array.of(1, 1), Float32Array.of(3, 3))).toBeCloseTo(1, 12);
  });
});
