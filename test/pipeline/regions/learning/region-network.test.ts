import { afterEach, describe, expect, it } from "vitest";
import { sizeOf, type Tensor } from "../../../../src/pipeline/nets/tensor.ts";
import { createRandom } from "../../../../src/pipeline/random.ts";
import { logitsGradient, probabilityRows } from "../../../../src/pipeline/regions/learning/objective.ts";
import {
  createRegionNetwork,
  initialWeights,
  parameterShapes,
  pooledSide,
  type RegionNetworkSize,
  type RegionNetworkWeights,
  regionInput,
} from "../../../../src/pipeline/regions/learning/region-network.ts";
import { required, tryBackends } from "./backends.ts";
import { plainLogits, standardisedPixels } from "./plain-network.ts";

const tried = await tryBackends();
const size: RegionNetworkSize = { channels: 6, proposals: 3 };
const anchors = 3;

function drawnFeatures(seed: number, { channels } = size): Tensor {
  const shape = [anchors, channels, pooledSide, pooledSide];
  const data = createRandom(seed, "features").gaussians(sizeOf(shape));
  // Channels of different level and spread, as a ViT's are.
  return { data: data.map((value, i) => value * (1 + (Math.floor(i / 49) % channels)) + (i % 5)), shape };
}

/** Weights without the zeros that a new network starts with, so that every parameter has a gradient. */
function drawnWeights(seed: number): RegionNetworkWeights {
  const random = createRandom(seed, "weights");
  const { parameters } = initialWeights(size, seed);
  return { ...size, parameters: parameters.map((value) => value + 0.1 * random.gaussian()) };
}

/** First and last place of each parameter tensor in the row of all parameters. */
function placesOf(): { name: string; from: number; to: number }[] {
  let to = 0;
  return Object.entries(parameterShapes(size)).map(([name, shape]) => {
    const from = to;
    to += sizeOf(shape);
    return { name, from, to };
  });
}

// A loop, because `describe.each` would cut the reason out of the title.
for (const { title, backend: found } of tried) {
  describe(`the region network on ${title}`, () => {
    const check = it.skipIf(found === null);

    check("starts out giving every proposal the same probability", async () => {
      await required(found).activate();
      using input = regionInput(drawnFeatures(1));
      const network = createRegionNetwork(initialWeights(size, 1));
      expect(probabilityRows(network.logits(input), 3).flat()).toEqual(new Array(9).fill(1 / 3));
    });

    check("computes what two convolutions and two linear layers written as loops compute", async () => {
      await required(found).activate();
      for (const seed of [1, 2]) {
        const features = drawnFeatures(seed);
        const weights = drawnWeights(seed);
        using input = regionInput(features);
        const network = createRegionNetwork(weights);
        const expected = plainLogits(
          standardisedPixels(features),
          Float64Array.from(weights.parameters),
          size,
          anchors,
        );
        const scale = Math.max(...expected.map(Math.abs));
        for (const [index, value] of network.logits(input).entries()) {
          expect(Math.abs(value - (expected[index] ?? 0)), `seed ${seed}`).toBeLessThan(1e-4 * scale);
        }
      }
    });

    check.each([1, 2, 3])("has the gradient that finite differences say (seed %i)", async (seed) => {
      await required(found).activate();
      const random = createRandom(seed, "places");
      const features = drawnFeatures(seed);
      const weights = drawnWeights(seed);
      const logitWeights = random.gaussians(anchors * size.proposals);
      using input = regionInput(features);
      const network = createRegionNetwork(weights);
      const gradient = network.parameterGradient(input, logitWeights);
      expect(gradient).toHaveLength(weights.parameters.length);

      const pixels = standardisedPixels(features);
      const objective = (parameters: Float64Array) =>
        plainLogits(pixels, parameters, size, anchors).reduce(
          (sum, logit, index) => sum + logit * (logitWeights[index] ?? 0),
          0,
        );
      const difference = (direction: (place: number) => number) => {
        const step = 1e-7;
        const moved = (by: number) =>
          objective(Float64Array.from(weights.parameters, (value, place) => value + by * direction(place)));
        return (moved(step) - moved(-step)) / (2 * step);
      };
      for (const { name, from, to } of placesOf()) {
        const part = gradient.subarray(from, to);
        const scale = Math.hypot(...part.subarray(0, 50_000)) / Math.sqrt(part.length);
        expect(scale, `${name} has a gradient`).toBeGreaterThan(0);
        // Some single parameters, and all of the tensor at once along a random direction.
        for (let trial = 0; trial < 6; trial++) {
          const place = from + random.integer(to - from);
          const expected = difference((other) => Number(other === place));
          expect(Math.abs((gradient[place] ?? 0) - expected), `seed ${seed}, ${name}, ${place}`).toBeLessThan(
            1e-3 * (scale + Math.abs(expected)),
          );
        }
        const signs = part.map(() => (random.uniform() < 0.5 ? -1 : 1));
        const along = part.reduce((sum, value, index) => sum + value * (signs[index] ?? 0), 0);
        const expected = difference((place) => signs[place - from] ?? 0);
        expect(Math.abs(along - expected), `seed ${seed}, ${name}, along a direction`).toBeLessThan(
          1e-3 * (scale * Math.sqrt(part.length) + Math.abs(expected)),
        );
      }
    });

    check("takes Adam's steps at 0.003", async () => {
      await required(found).activate();
      const features = drawnFeatures(4);
      using input = regionInput(features);
      const network = createRegionNetwork(drawnWeights(4));
      const constant = createRandom(4, "objective").gaussians(anchors * size.proposals);
      let expected = Float64Array.from(network.weights().parameters);
      const mean = new Float64Array(expected.length);
      const square = new Float64Array(expected.length);
      for (let step = 1; step <= 3; step++) {
        const gradient = network.parameterGradient(input, constant);
        expected = expected.map((value, place) => {
          const slope = gradient[place] ?? 0;
          const m = 0.9 * (mean[place] ?? 0) + 0.1 * slope;
          const v = 0.999 * (square[place] ?? 0) + 0.001 * slope * slope;
          mean[place] = m;
          square[place] = v;
          // The order of rounding that the paper recommends at the end of its section 2.
          const rate = (0.003 * Math.sqrt(1 - 0.999 ** step)) / (1 - 0.9 ** step);
          return value - (rate * m) / (Math.sqrt(v) + 1e-8);
        });
        network.train(input, () => constant);
      }
      const actual = network.weights().parameters;
      const off = actual.reduce(
        (most, value, place) => Math.max(most, Math.abs(value - (expected[place] ?? 0))),
        0,
      );
      expect(off).toBeLessThan(1e-5);
    });

    check("gives its weights away as a copy that starts an equal network", async () => {
      await required(found).activate();
      using input = regionInput(drawnFeatures(5));
      const network = createRegionNetwork(drawnWeights(5));
      const kept = network.weights();
      const before = network.logits(input);
      network.train(input, (logits) => logits.map((_, index) => index - 4));
      expect(network.logits(input)).not.toEqual(before);
      const again = createRegionNetwork(kept);
      expect(again.logits(input)).toEqual(before);
    });
  });
}

