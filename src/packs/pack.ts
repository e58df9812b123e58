import { z } from "zod";
import { EditError } from "../errors.ts";

/** A file or folder inside the pack's folder, with forward slashes; what a pack names must not lead out of it. */
const pathSchema = z
  .string()
  .regex(/^(?!\/)(?!.*(^|\/)\.\.(\/|$))[^\\]+$/, "a relative path inside the pack");

const fileSchema = z.strictObject({
  /** Where the file lies. */
  path: pathSchema,
  /** Hub repository, `owner/name`; `null` where the file ships with the pack. */
  repository: z.string().nullable().default(null),
  /** Commit or `refs/pr/N`; `null` until `pull` has resolved and locked it. */
  revision: z.string().nullable().default(null),
  /**
   * The file's path in the repository, where it differs from `path`. Without a repository: a file in the folder that
   * the pack's folder lies in, which packs share.
   */
  source: pathSchema.nullable().default(null),
  /** In bytes; `null` where it is not known. */
  size: z.int().nonnegative().nullable(),
  /** Lower-case hex; `null` where it is not known. Never invented: `pull` takes it from the hub and locks it. */
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .nullable(),
  /** An SPDX identifier, or one of the pack's `licenses`. */
  license: z.string(),
});

const licenseSchema = z.strictObject({
  /** As `license` of the files names it. */
  id: z.string(),
  title: z.string(),
  /** Where its text is. */
  url: z.url({ protocol: /^https?$/ }),
  /** The gist, in a sentence or two, shown before a person accepts. */
  says: z.string(),
});

/** How much of a LoRA is added; 1 is what it was trained for. */
export const loraScaleSchema = z.number().min(-10).max(10);

const loraSchema = z.strictObject({
  /** Its `.safetensors` file. */
  path: pathSchema,
  scale: loraScaleSchema.default(1),
});

/** Samplers that a pack can name: all of `src/pipeline/sampling/`. */
export const samplers = [
  "ddim",
  "ddpm",
  "deis",
  "dpm-solver-multistep",
  "euler",
  "euler-ancestral",
  "heun",
  "lcm",
  "lms",
  "pndm",
  "tcd",
  "unipc",
] as const;

const referenceSchema = z.strictObject({
  /** With which weights and on what the figures were taken. */
  measured: z.string(),
  /** By name, as `lrbot packs try` prints them: what was measured, and how far another machine may be from it. */
  figures: z.record(z.string(), z.strictObject({ value: z.number(), within: z.number().nonnegative() })),
});

const classesSchema = z.strictObject({
  names: pathSchema,
  threshold: z.number().min(-1).max(1).default(0.7),
});

