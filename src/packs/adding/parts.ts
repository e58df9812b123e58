import { readFile, realpath, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { z } from "zod";
import { EditError } from "../../errors.ts";
import type { Pack, PackManifest } from "../pack.ts";
import { parseLooseJson, readTextFile, withoutNulls } from "../text-file.ts";
import { filesIn, type Group, type Part } from "./part-files.ts";
import { refuseSingleFile } from "./single-file.ts";

/** Inpainters whose networks can be added. */
export type PaintingKind = Exclude<PackManifest["inpainter"], "remote">;

/** What a pack is to be made of. */
export interface PartsOrder {
  /** A pipeline in diffusers' layout, or a repository of a Hugging Face cache (its `main`). */
  readonly folder: string;
  /** Folders of CLIP with its tokenizer and of the ViT; where one is `null`, the network of `eyesOf`. */
  readonly clip: string | null;
  readonly vit: string | null;
  /** A pack that lends what is not given. */
  readonly eyesOf: Pack | null;
  /** Folder of an AutoencoderTiny that decodes drafts; `null` where the autoencoder does. */
  readonly draftAutoencoder: string | null;
  /** `.safetensors` files that are added to the weights, each with how much of it. */
  readonly loras: readonly { readonly file: string; readonly scale: number }[];
  /** A text file with a noun a line. */
  readonly nouns: string;
}

export interface FoundParts {
  readonly kind: PaintingKind;
  /** Of Stable Diffusion XL. */
  readonly hasSecondEncoder: boolean;
  readonly parts: Part[];
}

/**
 * Finds every file of a pack in the making, by its real path.
 * @throws EditError `usage`, `pack-file-missing`, `pack-no-safetensors`, `pack-invalid`, `network-unsupported`
 */
export async function partsOf(order: PartsOrder): Promise<FoundParts> {
  const { folder, nouns, draftAutoencoder, loras } = order;
  requireLoras(loras);
  const pipeline = await snapshotOf(folder);
  await refuseSingleFile(pipeline);
  const eyes = await eyeGroups(order);
  const { kind, hasSecondEncoder } = await kindOf(pipeline);
  if (kind === "amused" || kind === "maskgit") refuseOptions(kind, order);
  const drafts = draftAutoencoder === null ? [] : [await snapshotOf(draftAutoencoder)];
  const groups: Group[] = [
    ...[...inpainterParts[kind], ...(hasSecondEncoder ? secondTexts : [])].map(({ part, wanted }) => ({
      folder: join(pipeline, part),
      part,
      wanted,
    })),
    ...eyes,
    ...drafts.map((drafting) => ({ folder: drafting, part: draftPart, wanted: weightsOf.diffusers })),
  ];
  const found = await Promise.all(groups.map(filesIn));
  const files = [...(await loraParts(order)), ["nouns.txt", nouns] as const];
  const alone = files.map(async ([path, file]) => ({ path, source: await realpath(file).catch(() => file) }));
  return { kind, hasSecondEncoder, parts: [...found.flat(), ...(await Promise.all(alone))] };
}

/** @throws EditError `usage` where something is given that a masked transformer has no place for */
function refuseOptions(kind: "amused" | "maskgit", { loras, draftAutoencoder }: PartsOrder): void {
  const given = loras.length > 0 ? "--lora" : draftAutoencoder === null ? null : "--draft-autoencoder";
  if (given === null) return;
  const name = kind === "amused" ? "aMUSEd" : "MaskGIT";
  throw new EditError("usage", `Expected ${name} without ${given}, which is for Stable Diffusion alone.`);
}

/** The file of a MaskGIT's classes. */
export const classesPart = "classes.txt";

/** The draft autoencoder's folder in a pack. */
export const draftPart = "draft_autoencoder";

/** What PEFT names each LoRA, and the scales beside it: the folder tells one from another. */
const peft = { weights: "adapter_model.safetensors", config: "adapter_config.json" };

/** Where a LoRA lies in a pack. */
export function loraPath(file: string): string {
  const name = basename(file);
  return name === peft.weights ? `lora/${basename(dirname(file))}/${name}` : `lora/${name}`;
}

/** LoRAs by their files, where some were given as folders of PEFT. */
export async function withLoraFiles(loras: PartsOrder["loras"]): Promise<PartsOrder["loras"]> {
  return await Promise.all(
    loras.map(async ({ file, scale }) => {
      const inside = join(file, peft.weights);
      const isFolder = (await stat(inside).catch(() => null))?.isFile() === true;
      return { file: isFolder ? inside : file, scale };
    }),
  );
}

async function loraParts({ loras }: PartsOrder): Promise<[path: string, file: string][]> {
  const parts: [string, string][] = [];
  for (const { file } of loras) {
    parts.push([loraPath(file), file]);
    const config = join(dirname(file), peft.config);
    const isThere = basename(file) === peft.weights && (await stat(config).catch(() => null)) !== null;
    if (isThere) parts.push([`${dirname(loraPath(file))}/${peft.config}`, config]);
  }
  return parts;
}

function requireLoras(loras: PartsOrder["loras"]): void {
  const names = loras.map(({ file }) => basename(file));
  const other = names.find((name) => !name.endsWith(".safetensors"));
  if (other !== undefined) {
    throw new EditError(
      "pack-no-safetensors",
      `Expected a LoRA as a .safetensors file, got ${other}. Other files can hold code and are never opened.`,
    );
  }
  const paths = loras.map(({ file }) => loraPath(file));
  const twice = names.find((_, index) => paths.indexOf(paths[index] ?? "") < index);
  if (twice !== undefined)
    throw new EditError("usage", `Expected LoRAs in files of different names, got two named ${twice}.`);
}

/** The folder itself; of a repository of a Hugging Face cache, the snapshot of its `main`. */
async function snapshotOf(folder: string): Promise<string> {
  const commit = await readFile(join(folder, "refs", "main"), "utf8").catch(() => null);
  if (commit !== null && /^[0-9a-f]{40}$/.test(commit.trim()))
    return join(folder, "snapshots", commit.trim());
  return folder;
}

const network = (name: string) => [`${name}.safetensors`, `${name}.fp16.safetensors`];
/** A network by the library whose names its files have. */
const weightsOf = {
  diffusers: { needed: ["config.json"], weights: network("diffusion_pytorch_model") },
  transformers: { needed: ["config.json"], weights: network("model") },
};
const tokenizer = {
  needed: [],
  either: [["vocab.json", "merges.txt"], ["tokenizer.json"]],
  also: ["special_tokens_map.json", "tokenizer_config.json"],
};

const texts = [
  { part: "text_encoder", wanted: weightsOf.transformers },
  { part: "tokenizer", wanted: tokenizer },
  { part: "scheduler", wanted: { needed: ["scheduler_config.json"] } },
];

const diffusionParts = [
  { part: "unet", wanted: weightsOf.diffusers },
  { part: "vae", wanted: weightsOf.diffusers },
  ...texts,
];

/** What Stable Diffusion XL has besides. */
const secondTexts = [
  { part: "text_encoder_2", wanted: weightsOf.transformers },
  { part: "tokenizer_2", wanted: tokenizer },
];

/** All that paints, each in a folder of its name, by the pack's inpainter. */
const inpainterParts: Readonly<Record<PaintingKind, readonly Omit<Group, "folder">[]>> = {
  "stable-diffusion": diffusionParts,
  "instruct-pix2pix": diffusionParts,
  maskgit: [
    { part: "transformer", wanted: weightsOf.transformers },
    { part: "vqgan", wanted: weightsOf.transformers },
    { part: "", wanted: { needed: [classesPart] } },
  ],
  amused: [
    { part: "transformer", wanted: weightsOf.diffusers },
    { part: "vqvae", wanted: weightsOf.diffusers },
    ...texts,
  ],
};

/** CLIP, its tokenizer and the ViT, each from its own folder or from the pack that lends it. */
async function eyeGroups({ clip, vit, eyesOf }: PartsOrder): Promise<Group[]> {
  const clipFolder = clip === null ? null : await snapshotOf(clip);
  const vitFolder = vit === null ? null : await snapshotOf(vit);
  const folderOf = (own: string | null, option: string, lent: (manifest: PackManifest) => string): string => {
    if (own !== null) return own;
    if (eyesOf !== null) return join(eyesOf.folder, lent(eyesOf.manifest));
    throw new EditError("usage", `Expected ${option} with a folder, or --eyes-of with a pack, got neither.`);
  };
  const clipNetwork = folderOf(clipFolder, "--clip", ({ networks }) => networks.clip);
  const clipTokenizer = folderOf(clipFolder, "--clip", ({ tokenizers }) => tokenizers.clip);
  const vitNetwork = folderOf(vitFolder, "--vit", ({ networks }) => networks.vit);
  const seeing = {
    needed: ["config.json"],
    either: [["preprocessor_config.json"], ["processor_config.json"]],
    weights: network("model"),
  };
  return [
    { folder: clipNetwork, part: "clip", wanted: seeing },
    { folder: clipTokenizer, part: "clip_tokenizer", wanted: tokenizer },
    { folder: vitNetwork, part: "vit", wanted: seeing },
  ];
}

async function kindOf(folder: string): Promise<Omit<FoundParts, "parts">> {
  const name = await pipelineNameOf(folder);
  const isXl = /^StableDiffusionXL(Img2Img|Inpaint)?Pipeline$/.test(name);
  return { kind: isXl ? "stable-diffusion" : kindOfPipeline(name, folder), hasSecondEncoder: isXl };
}

async function pipelineNameOf(folder: string): Promise<string> {
  const schema = z.object({ _class_name: z.string() });
  const file = join(folder, "model_index.json");
  return (await readAs(file, schema, "a pipeline in diffusers' layout"))._class_name;
}

function kindOfPipeline(name: string, folder: string): PaintingKind {
  const file = join(folder, "model_index.json");
  if (name === "StableDiffusionInstructPix2PixPipeline") return "instruct-pix2pix";
  if (name.startsWith("StableDiffusion") && !name.startsWith("StableDiffusionXL")) return "stable-diffusion";
  if (name === "MaskGIT") return "maskgit";
  if (/^Amused(Img2Img|Inpaint)?Pipeline$/.test(name)) return "amused";
  throw new EditError(
    "network-unsupported",
    `Expected ${file} to be of a Stable Diffusion, an aMUSEd or a MaskGIT pipeline, got ${JSON.stringify(name)}.`,
  );
}

/**
 * Reads a JSON file of some form.
 * @throws EditError `pack-file-missing`, `pack-invalid`
 */
export async function readAs<T>(file: string, schema: z.ZodType<T>, what: string): Promise<T> {
  const text = await readTextFile(file).catch((cause: unknown) => {
    throw new EditError("pack-file-missing", `Expected ${what} in ${file}, got no such file.`, { cause });
  });
  let json: unknown;
  try {
    json = withoutNulls(parseLooseJson(text));
  } catch {
    json = undefined;
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new EditError(
    "pack-invalid",
    `Expected ${what} in ${file}, got ${issue?.path.join(".")}: ${issue?.message}.`,
  );
}
