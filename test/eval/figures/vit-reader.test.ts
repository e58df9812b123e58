import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { embedSeen, readVitReader } from "../../../src/eval/figures/vit-reader.ts";
import { safetensorsFile } from "../../../src/pipeline/nets/write-safetensors.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "lrbot-reader-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const tensor = (shape: readonly number[], ...values: number[]) => ({
  data: Float32Array.from(values),
  shape,
});

function write(change: Record<string, ReturnType<typeof tensor>> = {}): string {
  const file = join(folder, "judge.safetensors");
  // Two features a patch, so four numbers; two hidden units; a space of three.
  const tensors = {
    "hidden.weight": tensor([2, 4], 1, 0, 0, 0, 0, 0, 0, -1),
    "hidden.bias": tensor([2], 0, 1),
    "output.weight": tensor([3, 2], 1, 0, 0, 1, 1, 1),
    "output.bias": tensor([3], 0, 0, 5),
    ...change,
  };
  writeFileSync(file, safetensorsFile(tensors, {}));
  return file;
}

describe("what reads a ViT's features as texts", () => {
  it("is told the mean of the patches and the mean that attention weighs, and has one hidden layer", async () => {
    const reader = await readVitReader(write());
    const features = tensor([1, 2, 1, 2], 1, 3, 0.5, 0.25);
    const attention = tensor([1, 1, 2], 1, 3);
    // Plain means 2 and 0.375; weighed 2.5 and 0.3125. Hidden: 2 and 1 - 0.3125.
    expect([...embedSeen(reader, { features, attention })]).toEqual([2, 0.6875, 7.6875]);
    const off = tensor([1, 2, 1, 2], -1, -3, 2, 2);
    expect([...embedSeen(reader, { features: off, attention })]).toEqual([0, 0, 5]);
  });

  it("is refused where a tensor is missing or of another shape", async () => {
    await expect(readVitReader(write({ "output.bias": tensor([2], 0, 0) }))).rejects.toMatchObject({
      code: "weights-tensor-shape",
    });
    await expect(readVitReader(join(folder, "none.safetensors"))).rejects.toMatchObject({
      code: "pack-file-missing",
    });
  });
});
