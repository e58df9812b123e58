import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { readConfig } from "../../../src/pipeline/nets/config.ts";
import { openLora, readWeightChanges } from "../../../src/pipeline/nets/lora/lora.ts";
import { openRuntime, type Runtime } from "../../../src/pipeline/nets/runtime.ts";
import { openWeights, weightFiles } from "../../../src/pipeline/nets/safetensors.ts";
import { unetConfigSchema } from "../../../src/pipeline/nets/unet/config.ts";
import { unetGraph } from "../../../src/pipeline/nets/unet/graph.ts";
import { loadUnet } from "../../../src/pipeline/nets/unet/unet.ts";
import { openGolden } from "./goldens.ts";
import { randomTensor, writeTensors } from "./weights.ts";

const root = mkdtempSync(path.join(tmpdir(), "widens-"));
afterAll(() => rmSync(root, { recursive: true }));

/** A run of the tiny UNet of 16-bit weights with a LoRA of one layer, and the operators that it ran, in order. */
async function run(widensInRuns: boolean) {
  const golden = await openGolden("unet-sd15-inpaint-fp16");
  const folder = path.join(golden.model, "unet");
  const profilePrefix = path.join(root, `profile-${widensInRuns}`);
  const layer = "unet.down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_q";
  const file = path.join(root, "lora.safetensors");
  await writeTensors(file, {
    [`${layer}.lora_A.weight`]: randomTensor("down", [2, 6]),
    [`${layer}.lora_B.weight`]: randomTensor("up", [6, 2]),
  });
  const weights = await openWeights(folder, weightFiles.diffusers);
  const changes = await readWeightChanges([await openLora(file, 1, { addAbove: 0 })], "unet", weights);
  const config = await readConfig(folder, unetConfigSchema);
  const runtime = await openRuntime({ threads: 1, profilePrefix });
  const options = { part: "all", isEven: true, int8: false, target: runtime.target } as const;
  const session = await runtime.open(unetGraph(config, weights, { ...options, changes, widensInRuns }));
  const { prediction } = await session.run({
    sample: golden.floats("in.square.sample"),
    timestep: { data: Float32Array.of(981), shape: [1, 1] },
    encoderHiddenStates: golden.floats("in.square.encoder_hidden_states"),
  });
  await runtime[Symbol.asyncDispose]();
  const profile = readdirSync(root).find((name) => name.startsWith(`profile-${widensInRuns}`)) ?? "";
  const events: { name: string; args?: { op_name?: string } }[] = JSON.parse(
    readFileSync(path.join(root, profile), "utf8"),
  );
  const operators = events
    .filter(({ name }) => name.endsWith("_kernel_time"))
    .map(({ args }) => args?.op_name);
  return { prediction, operators };
}

describe("weights that are widened in each run", () => {
  it("give the same prediction, a few at a time and not all before the rest", async () => {
    const [once, each] = [await run(false), await run(true)];
    const scale = Math.max(...(once.prediction?.data ?? []).map(Math.abs));
    for (const [index, value] of (each.prediction?.data ?? []).entries())
      expect(Math.abs(value - (once.prediction?.data[index] ?? Number.NaN))).toBeLessThan(1e-5 * scale);
    const casts = (operators: readonly (string | undefined)[]) =>
      operators.filter((name) => name === "Cast").length;
    expect(casts(each.operators)).toBeGreaterThan(casts(once.operators) + 20);
    const streaks = each.operators
      .map((name) => (name === "Cast" ? "c" : "-"))
      .join("")
      .split("-");
    expect(Math.max(...streaks.map(({ length }) => length))).toBeLessThan(3);
  });
});

describe("a large UNet on a CPU", () => {
  it("runs large rows one after the other, gives its memory back where it is asked to, and predicts the same", async () => {
    const folder = path.join(import.meta.dirname, "../../fixtures/more-goldens/unet-sdxl-inpaint/model/unet");
    await using runtime = await openRuntime({ threads: 1 });
    const opened: string[] = [];
    const batches: (number | undefined)[] = [];
    const counting: Runtime = {
      ...runtime,
      async open(model, options) {
        opened.push(`${model.name} ${options?.givesMemoryBack}`);
        const session = await runtime.open(model, options);
        return {
          ...session,
          run(inputs) {
            batches.push(inputs.sample?.shape[0]);
            return session.run(inputs);
          },
        };
      },
    };
    const large = await loadUnet({ folder, runtime: counting, widensInRuns: true });
    const plain = await loadUnet({ folder, runtime });
    for (const [height, width, runs] of [
      [8, 8, [3]],
      [96, 96, [1, 1, 1]],
    ] as const) {
      const inputs = {
        sample: randomTensor("sample", [3, 9, height, width]),
        timestep: 500,
        encoderHiddenStates: randomTensor("states", [3, 5, 20]),
        added: {
          pooled: randomTensor("pooled", [3, 10]),
          timeIds: { data: Float32Array.from({ length: 18 }, (_, index) => 64 * index), shape: [3, 6] },
        },
      };
      batches.length = 0;
      const [one, other] = [await large.run(inputs), await plain.run(inputs)];
      expect(batches).toEqual(runs);
      expect(one.shape).toEqual(other.shape);
      const scale = Math.max(...other.data.map(Math.abs));
      const error = one.data.reduce(
        (most, value, index) => Math.max(most, Math.abs(value - (other.data[index] ?? 0))),
        0,
      );
      expect(error).toBeLessThan(1e-4 * scale);
      await large.rest();
    }
    expect(opened).toEqual(["the UNet true", "the UNet true"]);
    const before = await plain.run(small());
    await plain.rest();
    expect((await plain.run(small())).data).toEqual(before.data);
  });

  const small = () => ({
    sample: randomTensor("sample", [1, 9, 8, 8]),
    timestep: 1,
    encoderHiddenStates: randomTensor("states", [1, 5, 20]),
    added: { pooled: randomTensor("pooled", [1, 10]), timeIds: randomTensor("ids", [1, 6]) },
  });
});
