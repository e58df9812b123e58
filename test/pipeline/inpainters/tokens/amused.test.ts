import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Frame } from "../../../../src/pipeline/inpainters/inpainter.ts";
import {
  type AmusedFolders,
  createAmused,
  openAmused,
} from "../../../../src/pipeline/inpainters/tokens/amused/amused.ts";
import { openRuntime, type Runtime } from "../../../../src/pipeline/nets/runtime.ts";
import { describeInpainter } from "../conformance.ts";
import { copyOfModel } from "./model-copy.ts";

const model = path.join(import.meta.dirname, "../../../fixtures/goldens/amused/model");

let runtime: Runtime;
beforeAll(async () => {
  runtime = await openRuntime({ threads: 1 });
});
afterAll(() => runtime[Symbol.asyncDispose]());

function foldersIn(root: string): AmusedFolders {
  return {
    transformer: path.join(root, "transformer"),
    autoencoder: path.join(root, "vqvae"),
    textEncoder: path.join(root, "text_encoder"),
    tokenizer: path.join(root, "tokenizer"),
    scheduler: path.join(root, "scheduler"),
  };
}

async function open(root = model) {
  const opened: AsyncDisposable[] = [];
  const dispose = async () => {
    for (const network of opened) await network[Symbol.asyncDispose]();
  };
  const parts = await openAmused(foldersIn(root), runtime, (network) => opened.push(network));
  return createAmused(parts, { side: 32, batch: 4, dispose });
}

describeInpainter("amused with the recorded networks", { open: () => open(), steps: 4, batchTolerance: 0 });

describe("aMUSEd", () => {
  it("paints whole tokens: a box that touches one changes no other token's entry", async () => {
    await using inpainter = await open();
    expect(inpainter.multiple).toBe(4);
    await using painting = await inpainter.begin({
      ...{ prompt: "a red house", negative: "", guidance: 5, strength: 1, seed: 3 },
    });
    const rgb = Uint8Array.from({ length: 32 * 32 * 3 }, (_, i) => (i * 37) % 251);
    const frame = (left: number, width: number): Frame => {
      const box = { left, top: 8, width, height: 8 };
      return { width: 32, height: 32, rgb, box, key: `${left} ${width}` };
    };
    const [grid, inner] = await painting.paint([frame(8, 8), frame(9, 6)], { steps: 4 });
    expect(inner).toEqual(grid);
  });
});

describe("networks that are not made for each other", () => {
  const copy = copyOfModel(model);

  it.each([
    [{ mask_token_id: 17 }, "pack-invalid", "from 18 to 18, behind the codebook, got 17"],
    [{ mask_token_id: 19 }, "pack-invalid", "from 18 to 18, behind the codebook, got 19"],
    [{ mask_token_id: "last" }, "network-unsupported", "mask_token_id"],
    [{ masking_schedule: "sudden" }, "network-unsupported", "masking_schedule"],
  ])("are refused: a scheduler with %o", async (values, code, message) => {
    await copy.change("scheduler/scheduler_config.json", values);
    await expect(open(copy.folder)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message),
    });
    await copy.change("scheduler/scheduler_config.json", {});
  });

  it("are refused: a transformer with biases, which no aMUSEd has", async () => {
    await copy.change("transformer/config.json", { use_bias: true });
    await expect(open(copy.folder)).rejects.toMatchObject({ code: "network-unsupported" });
    await copy.change("transformer/config.json", {});
  });
});
