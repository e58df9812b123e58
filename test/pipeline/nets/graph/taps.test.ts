import { readFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openRuntime, type Runtime } from "../../../../src/pipeline/nets/runtime.ts";
import type { Ids, Tensor } from "../../../../src/pipeline/nets/tensor.ts";
import type { UnetPlaces } from "../../../../src/pipeline/nets/unet/places.ts";
import { loadUnet, type Unet, type UnetInputs } from "../../../../src/pipeline/nets/unet/unet.ts";
import { openGolden } from "../goldens.ts";
import { randomTensor } from "../weights.ts";

let runtime: Runtime;
beforeAll(async () => {
  runtime = await openRuntime({ threads: 1 });
});
afterAll(() => runtime[Symbol.asyncDispose]());

interface Opened {
  readonly unet: Unet;
  /** So many different rows. */
  inputs(rows: number): UnetInputs;
}

async function opened(name: string): Promise<Opened> {
  const folder = path.join((await openGolden(name)).model, "unet");
  const config = JSON.parse(await readFile(path.join(folder, "config.json"), "utf8"));
  const unet = await loadUnet({ folder, runtime });
  return {
    unet,
    inputs: (rows) => ({
      sample: randomTensor("sample", [rows, unet.inChannels, 8, 8]),
      timestep: 500,
      encoderHiddenStates: randomTensor("states", [rows, 7, config.cross_attention_dim]),
    }),
  };
}

const rowsOf = (numbers: readonly number[]): Ids => ({
  data: BigInt64Array.from(numbers, BigInt),
  shape: [numbers.length],
});

/** One row of a batch. */
function row({ data, shape: [rows = 1, ...rest] }: Tensor, index: number): Tensor {
  const size = data.length / rows;
  return { data: data.slice(index * size, (index + 1) * size), shape: [1, ...rest] };
}

const rowOf = (inputs: UnetInputs, index: number): UnetInputs => ({
  ...inputs,
  sample: row(inputs.sample, index),
  encoderHiddenStates: row(inputs.encoderHiddenStates, index),
});

function difference(a: Tensor, b: Tensor): number {
  expect(a.shape).toEqual(b.shape);
  return a.data.reduce((most, value, i) => Math.max(most, Math.abs(value - (b.data[i] ?? Number.NaN))), 0);
}

/** A self-attention, a residual block and a cross-attention of the way up. */
function namesOf({ attentions, residuals }: UnetPlaces) {
  const attention = attentions.findLast(({ way }) => way === "up");
  const residual = residuals.findLast(({ way }) => way === "up");
  if (!attention || !residual) throw new Error("Expected a way up with attention, got none.");
  const { self, cross } = attention;
  return {
    parts: [`${self}.query`, `${self}.key`, `${self}.value`],
    keys: [`${self}.key`, `${self}.value`],
    features: residual.features,
    map: `${cross}.map`,
  };
}

describe.each(["unet-sd15", "unet-sd2"])("taps of %s", (name) => {
  it("given out change nothing, and taken in again neither; what others made goes through", async () => {
    const { unet, inputs } = await opened(name);
    const { parts, features, map } = namesOf(unet.places);
    const names = [...parts, features, map];
    const [one, other] = [rowOf(inputs(2), 0), rowOf(inputs(2), 1)];
    const given = await unet.tapped({ out: names }).run(one, {});
    expect(Object.keys(given.taps).sort()).toEqual([...names].sort());
    expect(difference(given.prediction, await unet.run(one))).toBeLessThan(1e-5);

    const overwritten = unet.tapped({ in: names });
    expect(difference((await overwritten.run(one, given.taps)).prediction, given.prediction)).toBeLessThan(
      1e-5,
    );
    const foreign = await unet.tapped({ out: names }).run(other, {});
    const mixed = await overwritten.run(one, foreign.taps);
    expect(difference(mixed.prediction, given.prediction)).toBeGreaterThan(1e-3);
  });

  it("of another row of the batch are what that row alone gives out", async () => {
    const { unet, inputs } = await opened(name);
    const { keys, features } = namesOf(unet.places);
    const both = inputs(2);
    const inside = await unet
      .tapped({ rows: { keysFrom: keys, featuresFrom: [features] } })
      .run(both, { keysFrom: rowsOf([0, 0]), featuresFrom: rowsOf([0, 0]) });
    const source = await unet.tapped({ out: [...keys, features] }).run(rowOf(both, 0), {});
    const target = await unet.tapped({ in: [...keys, features] }).run(rowOf(both, 1), source.taps);
    expect(difference(row(inside.prediction, 0), source.prediction)).toBeLessThan(1e-5);
    expect(difference(row(inside.prediction, 1), target.prediction)).toBeLessThan(1e-5);
    expect(difference(target.prediction, await unet.run(rowOf(both, 1)))).toBeGreaterThan(1e-3);
  });

  it("of its own row change nothing", async () => {
    const { unet, inputs } = await opened(name);
    const { keys } = namesOf(unet.places);
    const { prediction } = await unet
      .tapped({ rows: { keysFrom: keys } })
      .run(inputs(2), { keysFrom: rowsOf([0, 1]) });
    expect(difference(prediction, await unet.run(inputs(2)))).toBeLessThan(1e-5);
  });

  it("show how each pixel divides its attention over the text", async () => {
    const { unet, inputs } = await opened(name);
    const { map } = namesOf(unet.places);
    const { taps } = await unet.tapped({ out: [map] }).run(inputs(2), {});
    const { data, shape = [] } = taps[map] ?? {};
    expect(shape.at(-1)).toBe(7);
    for (let at = 0; at < (data?.length ?? 0); at += 7)
      expect(data?.slice(at, at + 7).reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 5);
  });

  it("hold attention apart by a mask only where it is asked for", async () => {
    const { unet, inputs } = await opened(name);
    const { attentions } = unet.places;
    const last = attentions.length - 1;
    const { self = "" } = attentions[last] ?? {};
    const ways = attentions.slice(0, last).filter(({ way }) => way === "up");
    const before = ways.filter(({ level }) => level === ways[0]?.level);
    const tapped = unet.tapped({ subject: { maps: before.map(({ cross }) => cross), attentions: [self] } });
    const run = async (isApart: readonly number[]) => {
      const { prediction } = await tapped.run(inputs(2), {
        subject: { data: Float32Array.from({ length: 14 }, (_, i) => (i % 7 === 2 ? 1 : 0)), shape: [2, 7] },
        keyMask: rowsOf([0, 0]),
        queryMask: rowsOf([1, 1]),
        isApart: { data: Float32Array.from(isApart), shape: [2] },
      });
      return prediction;
    };
    const plain = await unet.run(inputs(2));
    expect(difference(await run([0, 0]), plain)).toBeLessThan(1e-5);
    const apart = await run([0, 1]);
    expect(difference(row(apart, 0), row(plain, 0))).toBeLessThan(1e-5);
    expect(difference(row(apart, 1), row(plain, 1))).toBeGreaterThan(1e-4);
  });

  it("that the network lacks are refused", async () => {
    const { unet, inputs } = await opened(name);
    await expect(unet.tapped({ out: ["up_blocks.9.features"] }).run(inputs(1), {})).rejects.toMatchObject({
      code: "internal",
      message: expect.stringContaining("up_blocks.9.features"),
    });
  });
});
