import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { FakeHub } from "./index.ts";

const goldens = join(import.meta.dirname, "../../fixtures/goldens");
const mini = join(import.meta.dirname, "../../../models/mini");

/** Files of a folder and below, by path. */
export function filesOf(folder: string, under = ""): Record<string, Buffer> {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return Object.fromEntries(
    names.map((entry) => {
      const file = join(entry.parentPath, entry.name);
      return [`${under}${file.slice(folder.length + 1)}`, readFileSync(file)];
    }),
  );
}

/** `tiny/inpainting`: a Stable Diffusion of random weights in diffusers' layout, of some hundred kilobytes. */
export function addTinyDiffusion(hub: FakeHub): void {
  hub.addRepository("tiny/inpainting", tinyDiffusion);
}

/** `tiny/clip` and `tiny/vit`: the embedded pack's, which see and read. */
export function addEyes(hub: FakeHub): void {
  hub.addRepository("tiny/clip", clipFiles);
  hub.addRepository("tiny/vit", vitFiles);
}

// Read and hashed once for all tests of a file.
const tinyDiffusion = {
  ...filesOf(join(goldens, "pipeline-sd15-inpaint/model")),
  "unet/diffusion_pytorch_model.bin": "a pickle",
  ".gitattributes": "*.safetensors filter=lfs",
};
const clipFiles = { ...filesOf(join(mini, "clip")), ...filesOf(join(mini, "tokenizer")) };
const vitFiles = filesOf(join(mini, "dino"));

const tinyFile = (repository: string, path: string, source: string | null = null) => ({
  path,
  repository,
  source,
  size: null,
  sha256: null,
  license: repository === "tiny/inpainting" ? "Tiny-RAIL" : "MIT",
});

/** A pack of those repositories, as a description without its files. */
export function tinyManifest(name: string) {
  const diffusion = [
    ...["unet", "vae"].flatMap((part) => [
      `${part}/config.json`,
      `${part}/diffusion_pytorch_model.fp16.safetensors`,
    ]),
    ...["text_encoder/config.json", "text_encoder/model.fp16.safetensors"],
    ...["tokenizer/vocab.json", "tokenizer/merges.txt", "tokenizer/special_tokens_map.json"],
    "scheduler/scheduler_config.json",
  ];
  const clip = ["config.json", "model.safetensors", "preprocessor_config.json", "vocab.json", "merges.txt"];
  const vit = ["config.json", "model.safetensors", "preprocessor_config.json"];
  return {
    name,
    title: "A tiny pack",
    version: "1.0.0",
    networks: { clip: "clip", vit: "dino", unet: "unet", autoencoder: "vae", textEncoder: "text_encoder" },
    tokenizers: { clip: "clip", textEncoder: "tokenizer" },
    scheduler: "scheduler",
    inpainter: "stable-diffusion",
    nouns: "nouns.txt",
    painting: { side: 64, steps: 2, draftSteps: 1, guidance: 2, strength: 1, batch: 4 },
    framing: { boxShare: 0.6 },
    features: { shortSide: 64 },
    ranking: { margin: 0.02 },
    licenses: [
      {
        id: "Tiny-RAIL",
        title: "Tiny RAIL",
        url: "https://example.org/tiny-rail",
        says: "Do no harm with it.",
      },
    ],
    files: [
      ...diffusion.map((path) => tinyFile("tiny/inpainting", path)),
      ...clip.map((path) => tinyFile("tiny/clip", `clip/${path}`, path)),
      ...vit.map((path) => tinyFile("tiny/vit", `dino/${path}`, path)),
      { path: "nouns.txt", size: 8, sha256: null, license: "MIT" },
    ],
  };
}
