import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { packageFolder } from "../src/config.ts";
import {
  clipLayout,
  dinoLayout,
  type NetworkLayout,
  textEncoderLayout,
  tinyAutoencoderLayout,
  unetLayout,
  vaeLayout,
} from "./nets-layouts.ts";
import { writeNetwork } from "./nets-weights.ts";

export const fullPackName = "sd15-inpaint";

/**
 * Puts the pack `sd15-inpaint` into `packs`, a folder of packs, each file where a pull would put it, with random
 * weights of full size: 3 GB, of which the inpainter's are in 16 bits.
 *
 * @returns the pack's folder
 */
export function writeFullPack(packs: string): string {
  const folder = join(packs, fullPackName);
  const network = (name: string, layout: NetworkLayout) => {
    mkdirSync(join(folder, name), { recursive: true });
    writeNetwork(layout, join(folder, name));
  };
  const halfNetwork = (name: string, layout: NetworkLayout) => {
    mkdirSync(join(folder, name), { recursive: true });
    const file = layout.file.replace(".safetensors", ".fp16.safetensors");
    writeNetwork({ ...layout, file }, join(folder, name), "F16");
  };
  halfNetwork("unet", unetLayout());
  halfNetwork("vae", vaeLayout());
  halfNetwork("text_encoder", textEncoderLayout());
  network("taesd", tinyAutoencoderLayout());
  network("clip", clipLayout());
  network("dino", dinoLayout());
  json(join(folder, "scheduler/scheduler_config.json"), scheduler);
  json(join(folder, "clip/preprocessor_config.json"), clipPreprocessor);
  json(join(folder, "dino/preprocessor_config.json"), dinoPreprocessor);
  mkdirSync(join(folder, "tokenizer"));
  for (const [from, to] of copied) copyFileSync(join(packageFolder, "models", from), join(folder, to));
  return folder;
}

const copied = [
  [`${fullPackName}/pack.json`, "pack.json"],
  ["everyday-nouns.txt", "nouns.txt"],
  ...["vocab.json", "merges.txt"].map((file) => [`clip-vocab/${file}`, `clip/${file}`] as const),
  ...["vocab.json", "merges.txt", "special_tokens_map.json", "tokenizer_config.json"].map(
    (file) => [`clip-vocab/${file}`, `tokenizer/${file}`] as const,
  ),
] as const;

function json(file: string, value: object): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify(value));
}

/** As stable-diffusion-v1-5/stable-diffusion-inpainting has it. */
const scheduler = {
  _class_name: "PNDMScheduler",
  ...{ beta_start: 0.00085, beta_end: 0.012, beta_schedule: "scaled_linear", num_train_timesteps: 1000 },
  ...{
    set_alpha_to_one: false,
    skip_prk_steps: true,
    steps_offset: 1,
    trained_betas: null,
    clip_sample: false,
  },
};

const clipPreprocessor = {
  feature_extractor_type: "CLIPFeatureExtractor",
  ...{ do_resize: true, size: 224, resample: 3, do_center_crop: true, crop_size: 224, do_normalize: true },
  image_mean: [0.48145466, 0.4578275, 0.40821073],
  image_std: [0.26862954, 0.26130258, 0.27577711],
};

const dinoPreprocessor = {
  feature_extractor_type: "ViTFeatureExtractor",
  ...{ do_resize: true, size: 224, resample: 3, do_normalize: true },
  image_mean: [0.485, 0.456, 0.406],
  image_std: [0.229, 0.224, 0.225],
};
