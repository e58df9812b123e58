import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { packLatents, unpackLatents } from "../../../src/pipeline/nets/flux2/pack-latents.ts";
import { gridPositions, rotationsAt, wordPositions } from "../../../src/pipeline/nets/flux2/positions.ts";
import { loadFlux2Transformer } from "../../../src/pipeline/nets/flux2/transformer.ts";
import { openRuntime } from "../../../src/pipeline/nets/runtime.ts";
import { createRandom } from "../../../src/pipeline/random.ts";

const recorded = join(import.meta.dirname, "../../fixtures/goldens/flux2/model/transformer");
const folder = mkdtempSync(join(tmpdir(), "flux2-"));
afterAll(() => rmSync(folder, { recursive: true }));

function noise(shape: readonly number[], seed: number) {
  const random = createRandom(seed, "flux2");
  const length = shape.reduce((product, side) => product * side, 1);
  return { data: Float32Array.from({ length }, () => random.uniform() - 0.5), shape };
}

describe("latents of FLUX.2", () => {
  it("come back from their tokens as they were", () => {
    const latents = noise([2, 3, 4, 6], 1);
    const packed = packLatents(latents);
    expect(packed.shape).toEqual([2, 6, 12]);
    // The second token's square is in columns 2 and 3.
    expect([...packed.data.subarray(12, 16)]).toEqual([2, 3, 8, 9].map((index) => latents.data[index]));
    expect(unpackLatents(packed, 4, 6)).toEqual(latents);
  });

  it("with odd sides, or tokens of another size, are refused", () => {
    expect(() => packLatents(noise([1, 1, 3, 4], 1))).toThrow(/even sides, got 4x3/);
    expect(() => unpackLatents(noise([1, 5, 4], 1), 4, 4)).toThrow(/4x4, got 5/);
  });
});

describe("the transformer of FLUX.2", () => {
  it("turns neither the first word nor the first token of the picture, and others by their place", () => {
    const config = { axes_dims_rope: [2, 2, 2, 2], rope_theta: 2000 };
    const { cosines, sines } = rotationsAt([...wordPositions(2), ...gridPositions(1, 2)], config);
    expect([...cosines.data.subarray(0, 4)]).toEqual([1, 1, 1, 1]);
    expect([...sines.data.subarray(4, 8)]).toEqual([0, 0, 0, Math.fround(Math.sin(1))]);
    expect([...sines.data.subarray(12, 16)]).toEqual([0, 0, Math.fround(Math.sin(1)), 0]);
  });

  it.each([
    [{ guidance_embeds: true }, /guidance_embeds .*only false is built.*got true/],
    [{ axes_dims_rope: [4, 4, 4] }, /axes_dims_rope .*attention_head_dim/],
    [{ patch_size: 2 }, /patch_size .*only 1 is built.*got 2/],
  ])("with %j is refused by file, key and value", async (change, said) => {
    cpSync(recorded, join(folder, "model"), { recursive: true });
    const file = join(folder, "model/config.json");
    writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, "utf8")), ...change }));
    await using runtime = await openRuntime({});
    const loading = loadFlux2Transformer({ folder: join(folder, "model"), runtime });
    await expect(loading).rejects.toMatchObject({
      code: "network-unsupported",
      message: expect.stringMatching(said),
    });
  });

  it.each([
    ["in 16 bits", { floats: "float16" } as const, 0.02],
    ["from operators that every device has", { dialect: "plain" } as const, 1e-4],
  ])("computes nearly the same %s", async (_, target, most) => {
    const inputs = {
      latents: noise([1, 6, 16], 2),
      text: noise([1, 4, 20], 3),
      timestep: 700,
      positions: [...wordPositions(4), ...gridPositions(2, 3)],
    };
    const run = async (change: object) => {
      await using runtime = await openRuntime({ target: { floats: "float32", ...change } });
      await using transformer = await loadFlux2Transformer({ folder: recorded, runtime });
      return (await transformer.run(inputs)).velocity.data;
    };
    const [exact, other] = [await run({}), await run(target)];
    const scale = Math.max(...exact.map(Math.abs));
    const error = Math.max(...exact.map((value, index) => Math.abs(value - (other[index] as number))));
    expect(error / scale).toBeLessThan(most);
    expect(error).toBeGreaterThan(0);
  });
});
