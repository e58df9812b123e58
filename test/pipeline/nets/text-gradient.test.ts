import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openRuntime, type Runtime } from "../../../src/pipeline/nets/runtime.ts";
import { loadUnet, type Unet, type UnetInputs } from "../../../src/pipeline/nets/unet/unet.ts";
import { randomTensor } from "./weights.ts";

const folder = path.join(import.meta.dirname, "../../fixtures/more-goldens/text-gradient/model/unet");

let runtime: Runtime;
let unet: Unet;
beforeAll(async () => {
  runtime = await openRuntime({ threads: 1 });
  unet = await loadUnet({ folder, runtime });
});
afterAll(async () => {
  await unet[Symbol.asyncDispose]();
  await runtime[Symbol.asyncDispose]();
});

/** Of latents whose sides halve evenly at each level, or do not. */
const sizes = [
  [8, 12],
  [7, 9],
] as const;

function inputsOf([height, width]: (typeof sizes)[number]): UnetInputs {
  return {
    sample: randomTensor("sample", [1, unet.inChannels, height, width]),
    timestep: 501,
    encoderHiddenStates: randomTensor("states", [1, 3, 12]),
  };
}

describe("the gradient of a whole UNet with respect to the text", () => {
  it.each(sizes)("is what finite differences of its predictions say, %i by %i", async (height, width) => {
    const inputs = inputsOf([height, width] as (typeof sizes)[number]);
    const aim = { factor: 0.8, target: randomTensor("target", [1, 4, height, width]) };
    const { gradient } = await unet.textGradient(inputs, aim);
    const { data, shape } = inputs.encoderHiddenStates;
    expect(gradient.shape).toEqual(shape);

    // Along a few directions at random: each takes all of the gradient.
    for (const name of ["first", "second", "third"]) {
      const direction = randomTensor(name, shape).data;
      const lossAt = async (by: number) => {
        const states = { data: data.map((value, i) => value + by * (direction[i] as number)), shape };
        const prediction = await unet.run({ ...inputs, encoderHiddenStates: states });
        const squares = prediction.data.map(
          (value, i) => (aim.factor * value - (aim.target.data[i] as number)) ** 2,
        );
        return squares.reduce((sum, value) => sum + value, 0) / squares.length;
      };
      const numeric = ((await lossAt(0.01)) - (await lossAt(-0.01))) / 0.02;
      const analytic = direction.reduce((sum, value, i) => sum + value * (gradient.data[i] as number), 0);
      const size = Math.hypot(...gradient.data) * Math.hypot(...direction);
      expect(Math.abs(numeric - analytic) / size).toBeLessThan(1e-3);
    }
  });

  it("comes with the loss of the prediction that the UNet gives", async () => {
    const inputs = inputsOf(sizes[0]);
    const prediction = await unet.run(inputs);
    const { loss, gradient } = await unet.textGradient(inputs, { factor: 1, target: prediction });
    // Where the aim is met there is nothing to change.
    expect(loss).toBeLessThan(1e-10);
    expect(Math.max(...gradient.data.map(Math.abs))).toBeLessThan(1e-5);
  });
});