const manifestSchema = z.strictObject({
  $schema: z.string().optional(),
  name: z.string().regex(/^[a-z0-9][a-z0-9-]*$/),
  title: z.string(),
  version: z.string(),
  /** Folders of the networks, by role. */
  networks: z.strictObject({
    /** CLIP image and text towers: losses, ranking, T_ROI. */
    clip: pathSchema,
    /** DINO ViT: anchors and features. */
    vit: pathSchema,
    /** What paints; `null`, as all that is named below, where a server does. */
    unet: pathSchema.nullable().default(null),
    autoencoder: pathSchema.nullable().default(null),
    textEncoder: pathSchema.nullable().default(null),
    /** The second text encoder of Stable Diffusion XL; `null` for all others. */
    textEncoder2: pathSchema.nullable().default(null),
    /**
     * A tiny autoencoder that decodes drafts and their previews; results are the `autoencoder`'s. `null` where drafts
     * are decoded as results are.
     */
    draftAutoencoder: pathSchema.nullable().default(null),
    /** A masked transformer, which paints tokens; `autoencoder` is a VQModel then, and `unet` is `null`. */
    transformer: pathSchema.nullable().default(null),
  }),
  /**
   * The `.safetensors` file of the network that says what losses to expect of a picture's boxes; `null` where every edit starts
   * from nothing.
   */
  regionNetwork: pathSchema.nullable().default(null),
  /**
   * The `.safetensors` file of a small network that reads the ViT's features as CLIP's texts, for `lrbot eval`: a second scorer, with
   * which no loss is made. `null` where there is none.
   */
  judge: pathSchema.nullable().default(null),
  /** Tokenizers of CLIP's text tower and of the inpainter's text encoders. */
  tokenizers: z.strictObject({
    clip: pathSchema,
    textEncoder: pathSchema.nullable().default(null),
    textEncoder2: pathSchema.nullable().default(null),
  }),
  /** Added to the weights of UNet and text encoders, one after the other. */
  loras: z.array(loraSchema).max(16).default([]),
  /** Folder of `scheduler_config.json`. */
  scheduler: pathSchema.nullable().default(null),
  /**
   * Which inpainter paints: `stable-diffusion` covers 9-channel inpainting and 4-channel blending alike; `amused` paints
   * tokens; `maskgit` paints tokens of a class; `instruct-pix2pix` follows instructions and edits the whole picture; `remote` is one of the operator's servers.
   */
  inpainter: z.enum(["stable-diffusion", "instruct-pix2pix", "amused", "maskgit", "remote"]),
  /**
   * What a ComfyUI is given to run for this pack: the name of a file in `models/workflows/`, without `.json`. `null` where that is the
   * operator's choice, or nothing is run.
   */
  workflow: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]*$/, "the name of a workflow")
    .nullable()
    .default(null),
  /**
   * What a model paints that knows classes and no sentences: a text file with a class a line, in the order of their labels, and CLIP's cosine
   * of a prompt with a class from which that is taken to be meant. `null` for all others.
   */
  classes: classesSchema.nullable().default(null),
  /**
   * A masked transformer beside what paints, in aMUSEd's layout, for edits that ask for it: `amused` tells it the prompt, and `maskgit`, where
   * there are `classes`, the name of the class that the prompt means. `null` where there is none.
   */
  tokens: z
    .strictObject({
      ...{ transformer: pathSchema, autoencoder: pathSchema, scheduler: pathSchema },
      ...{ textEncoder: pathSchema, tokenizer: pathSchema },
      classes: classesSchema.nullable().default(null),
    })
    .nullable()
    .default(null),
  /** A text file with a noun a line: what T_ROI is chosen from. */
  nouns: pathSchema,
  /**
   * A text file with a word a line: all words of the world that a small pack was trained on, so that a person is
   * told about others. `null` where the world is open.
   */
  words: pathSchema.nullable().default(null),
  /**
   * A text file with a line `word: words of the world` each: what is read in place of a word that the world lacks.
   * `null` where there is none.
   */
  synonyms: pathSchema.nullable().default(null),
  painting: z.strictObject({
    /** Side of the frames that the UNet was trained on, in pixels. */
    side: z.int().min(32).max(2048),
    /**
     * Side of the frames that are drafted, at most `side`: a large model learns where to edit on small frames, and paints results on
     * large ones. `null`, the default, drafts at `side`.
     */
    draftSide: z.int().min(32).max(2048).nullable().default(null),
    /** Sampling steps of a full painting and of a draft. */
    steps: z.int().min(1).max(1000),
    draftSteps: z.int().min(1).max(1000),
    /** 1 spares half of the UNet's work. */
    guidance: z.number().min(0).max(50),
    /** Another sampler than the scheduler's own, on the same noise schedule: `lcm` with a LoRA for few steps. */
    sampler: z.enum(samplers).nullable().default(null),
    /** How the sampler's timesteps lie, where not as the scheduler's file says: `trailing` for models distilled to few steps. */
    timestepSpacing: z.enum(["leading", "trailing", "linspace"]).nullable().default(null),
    strength: z.number().gt(0).max(1),
    /**
     * What cannot be asked of what paints, as of models that are distilled: a strength below 1, which is refused, and a negative prompt,
     * of which a warning says that it does nothing. What a server runs must have places for all others.
     */
    lacks: z.array(z.enum(["strength", "negative"])).default([]),
    /** Frames painted in one batch at most. */
    batch: z.int().min(1).max(64),
    /**
     * The deep part of the UNet is computed every so many steps, and what it gave is used again in between: faster, and
     * not the same picture. 1 computes it in each step.
     */
    featureReuse: z.int().min(1).max(50).default(1),
    /**
     * A way to paint in less time that was measured with this pack: what `lrbot edit --fast` takes in place of the pack's own
     * steps and guidance, the budget, in such paintings, that it needs for as many drafts, and a LoRA that was distilled for these steps,
     * added to those of the pack. `null` where there is none.
     */
    fast: z
      .strictObject({
        steps: z.int().min(1).max(1000),
        draftSteps: z.int().min(1).max(1000),
        guidance: z.number().min(0).max(50),
        budget: z.number().min(2).max(10_000),
        lora: loraSchema.nullable().default(null),
      })
      .nullable()
      .default(null),
    /** On a CPU, linear layers of the UNet multiply as 8-bit integers: faster, and not quite the same picture. */
    int8: z.boolean().default(false),
  }),
  framing: z.strictObject({
    /** The box's side over its frame's side that is aimed at. */
    boxShare: z.number().gt(0).max(1),
  }),
  /**
   * How T_ROI is found where the patch tokens of the pack's CLIP, projected as its class token is, mean what they show:
   * by what of the picture is called what, which also says where the thing lies and may be nothing. `null`, the default:
   * by a crop around the strongest anchors, which some noun always answers. Measured; see docs/method.md.
   */
  source: z
    .strictObject({
      /** Divides the logits of zero-shot probabilities, so that they are as sure as they are right. */
      temperature: z.number().positive().default(1),
      /** CLIP's cosine of a crop with its likeliest noun from which the picture is taken to show such a thing. */
      threshold: z.number().min(-1).max(1),
      /** Confidence below which a found noun is said to be a guess. */
      certainFrom: z.number().min(0).max(1).default(0.5),
    })
    .nullable()
    .default(null),
  features: z.strictObject({
    /** The ViT sees the picture with its short side at this many pixels. */
    shortSide: z.int().min(16).max(2048),
  }),
  /** How much S_t2i must exceed the source's own before an edit counts as one. Measured; see docs/method.md. */
  ranking: z.strictObject({ margin: z.number().min(0).max(1) }),
  /** Licences that a person accepts before the pack is pulled, of its files and of what a server paints for it with; others are named by the files alone. */
  licenses: z.array(licenseSchema).default([]),
  /** What the reference edit of `lrbot packs try` gives with the true weights; `null` where nobody has measured it. */
  reference: referenceSchema.nullable().default(null),
  files: z.array(fileSchema).min(1),
});

