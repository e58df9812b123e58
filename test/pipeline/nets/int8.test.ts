import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openRuntime, type Runtime } from "../../../src/pipeline/nets/runtime.ts";
import type { Tensor } from "../../../src/pipeline/nets/tensor.ts";
import { loadUnet, type UnetOptions } from "../../../src/pipeline/nets/unet/unet.ts";
import { randomTensor } from "./weights.ts";

/** Its text states are 128 wide. */
const mini = path.join(import.meta.dirname, "../../../models/mini/unet");

let runtime: Runtime;
beforeAll(async () => {
  runtime = await openRuntime({ threads: 1 });
});
afterAll(() => runtime[Symbol.asyncDispose]());

/** What the embedded pack's UNet predicts for the same random latents. */
async function predict(options: Omit<UnetOptions, "folder" | "runtime">, other = runtime): Promise<Tensor> {
  await using unet = await loadUnet({ folder: mini, runtime: other, ...options });
  return await unet.run({
    sample: randomTensor("sample", [2, unet.inChannels, 16, 16]),
    timestep: 500,
    encoderHiddenStates: randomTensor("states", [2, 20, 128]),
  });
}

/** Root of the mean squared difference over that of `b`. */
function error(a: Tensor, b: Tensor): number {
  expect(a.shape).toEqual(b.shape);
  const squares = a.data.reduce((sum, value, i) => sum + (value - (b.data[i] ?? Number.NaN)) ** 2, 0);
  return Math.sqrt(squares / b.data.reduce((sum, value) => sum + value ** 2, 0));
}

describe("a UNet whose linear layers multiply as 8-bit integers", () => {
  it("predicts nearly the same as in floats, and not the same", async () => {
    const plain = await predict({});
    const rounded = error(await predict({ int8: true }), plain);
    expect(rounded).toBeGreaterThan(1e-5);
    expect(rounded).toBeLessThan(0.05);
    expect(await predict({ int8: false })).toEqual(plain);
  });

  it("reuses features as another does", async () => {
    expect(await predict({ int8: true, featureReuse: 2 })).toEqual(await predict({ int8: true }));
  });

  it("stays as it is in 16-bit floats", async () => {
    await using halves = await openRuntime({ threads: 1, target: { floats: "float16" } });
    expect(await predict({ int8: true }, halves)).toEqual(await predict({}, halves));
  });
});
