import { createHash } from "node:crypto";
import { channelOf, decode, encode, type Pixels, paint, scaled } from "../painting-server/paint.ts";

/** What an input takes: a type that another node gives, or a value with its bounds, or one of several. */
export type Input =
  | { readonly type: string; readonly default?: unknown; readonly min?: number; readonly max?: number }
  /** `isFile`: the node itself looks whether there is such a file. */
  | { readonly type: "COMBO"; readonly choices: (files: Files) => readonly string[]; readonly isFile?: true };

/** Folders of models that its nodes list. */
export type ModelFolder =
  | "checkpoints"
  | "diffusion_models"
  | "text_encoders"
  | "vae"
  | "loras"
  | "upscale_models";

/** Files of the server. */
export interface Files {
  readonly models: Readonly<Record<ModelFolder, readonly string[]>>;
  /** Classes of nodes that are not installed. */
  readonly lacks: readonly string[];
  readonly isBlack: boolean;
  /** By annotated name: `a.png [temp]`. */
  readonly input: ReadonlyMap<string, Uint8Array>;
}

export interface RunContext {
  readonly files: Files;
  /** Called before each step of a sampler; throws where the prompt was interrupted. */
  readonly onStep: (step: number, steps: number) => Promise<void>;
  /** Keeps a picture of an output node; gives what its node tells of it. */
  readonly keep: (png: Uint8Array, type: "temp" | "output") => unknown;
}

export interface NodeClass {
  /** Written against the newer interface, which tells choices as `COMBO` (`io.ComfyNode`). */
  readonly isNew?: true;
  readonly required: Readonly<Record<string, Input>>;
  readonly optional?: Readonly<Record<string, Input>>;
  /** Types of what it gives, by slot. */
  readonly returns: readonly string[];
  readonly isOutput?: true;
  /** Gives a value for each slot; an output node gives what it tells. */
  readonly run: (inputs: Readonly<Record<string, unknown>>, context: RunContext) => unknown;
}

interface Latent {
  readonly pixels: Pixels;
  readonly mask: Uint8Array | null;
}

/** What a sampler is given to go by, beside its latent. */
interface Noise {
  readonly seed: unknown;
}
interface Guider {
  readonly model: unknown;
  readonly conditioning: unknown;
}
interface Sigmas {
  readonly steps: number;
  readonly of: readonly unknown[];
}

const file: Input = { type: "COMBO", choices: ({ input }) => [...input.keys()], isFile: true };
const choice = (...names: readonly string[]): Input => ({ type: "COMBO", choices: () => names });
const model = (folder: ModelFolder): Input => ({ type: "COMBO", choices: ({ models }) => models[folder] });
const link = (type: string): Input => ({ type });
const text: Input = { type: "STRING" };
const int = (ofDefault: number, min: number, max: number): Input => ({
  ...{ type: "INT", default: ofDefault, min, max },
});
const float = (ofDefault: number, min: number, max: number): Input => ({
  ...{ type: "FLOAT", default: ofDefault, min, max },
});
const boolean = (ofDefault: boolean): Input => ({ type: "BOOLEAN", default: ofDefault });
const largestSeed = 2 ** 64;
/** `MAX_RESOLUTION` of `nodes.py`. */
const largestSide = 16_384;
const device = choice("default", "cpu");

/** `comfy.samplers.KSampler.SAMPLERS` and `SCHEDULERS`, those that are likely asked for. */
const samplers = choice(
  ...[
    "euler",
    "euler_ancestral",
    "heun",
    "dpm_2",
    "lms",
    "dpmpp_2m",
    "dpmpp_2m_sde",
    "lcm",
    "ddim",
    "uni_pc",
  ],
  ...["res_multistep"],
);
const schedulers = choice(
  ...["simple", "sgm_uniform", "karras", "exponential", "ddim_uniform", "beta", "normal", "linear_quadratic"],
);

/** Which sides of its pictures an autoencoder keeps: others are cropped to a multiple (`vae_encode_crop_pixels`). */
const sideOf = (vae: unknown) => (String(vae).includes("flux2") ? 16 : 8);