/**
 * `pack.json`: what a model pack is made of. A pack is a folder; every network in it lies as its official
 * repository lays it out, `config.json` beside `.safetensors`.
 */
export const packSchema = manifestSchema
  .refine(
    (manifest) => manifest.workflow === null || manifest.inpainter === "remote",
    "workflow is for packs whose inpainter is remote",
  )
  .refine(
    (manifest) => !isDiffusion(manifest.inpainter) || findInpainterFoldersOf(manifest) !== null,
    "networks.unet, networks.autoencoder, networks.textEncoder, tokenizers.textEncoder and scheduler are needed by an inpainter that is not remote",
  )
  .refine(
    ({ networks, tokenizers }) => (networks.textEncoder2 === null) === (tokenizers.textEncoder2 === null),
    "networks.textEncoder2 and tokenizers.textEncoder2 are needed both or neither",
  )
  .refine(
    ({ painting }) => painting.draftSide === null || painting.draftSide <= painting.side,
    "painting.draftSide is to be at most painting.side",
  )
  .refine(
    (manifest) => manifest.inpainter !== "amused" || findTokenFolders(manifest) !== null,
    "networks.transformer, networks.autoencoder, networks.textEncoder, tokenizers.textEncoder and scheduler are needed by amused",
  )
  .refine(
    (manifest) => manifest.inpainter !== "maskgit" || findClassFolders(manifest) !== null,
    "networks.transformer, networks.autoencoder and classes are needed by maskgit",
  );

/** Whether a pack's networks are those of a latent diffusion: UNet, autoencoder, text encoder. */
export function isDiffusion(inpainter: z.infer<typeof manifestSchema>["inpainter"]): boolean {
  return inpainter === "stable-diffusion" || inpainter === "instruct-pix2pix";
}

export type PackLicense = z.infer<typeof licenseSchema>;
export type PackReference = z.infer<typeof referenceSchema>;
export type PackManifest = z.infer<typeof packSchema>;
export type PackFile = z.infer<typeof fileSchema>;

/** Folders inside the pack of all that paints with its own networks. */
export interface InpainterFolders {
  readonly unet: string;
  readonly autoencoder: string;
  readonly draftAutoencoder: string | null;
  readonly textEncoder: string;
  readonly tokenizer: string;
  /** Stable Diffusion XL's second text encoder. */
  readonly second: { readonly textEncoder: string; readonly tokenizer: string } | null;
  readonly scheduler: string;
}