describe("the region network's input", () => {
  const channelsOf = (pixels: Float64Array, channel: number) =>
    pixels.filter((_, index) => index % size.channels === channel);

  it("has channels of mean 0 and variance 1, and a channel that never changes is 0", async () => {
    const features = drawnFeatures(6);
    for (let anchor = 0; anchor < anchors; anchor++) {
      features.data.fill(7, (anchor * size.channels + 2) * 49, (anchor * size.channels + 3) * 49);
    }
    await required(tried.at(-1)?.backend ?? null).activate();
    using input = regionInput(features);
    const pixels = Float64Array.from(input.pixels.dataSync());
    for (const channel of [0, 1, 3, 4, 5]) {
      const values = channelsOf(pixels, channel);
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      const variance = values.reduce((sum, value) => sum + value * value, 0) / values.length;
      expect(mean).toBeCloseTo(0, 4);
      expect(variance).toBeCloseTo(1, 3);
    }
    for (const value of channelsOf(pixels, 2)) expect(value).toBeCloseTo(0, 4);
  });
});

describe("the backends", () => {
  const here = tried.flatMap(({ backend }) => (backend ? [backend] : []));
  afterEach(() => here[0]?.activate());

  it.each([1, 2])("train to the same probabilities from the same seed (seed %i)", async (seed) => {
    const features = drawnFeatures(seed);
    const random = createRandom(seed, "losses");
    const losses = Array.from({ length: anchors }, () => [...random.gaussians(size.proposals)]);
    const trained: number[][] = [];
    for (const backend of here) {
      await backend.activate();
      using input = regionInput(features);
      const network = createRegionNetwork(initialWeights(size, seed));
      for (let step = 0; step < 4; step++) {
        network.train(input, (logits) => logitsGradient(logits, losses, "expected", random));
      }
      trained.push(probabilityRows(network.logits(input), size.proposals).flat());
    }
    const [first = [], ...others] = trained;
    expect(Math.max(...first) - Math.min(...first)).toBeGreaterThan(0.1);
    for (const other of others) {
      const off = Math.max(...first.map((value, index) => Math.abs(value - (other[index] ?? 0))));
      expect(off, `seed ${seed}`).toBeLessThan(1e-4);
    }
  });
});
