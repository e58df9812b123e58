import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { packageFolder } from "../src/package-folder.ts";
import {
  clipLayout,
  dinoLayout,
  type NetworkLayout,
  textEncoderLayout,
  tinyAutoencoderLayout,
  unetLayout,
  vaeLayout,
  xlTextEncoderLayout,
  xlUnetLayout,
} from "./nets-layouts.ts";
import { writeNetwork } from "./nets-weights.ts";

export const fullPackName = "sd15-inpaint";
export const xlPackName = "sdxl-inpaint";
/** Packs that can be written. */
export const fullPackNames = [fullPackName, xlPackName] as const;

/**
 * Puts the pack `sd15-inpaint` into `packs`, a folder of packs, each file where a pull would put it, with random
 * weights of full size: 3 GB, of which the inpainter's are in 16 bits. Or `sdxl-inpaint`, of 8 GB.
 *
 * @returns the pack's folder
 */
export function writeFullPack(packs: string, name: (typeof fullPackNames)[number] = fullPackName): string {
  const folder = join(packs, name);
  const isXl = name === xlPackName;
  const network = (part: string, layout: NetworkLayout) => {
    mkdirSync(join(folder, part), { recursive: true });
    writeNetwork(layout, join(folder, part));
  };
  const halfNetwork = (part: string, layout: NetworkLayout) => {
    mkdirSync(join(folder, part), { recursive: true });
    const file = layout.file.replace(".safetensors", ".fp16.safetensors");
    writeNetwork({ ...layout, file }, join(folder, part), "F16");
  };
  halfNetwork("unet", isXl ? xlUnetLayout() : unetLayout());
  if (isXl) network("vae", vaeLayout(0.13025));
  else halfNetwork("vae", vaeLayout());
  halfNetwork("text_encoder", textEncoderLayout());
  if (isXl) halfNetwork("text_encoder_2", xlTextEncoderLayout());
  network(isXl ? "taesdxl" : "taesd", tinyAutoencoderLayout());
  network("clip", clipLayout());
  network("dino", dinoLayout());
  json(join(folder, "scheduler/scheduler_config.json"), isXl ? xlScheduler : scheduler);
  json(join(folder, "clip/preprocessor_config.json"), clipPreprocessor);
  json(join(folder, "dino/preprocessor_config.json"), dinoPreprocessor);
  const copy = (from: string, to: string) =>
    copyFileSync(join(packageFolder, "models", from), join(folder, to));
  copy(`${name}/pack.json`, "pack.json");
  copy("everyday-nouns.txt", "nouns.txt");
  for (const file of ["vocab.json", "merges.txt"]) copy(`clip-vocab/${file}`, `clip/${file}`);
  for (const tokenizer of isXl ? ["tokenizer", "tokenizer_2"] : ["tokenizer"]) {
    mkdirSync(join(folder, tokenizer));
    for (const file of ["vocab.json", "merges.txt", "special_tokens_map.json", "tokenizer_config.json"])
      copy(`clip-vocab/${file}`, `${tokenizer}/${file}`);
  }
  return folder;
}

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

/** As Stable Diffusion XL's repositories have it. */
const xlScheduler = {
  _class_name: "EulerDiscreteScheduler",
  ...{ beta_start: 0.00085, beta_end: 0.012, beta_schedule: "scaled_linear", num_train_timesteps: 1000 },
  ...{ steps_offset: 1, timestep_spacing: "leading", interpolation_type: "linear", use_karras_sigmas: false },
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
