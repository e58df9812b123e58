import { z } from "zod";

// The request of `img2img`, `StableDiffusionImg2ImgProcessingAPI`: what the web UI derives from the parameters of
// `StableDiffusionProcessingImg2Img` (`modules/processing.py`) and the fields that `modules/api/models.py` adds.

const text = z.string().nullable();
const whole = z.int().nullable();
const number = z.number().nullable();
const flag = z.boolean().nullable();
const object = z.record(z.string(), z.unknown());

const fields = {
  prompt: text.default(""),
  negative_prompt: text.default(""),
  styles: z.array(z.string()).nullable(),
  seed: whole.default(-1),
  subseed: whole,
  subseed_strength: number,
  seed_resize_from_h: whole,
  seed_resize_from_w: whole,
  sampler_name: text,
  scheduler: text,
  batch_size: whole.default(1),
  n_iter: whole.default(1),
  steps: whole.default(50),
  cfg_scale: number.default(7),
  width: whole.default(512),
  height: whole.default(512),
  restore_faces: flag,
  tiling: flag,
  do_not_save_samples: flag,
  do_not_save_grid: flag,
  eta: number,
  denoising_strength: z.number().default(0.75),
  s_min_uncond: number,
  s_churn: number,
  s_tmax: number,
  s_tmin: number,
  s_noise: number,
  override_settings: object.nullable(),
  override_settings_restore_afterwards: flag,
  refiner_checkpoint: text,
  refiner_switch_at: whole,
  disable_extra_networks: flag,
  comments: object.nullable(),
  init_images: z.array(z.string()).nullable(),
  resize_mode: whole.default(0),
  image_cfg_scale: number,
  mask: text,
  mask_blur_x: whole,
  mask_blur_y: whole,
  mask_blur: whole,
  inpainting_fill: whole.default(0),
  inpaint_full_res: flag.default(true),
  inpaint_full_res_padding: whole,
  inpainting_mask_invert: whole.default(0),
  initial_noise_multiplier: number,
  latent_mask: text,
  sampler_index: z.string(),
  include_init_images: z.boolean(),
  script_name: text,
  script_args: z.array(z.unknown()),
  send_images: z.boolean().default(true),
  save_images: z.boolean().default(false),
  alwayson_scripts: object,
  force_task_id: text,
  infotext: text,
};

/** The real one passes over fields that it does not know; this one refuses them, so that a misspelt one is found. */
export const img2imgSchema = z.strictObject(fields).partial().extend({
  prompt: fields.prompt,
  negative_prompt: fields.negative_prompt,
  seed: fields.seed,
  steps: fields.steps,
  cfg_scale: fields.cfg_scale,
  width: fields.width,
  height: fields.height,
  batch_size: fields.batch_size,
  denoising_strength: fields.denoising_strength,
  inpainting_fill: fields.inpainting_fill,
  inpaint_full_res: fields.inpaint_full_res,
  inpainting_mask_invert: fields.inpainting_mask_invert,
  resize_mode: fields.resize_mode,
  send_images: fields.send_images,
});
export type Img2img = z.infer<typeof img2imgSchema>;

/** What FastAPI answers with in status 422: every field that is wrong, and what was sent in it. */
export function detailOf(error: z.ZodError, input: unknown): unknown {
  return error.issues.flatMap((issue) => {
    const isUnknown = issue.code === "unrecognized_keys";
    const places = isUnknown ? issue.keys.map((key) => [key]) : [issue.path];
    return places.map((path) => ({
      type: isUnknown ? "extra_forbidden" : issue.code,
      loc: ["body", ...path],
      msg: isUnknown ? "Extra inputs are not permitted" : issue.message,
      input: input instanceof Object ? Reflect.get(input, path[0] ?? "") : input,
    }));
  });
}

/** `ExtrasSingleImageRequest` of `modules/api/models.py`. */
export const extrasSchema = z.strictObject({
  resize_mode: z.literal([0, 1]).default(0),
  show_extras_results: z.boolean().default(true),
  gfpgan_visibility: z.number().min(0).max(1).default(0),
  codeformer_visibility: z.number().min(0).max(1).default(0),
  codeformer_weight: z.number().min(0).max(1).default(0),
  upscaling_resize: z.number().min(1).max(8).default(2),
  upscaling_resize_w: z.int().min(1).default(512),
  upscaling_resize_h: z.int().min(1).default(512),
  upscaling_crop: z.boolean().default(true),
  upscaler_1: z.string().default("None"),
  upscaler_2: z.string().default("None"),
  extras_upscaler_2_visibility: z.number().min(0).max(1).default(0),
  upscale_first: z.boolean().default(false),
  image: z.string().default(""),
});