/** @throws EditError `pack-invalid` where the pack lacks a part, as one does that leaves painting to a server. */
export function inpainterFoldersOf(manifest: PackManifest): InpainterFolders {
  const folders = findInpainterFoldersOf(manifest);
  if (folders) return folders;
  throw new EditError(
    "pack-invalid",
    `Expected pack ${manifest.name} to bring networks that paint, got one that leaves it to a server.`,
  );
}

/** The same, `null` where the pack lacks a part. */
export function findInpainterFoldersOf({
  networks,
  tokenizers,
  scheduler,
}: z.infer<typeof manifestSchema>): InpainterFolders | null {
  const { unet, autoencoder, draftAutoencoder, textEncoder, textEncoder2 } = networks;
  const { textEncoder: tokenizer, textEncoder2: tokenizer2 } = tokenizers;
  const second = textEncoder2 && tokenizer2 ? { textEncoder: textEncoder2, tokenizer: tokenizer2 } : null;
  return unet && autoencoder && textEncoder && tokenizer && scheduler
    ? { unet, autoencoder, draftAutoencoder, textEncoder, tokenizer, second, scheduler }
    : null;
}

/** Folders inside the pack of all that paints tokens. */
export interface TokenFolders {
  readonly transformer: string;
  readonly autoencoder: string;
  readonly textEncoder: string;
  readonly tokenizer: string;
  readonly scheduler: string;
}

/** @throws EditError `pack-invalid` where the pack lacks a part. */
export function tokenFoldersOf(manifest: PackManifest): TokenFolders {
  const folders = findTokenFolders(manifest);
  if (folders) return folders;
  throw new EditError(
    "pack-invalid",
    `Expected pack ${manifest.name} to bring networks that paint tokens, got one without.`,
  );
}

function findTokenFolders({
  networks,
  tokenizers,
  scheduler,
}: z.infer<typeof manifestSchema>): TokenFolders | null {
  const { transformer, autoencoder, textEncoder } = networks;
  const { textEncoder: tokenizer } = tokenizers;
  return transformer && autoencoder && textEncoder && tokenizer && scheduler
    ? { transformer, autoencoder, textEncoder, tokenizer, scheduler }
    : null;
}

/** Folders inside the pack of all that paints tokens of a class, and its classes. */
export interface ClassFolders {
  readonly transformer: string;
  readonly autoencoder: string;
  readonly classes: string;
  readonly threshold: number;
}

/** @throws EditError `pack-invalid` where the pack lacks a part. */
export function classFoldersOf(manifest: PackManifest): ClassFolders {
  const folders = findClassFolders(manifest);
  if (folders) return folders;
  throw new EditError(
    "pack-invalid",
    `Expected pack ${manifest.name} to bring networks that paint classes, got one without.`,
  );
}

function findClassFolders({ networks, classes }: z.infer<typeof manifestSchema>): ClassFolders | null {
  const { transformer, autoencoder } = networks;
  if (!transformer || !autoencoder || classes === null) return null;
  return { transformer, autoencoder, classes: classes.names, threshold: classes.threshold };
}

/**
 * The pack as it paints with its tokens, where that is what an edit asks for; else the pack as it is.
 * @throws EditError `inpainter-unknown`, naming what the pack lacks
 */
export function packPaintedBy(pack: Pack, inpainter: string | null): Pack {
  const { manifest } = pack;
  if (inpainter === null || inpainter === manifest.inpainter) return pack;
  if (inpainter !== "amused" && inpainter !== "maskgit") return pack;
  const { name, tokens } = manifest;
  const lacking =
    tokens === null ? "a masked transformer" : inpainter === "maskgit" && !tokens.classes ? "classes" : null;
  if (tokens === null || lacking !== null)
    throw new EditError(
      "inpainter-unknown",
      `Expected the inpainter of pack ${name}, ${manifest.inpainter}, got ${inpainter}, which needs ${lacking}: "tokens" in its pack.json.`,
    );
  const { transformer, autoencoder, textEncoder, tokenizer, scheduler, classes } = tokens;
  const networks = { transformer, autoencoder, textEncoder, unet: null, draftAutoencoder: null };
  return {
    ...pack,
    manifest: {
      ...manifest,
      ...{ inpainter, scheduler, classes },
      networks: { ...manifest.networks, ...networks },
      tokenizers: { ...manifest.tokenizers, textEncoder: tokenizer },
      // These are changes of a UNet and its text encoder.
      loras: [],
    },
  };
}

/** A pack found on this machine: its manifest and the real path (symlinks resolved) of its folder. */
export interface Pack {
  readonly manifest: PackManifest;
  readonly folder: string;
}