function croppedTo(multiple: number, { width, height, rgb }: Pixels): Pixels {
  const [right, bottom] = [width - (width % multiple), height - (height % multiple)];
  const [left, top] = [Math.floor((width - right) / 2), Math.floor((height - bottom) / 2)];
  const out = new Uint8Array(right * bottom * 3);
  for (let y = 0; y < bottom; y++) {
    const from = 3 * ((top + y) * width + left);
    out.set(rgb.subarray(from, from + 3 * right), 3 * y * right);
  }
  return { width: right, height: bottom, rgb: out };
}

/** A picture as a part of what is painted: its pixels count. */
const told = ({ width, height, rgb }: Pixels) => [
  ...[width, height, createHash("sha256").update(rgb).digest("hex")],
];
const opened = (files: Files, name: unknown) => decode(files.input.get(String(name)) ?? new Uint8Array());

/**
 * The nodes that painting with a mask needs, with the inputs, bounds, choices and outputs of the real ones (`nodes.py`,
 * `comfy_extras/nodes_*.py`). A model, an autoencoder and a text are what they were made of; pictures and masks are real.
 */
export const nodeClasses: Readonly<Record<string, NodeClass>> = {
  CheckpointLoaderSimple: {
    required: { ckpt_name: model("checkpoints") },
    returns: ["MODEL", "CLIP", "VAE"],
    run: ({ ckpt_name: name }) => [name, name, name],
  },
  UNETLoader: {
    required: {
      unet_name: model("diffusion_models"),
      weight_dtype: choice("default", "fp8_e4m3fn", "fp8_e4m3fn_fast", "fp8_e5m2"),
    },
    returns: ["MODEL"],
    run: ({ unet_name: name, weight_dtype: type }) => [`${name} as ${type}`],
  },
  CLIPLoader: {
    required: {
      clip_name: model("text_encoders"),
      type: choice(
        ...["stable_diffusion", "stable_cascade", "sd3", "stable_audio", "mochi", "ltxv", "pixart", "cosmos"],
        ...["lumina2", "wan", "hidream", "chroma", "ace", "omnigen2", "qwen_image", "hunyuan_image", "flux2"],
      ),
    },
    optional: { device },
    returns: ["CLIP"],
    run: ({ clip_name: name, type }) => [`${name} for ${type}`],
  },
  DualCLIPLoader: {
    required: {
      clip_name1: model("text_encoders"),
      clip_name2: model("text_encoders"),
      type: choice("sdxl", "sd3", "flux", "hunyuan_video", "hidream", "hunyuan_image"),
    },
    optional: { device },
    returns: ["CLIP"],
    run: ({ clip_name1: one, clip_name2: two, type }) => [`${one}, ${two} for ${type}`],
  },
  VAELoader: {
    required: { vae_name: model("vae") },
    returns: ["VAE"],
    run: ({ vae_name: name }) => [name],
  },
  LoraLoaderModelOnly: {
    required: { model: link("MODEL"), lora_name: model("loras"), strength_model: float(1, -100, 100) },
    returns: ["MODEL"],
    run: ({ model: of, lora_name: lora, strength_model: strength }) => [`${of} with ${strength} ${lora}`],
  },
  LoadImage: {
    required: { image: file },
    returns: ["IMAGE", "MASK"],
    run: async ({ image }, { files }) => [await opened(files, image), null],
  },
  LoadImageMask: {
    required: { image: file, channel: choice("alpha", "red", "green", "blue") },
    returns: ["MASK"],
    async run({ image, channel }, { files }) {
      const picture = await opened(files, image);
      // The alpha of a picture without one masks nothing.
      if (channel === "alpha") return [new Uint8Array(picture.width * picture.height)];
      return [channelOf(picture, channel === "red" ? 0 : channel === "green" ? 1 : 2)];
    },
  },
  CLIPTextEncode: {
    required: { text, clip: link("CLIP") },
    returns: ["CONDITIONING"],
    run: ({ text: words, clip }) => [[words, clip]],
  },
  TextEncodeQwenImageEditPlus: {
    isNew: true,
    required: { clip: link("CLIP"), prompt: text },
    optional: { vae: link("VAE"), image1: link("IMAGE"), image2: link("IMAGE"), image3: link("IMAGE") },
    returns: ["CONDITIONING"],
    run: ({ prompt, clip, vae, image1, image2, image3 }) => [
      [prompt, clip, vae, ...[image1, image2, image3].map((image) => image && told(image as Pixels))],
    ],
  },
  ConditioningZeroOut: {
    required: { conditioning: link("CONDITIONING") },
    returns: ["CONDITIONING"],
    run: () => [[]],
  },
  FluxGuidance: {
    isNew: true,
    required: { conditioning: link("CONDITIONING"), guidance: float(3.5, 0, 100) },
    returns: ["CONDITIONING"],
    run: ({ conditioning, guidance }) => [[conditioning, guidance]],
  },
  ReferenceLatent: {
    isNew: true,
    required: { conditioning: link("CONDITIONING") },
    optional: { latent: link("LATENT") },
    returns: ["CONDITIONING"],
    run: ({ conditioning, latent }) => [[conditioning, latent && told((latent as Latent).pixels)]],
  },
  FluxKontextMultiReferenceLatentMethod: {
    isNew: true,
    required: {
      conditioning: link("CONDITIONING"),
      reference_latents_method: choice("offset", "index", "uxo/uno", "index_timestep_zero"),
    },
    returns: ["CONDITIONING"],
    run: ({ conditioning, reference_latents_method: method }) => [[conditioning, method]],
  },
  InpaintModelConditioning: {
    required: {
      positive: link("CONDITIONING"),
      negative: link("CONDITIONING"),
      vae: link("VAE"),
      pixels: link("IMAGE"),
      mask: link("MASK"),
      noise_mask: boolean(true),
    },
    returns: ["CONDITIONING", "CONDITIONING", "LATENT"],
    run: ({ positive, negative, pixels, mask }) => [positive, negative, { pixels, mask }],
  },
  VAEEncode: {
    required: { pixels: link("IMAGE"), vae: link("VAE") },
    returns: ["LATENT"],
    run: ({ pixels, vae }) => [{ pixels: croppedTo(sideOf(vae), pixels as Pixels), mask: null }],
  },
  VAEEncodeForInpaint: {
    required: {
      pixels: link("IMAGE"),
      vae: link("VAE"),
      mask: link("MASK"),
      grow_mask_by: int(6, 0, 64),
    },
    returns: ["LATENT"],
    run: ({ pixels, mask }) => [{ pixels, mask }],
  },
  SetLatentNoiseMask: {
    required: { samples: link("LATENT"), mask: link("MASK") },
    returns: ["LATENT"],
    run: ({ samples, mask }) => [{ ...(samples as Latent), mask }],
  },
  ModelSamplingAuraFlow: {
    required: { model: link("MODEL"), shift: float(1.73, 0, 100) },
    returns: ["MODEL"],
    run: ({ model: of, shift }) => [`${of} shifted by ${shift}`],
  },
  DifferentialDiffusion: {
    isNew: true,
    required: { model: link("MODEL") },
    optional: { strength: float(1, 0, 1) },
    returns: ["MODEL"],
    run: ({ model: of }) => [`${of}, differential`],
  },
  KSampler: {
    required: {
      model: link("MODEL"),
      seed: int(0, 0, largestSeed),
      steps: int(20, 1, 10_000),
      cfg: float(8, 0, 100),
      sampler_name: samplers,
      scheduler: schedulers,
      positive: link("CONDITIONING"),
      negative: link("CONDITIONING"),
      latent_image: link("LATENT"),
      denoise: float(1, 0, 1),
    },
    returns: ["LATENT"],
    run({ latent_image: latent, steps, denoise, ...rest }, { onStep }) {
      const of = [rest.model, rest.positive, rest.negative, rest.seed, rest.cfg, steps];
      return sampled(
        { latent: latent as Latent, steps: Number(steps), strength: Number(denoise), of },
        onStep,
      );
    },
  },
  RandomNoise: {
    isNew: true,
    required: { noise_seed: int(0, 0, largestSeed) },
    returns: ["NOISE"],
    run: ({ noise_seed: seed }) => [{ seed } satisfies Noise],
  },
  BasicGuider: {
    isNew: true,
    required: { model: link("MODEL"), conditioning: link("CONDITIONING") },
    returns: ["GUIDER"],
    run: ({ model: of, conditioning }) => [{ model: of, conditioning } satisfies Guider],
  },
  KSamplerSelect: {
    isNew: true,
    required: { sampler_name: samplers },
    returns: ["SAMPLER"],
    run: ({ sampler_name: name }) => [name],
  },
  Flux2Scheduler: {
    isNew: true,
    required: {
      steps: int(20, 1, 4096),
      width: int(1024, 16, largestSide),
      height: int(1024, 16, largestSide),
    },
    returns: ["SIGMAS"],
    run: ({ steps, width, height }) => [{ steps: Number(steps), of: [width, height] } satisfies Sigmas],
  },
  SamplerCustomAdvanced: {
    isNew: true,
    required: {
      noise: link("NOISE"),
      guider: link("GUIDER"),
      sampler: link("SAMPLER"),
      sigmas: link("SIGMAS"),
      latent_image: link("LATENT"),
    },
    returns: ["LATENT", "LATENT"],
    async run({ noise, guider, sampler, sigmas, latent_image: latent }, { onStep }) {
      const { steps, of } = sigmas as Sigmas;
      const order = { latent: latent as Latent, steps, strength: 1, of: [noise, guider, sampler, of] };
      const [samples] = await sampled(order, onStep);
      return [samples, samples];
    },
  },
  VAEDecode: {
    required: { samples: link("LATENT"), vae: link("VAE") },
    returns: ["IMAGE"],
    run({ samples }, { files }) {
      const { pixels } = samples as Latent;
      return [files.isBlack ? { ...pixels, rgb: new Uint8Array(pixels.rgb.length) } : pixels];
    },
  },
  ImageScaleBy: {
    required: {
      image: link("IMAGE"),
      upscale_method: choice("nearest-exact", "bilinear", "area", "bicubic", "lanczos"),
      scale_by: float(1, 0.01, 8),
    },
    returns: ["IMAGE"],
    run: ({ image, scale_by: by }) => [scaled(image as Pixels, Number(by))],
  },
  UpscaleModelLoader: {
    required: { model_name: model("upscale_models") },
    returns: ["UPSCALE_MODEL"],
    run: ({ model_name: name }) => [name],
  },
  ImageUpscaleWithModel: {
    required: { upscale_model: link("UPSCALE_MODEL"), image: link("IMAGE") },
    returns: ["IMAGE"],
    // The factor is in the model's name, as people name them.
    run: ({ upscale_model: of, image }) => [
      scaled(image as Pixels, Number(/(\d)x/.exec(String(of))?.[1] ?? 4)),
    ],
  },
  PreviewImage: {
    required: { images: link("IMAGE") },
    returns: [],
    isOutput: true,
    run: async ({ images }, { keep }) => ({ images: [keep(await encode(images as Pixels), "temp")] }),
  },
  SaveImage: {
    required: { images: link("IMAGE"), filename_prefix: text },
    returns: [],
    isOutput: true,
    run: async ({ images }, { keep }) => ({ images: [keep(await encode(images as Pixels), "output")] }),
  },
};

async function sampled(
  order: {
    readonly latent: Latent;
    readonly steps: number;
    readonly strength: number;
    readonly of: readonly unknown[];
  },
  onStep: RunContext["onStep"],
): Promise<[Latent]> {
  const { latent, steps, strength, of } = order;
  for (let step = 1; step <= steps; step++) await onStep(step, steps);
  const { pixels, mask } = latent;
  return [{ pixels: paint({ picture: pixels, mask, strength, of, drift: 2 }), mask }];
}
