import { channelOf, decode, encode, type Pixels, paint, scaled } from "../painting-server/paint.ts";

/** What an input takes: a type that another node gives, or a value with its bounds, or one of several. */
export type Input =
  | { readonly type: string; readonly min?: number; readonly max?: number }
  /** `isFile`: the node itself looks whether there is such a file. */
  | { readonly type: "COMBO"; readonly choices: (files: Files) => readonly string[]; readonly isFile?: true };

/** Files of the server by their annotated name: `a.png [temp]`. */
export interface Files {
  readonly checkpoints: readonly string[];
  readonly isBlack: boolean;
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

const file: Input = { type: "COMBO", choices: ({ input }) => [...input.keys()], isFile: true };
const choice = (...names: readonly string[]): Input => ({ type: "COMBO", choices: () => names });
const opened = (files: Files, name: unknown) => decode(files.input.get(String(name)) ?? new Uint8Array());

/**
 * The nodes that painting with a mask needs, with the inputs, bounds and outputs of the real ones (`nodes.py`). A model,
 * an autoencoder and a text are what they were made of; pictures and masks are real.
 */
export const nodeClasses: Readonly<Record<string, NodeClass>> = {
  CheckpointLoaderSimple: {
    required: { ckpt_name: { type: "COMBO", choices: ({ checkpoints }) => checkpoints } },
    returns: ["MODEL", "CLIP", "VAE"],
    run: ({ ckpt_name: name }) => [name, name, name],
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
    required: { text: { type: "STRING" }, clip: { type: "CLIP" } },
    returns: ["CONDITIONING"],
    run: ({ text }) => [text],
  },
  InpaintModelConditioning: {
    required: {
      positive: { type: "CONDITIONING" },
      negative: { type: "CONDITIONING" },
      vae: { type: "VAE" },
      pixels: { type: "IMAGE" },
      mask: { type: "MASK" },
      noise_mask: { type: "BOOLEAN" },
    },
    returns: ["CONDITIONING", "CONDITIONING", "LATENT"],
    run: ({ positive, negative, pixels, mask }) => [positive, negative, { pixels, mask }],
  },
  VAEEncodeForInpaint: {
    required: {
      pixels: { type: "IMAGE" },
      vae: { type: "VAE" },
      mask: { type: "MASK" },
      grow_mask_by: { type: "INT", min: 0, max: 64 },
    },
    returns: ["LATENT"],
    run: ({ pixels, mask }) => [{ pixels, mask }],
  },
  KSampler: {
    required: {
      model: { type: "MODEL" },
      seed: { type: "INT", min: 0, max: 2 ** 64 },
      steps: { type: "INT", min: 1, max: 10_000 },
      cfg: { type: "FLOAT", min: 0, max: 100 },
      sampler_name: choice("euler", "euler_ancestral", "dpmpp_2m", "ddim", "lcm"),
      scheduler: choice("normal", "karras", "simple", "sgm_uniform"),
      positive: { type: "CONDITIONING" },
      negative: { type: "CONDITIONING" },
      latent_image: { type: "LATENT" },
      denoise: { type: "FLOAT", min: 0, max: 1 },
    },
    returns: ["LATENT"],
    async run({ latent_image: latent, steps, denoise, ...rest }, { onStep }) {
      const { pixels, mask } = latent as Latent;
      for (let step = 1; step <= Number(steps); step++) await onStep(step, Number(steps));
      const of = [rest.model, rest.positive, rest.negative, rest.seed, rest.cfg, steps];
      return [
        { pixels: paint({ picture: pixels, mask, strength: Number(denoise), of, drift: 2 }), mask } as Latent,
      ];
    },
  },
  VAEDecode: {
    required: { samples: { type: "LATENT" }, vae: { type: "VAE" } },
    returns: ["IMAGE"],
    run({ samples }, { files }) {
      const { pixels } = samples as Latent;
      return [files.isBlack ? { ...pixels, rgb: new Uint8Array(pixels.rgb.length) } : pixels];
    },
  },
  ImageScaleBy: {
    required: {
      image: { type: "IMAGE" },
      upscale_method: choice("nearest-exact", "bilinear"),
      scale_by: { type: "FLOAT", min: 0.01, max: 8 },
    },
    returns: ["IMAGE"],
    run: ({ image, scale_by: by }) => [scaled(image as Pixels, Number(by))],
  },
  PreviewImage: {
    required: { images: { type: "IMAGE" } },
    returns: [],
    isOutput: true,
    run: async ({ images }, { keep }) => ({ images: [keep(await encode(images as Pixels), "temp")] }),
  },
  SaveImage: {
    required: { images: { type: "IMAGE" }, filename_prefix: { type: "STRING" } },
    returns: [],
    isOutput: true,
    run: async ({ images }, { keep }) => ({ images: [keep(await encode(images as Pixels), "output")] }),
  },
};
