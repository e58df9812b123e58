import { copyFile, cp, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { describePack, openPack } from "../../../../src/packs/open.ts";
import { packSchema } from "../../../../src/packs/pack.ts";
import { edit } from "../../../../src/pipeline/edit.ts";
import { loadModels } from "../../../../src/pipeline/models.ts";
import { createEditCaches, createNetworkParts } from "../../../../src/pipeline/steps/networks.ts";
import { smallRequest } from "../../mini.ts";
import { randomTensor, writeTensors } from "../../nets/weights.ts";

const root = path.join(import.meta.dirname, "../../../..");
const goldens = path.join(root, "test/fixtures/goldens");

let home: string;
beforeAll(async () => {
  home = await mkdtemp(path.join(tmpdir(), "few-steps-"));
  await cp(path.join(goldens, "pipeline-sd15-inpaint/model"), home, { recursive: true });
  await cp(path.join(goldens, "tae/model"), path.join(home, "taesd"), { recursive: true });
  for (const part of ["clip", "dino"]) {
    await cp(path.join(root, "models/mini", part), path.join(home, part), { recursive: true });
  }
  await cp(path.join(root, "models/mini/tokenizer"), path.join(home, "clip_tokenizer"), { recursive: true });
  await copyFile(path.join(root, "models/mini/nouns.txt"), path.join(home, "nouns.txt"));
  const layer = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_q";
  await writeTensors(path.join(home, "lora.safetensors"), {
    [`${layer}.lora_down.weight`]: randomTensor("down", [2, 8]),
    [`${layer}.lora_up.weight`]: randomTensor("up", [8, 2]),
    [`${layer}.alpha`]: { data: Float32Array.of(2), shape: [] },
  });
});
afterAll(() => rm(home, { recursive: true }));

describe("a pack in the layout of sd15-inpaint-lcm, tiny and of random weights", () => {
  it("learns from drafts of two steps and gives results of four", async () => {
    const roots = [path.join(root, "models")];
    const { manifest: mini } = await openPack("mini", { roots });
    const { manifest: few } = await describePack("sd15-inpaint-lcm", { roots });
    const manifest = packSchema.parse({
      ...few,
      tokenizers: { clip: "clip_tokenizer", textEncoder: "tokenizer" },
      loras: few.loras.map(({ scale }) => ({ path: "lora.safetensors", scale })),
      painting: { ...few.painting, side: 64 },
      features: mini.features,
    });
    await using models = await loadModels({ manifest, folder: home }, { device: "cpu", threads: 1 });
    const folder = path.join(home, "results");
    await mkdir(folder);
    const request = smallRequest();
    const settings = { ...request.settings, steps: null };
    const result = await edit(
      { ...request, settings },
      {
        parts: createNetworkParts({ models, caches: createEditCaches() }),
        folder,
        ...{ signal: new AbortController().signal, onProgress() {} },
      },
    );
    expect(result.settings).toMatchObject({ steps: 4, guidance: 1 });
    expect(result.results).toHaveLength(3);
    expect(new Set(result.proposals.map(({ steps }) => steps))).toEqual(new Set([2, 4]));
    // Every result was painted in full quality, whatever its draft had said.
    const full = result.proposals.filter(({ steps }) => steps === 4).map(({ box }) => JSON.stringify(box));
    for (const { box } of result.results) expect(full).toContain(JSON.stringify(box));
  });
});
