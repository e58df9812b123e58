import { copyFile, cp, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { describePack, openPack } from "../../../../src/packs/open.ts";
import { packSchema } from "../../../../src/packs/pack.ts";
import { checkConfigurations } from "../../../../src/pipeline/check-pack.ts";
import { edit } from "../../../../src/pipeline/edit.ts";
import { loadModels } from "../../../../src/pipeline/models.ts";
import { createEditCaches, createNetworkParts } from "../../../../src/pipeline/steps/networks.ts";
import type { EditPatches } from "../../../../src/pipeline/steps/parts.ts";
import { smallRequest } from "../../mini.ts";
import { randomTensor, writeTensors } from "../../nets/weights.ts";

const root = path.join(import.meta.dirname, "../../../..");
const goldens = path.join(root, "test/fixtures/goldens");

interface Layout {
  readonly pack: string;
  /** A recorded pipeline, tiny and of random weights. */
  readonly model: string;
  readonly tokenizers: Readonly<Record<string, string>>;
  /** A side of 64 pixels is drafted at this. */
  readonly draftSide: number | null;
}

const layouts: readonly Layout[] = [
  {
    pack: "sd15-inpaint-lcm",
    model: "goldens/pipeline-sd15-inpaint",
    tokenizers: { textEncoder: "tokenizer" },
    draftSide: null,
  },
  {
    pack: "sdxl-inpaint-lightning",
    model: "more-goldens/pipeline-sdxl-lightning",
    tokenizers: { textEncoder: "tokenizer", textEncoder2: "tokenizer_2" },
    draftSide: 32,
  },
];

describe.each(layouts)("a pack in the layout of $pack, tiny and of random weights", (layout) => {
  let home: string;
  beforeAll(async () => {
    home = await mkdtemp(path.join(tmpdir(), "few-steps-"));
    await cp(path.join(root, "test/fixtures", layout.model, "model"), home, { recursive: true });
    for (const tiny of ["taesd", "taesdxl"])
      await cp(path.join(goldens, "tae/model"), path.join(home, tiny), { recursive: true });
    for (const part of ["clip", "dino"]) {
      await cp(path.join(root, "models/mini", part), path.join(home, part), { recursive: true });
    }
    await cp(path.join(root, "models/mini/tokenizer"), path.join(home, "clip_tokenizer"), {
      recursive: true,
    });
    await copyFile(path.join(root, "models/mini/nouns.txt"), path.join(home, "nouns.txt"));
    if (layout.pack.startsWith("sdxl")) return;
    const layer = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_q";
    await writeTensors(path.join(home, "lora.safetensors"), {
      [`${layer}.lora_down.weight`]: randomTensor("down", [2, 8]),
      [`${layer}.lora_up.weight`]: randomTensor("up", [8, 2]),
      [`${layer}.alpha`]: { data: Float32Array.of(2), shape: [] },
    });
  });
  afterAll(() => rm(home, { recursive: true }));

  it("learns from drafts of two steps and gives results of four", async () => {
    const roots = [path.join(root, "models")];
    const { manifest: mini } = await openPack("mini", { roots });
    const { manifest: few } = await describePack(layout.pack, { roots });
    const manifest = packSchema.parse({
      ...few,
      tokenizers: { clip: "clip_tokenizer", ...layout.tokenizers },
      loras: few.loras.map(({ scale }) => ({ path: "lora.safetensors", scale })),
      painting: { ...few.painting, side: 64, draftSide: layout.draftSide },
      features: mini.features,
      files: few.files.filter(({ path: file }) => !file.endsWith(".safetensors")),
    });
    await checkConfigurations({ manifest, folder: home });
    await using models = await loadModels({ manifest, folder: home }, { device: "cpu", threads: 1 });
    const folder = path.join(home, "results");
    await mkdir(folder);
    const request = smallRequest();
    const settings = { ...request.settings, steps: null };
    const parts = createNetworkParts({ models, caches: createEditCaches() });
    const sides: Record<string, Set<number>> = { draft: new Set(), full: new Set() };
    const result = await edit(
      { ...request, settings },
      {
        parts: { ...parts, paint: async (options) => noting(await parts.paint(options), sides) },
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
    expect(sides).toEqual({ draft: new Set([layout.draftSide ?? 64]), full: new Set([64]) });
    const share = ((layout.draftSide ?? 64) / 64) ** 2;
    const { drafts, full: paintings, equivalent } = result.calls;
    expect(equivalent).toBeCloseTo((drafts * 2 * share) / 4 + paintings, 6);
  });
});

/** Notes the shorter side of all that is painted, by quality. */
function noting(patches: EditPatches, sides: Readonly<Record<string, Set<number>>>): EditPatches {
  return {
    ...patches,
    async paint(boxes, options) {
      const painted = await patches.paint(boxes, options);
      for (const { painted: one } of painted)
        sides[options.quality ?? "full"]?.add(Math.min(one.width, one.height));
      return painted;
    },
  };
}
