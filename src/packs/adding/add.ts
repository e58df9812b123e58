import { randomUUID } from "node:crypto";
import { copyFile, mkdir, realpath, rename, rm, stat, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import { EditError, throwIfCancelled } from "../../errors.ts";
import { describePack, requireName } from "../open.ts";
import { type Pack, type PackFile, type PackManifest, packSchema } from "../pack.ts";
import { sha256OfFile } from "../verify.ts";
import { diskFailure, writePackFile } from "../write-file.ts";
import type { Part } from "./part-files.ts";
import { draftPart, loraPath, type PartsOrder, partsOf, readAs, withLoraFiles } from "./parts.ts";

export interface AddOrder extends PartsOrder {
  readonly name: string;
  readonly license: string;
  /** Copies the files in place of pointing to them. */
  readonly isCopied: boolean;
}

export interface AddOptions {
  /** The folder that the pack is put into, and all folders in which its name must be free. */
  readonly root: string;
  readonly roots: readonly string[];
  readonly signal: AbortSignal;
  /** Looks at the pack before it counts; what it throws keeps it from being there. */
  readonly check: (pack: Pack) => Promise<void>;
}

/**
 * Makes a pack of a folder in diffusers' layout. Its files stay where they are, found by their real paths, unless
 * they are to be copied. The pack is there whole or not at all.
 * @throws EditError `usage`, `output-not-empty`, `pack-file-missing`, `pack-no-safetensors`, `pack-invalid`,
 *   `network-unsupported`, `disk-full`, `output-unwritable`, `cancelled`, and those of `check`
 */
export async function addPack(given: AddOrder, options: AddOptions): Promise<Pack> {
  // 1. The name is free.
  requireName(given.name);
  await requireFree(given.name, options);

  // 2. What is there.
  const order = { ...given, loras: await withLoraFiles(given.loras) };
  const parts = await partsOf(order);
  const painting = await paintingOf(order, parts);

  // 3. The pack, in a folder of its own that gets its name at the end.
  const folder = join(options.root, `.${order.name}.${randomUUID().slice(0, 8)}.new`);
  try {
    const files: PackFile[] = [];
    for (const { path, source } of parts) {
      throwIfCancelled(options.signal);
      files.push(await place(path, source, folder, order, options.signal));
    }
    const manifest = manifestOf(order, painting, files);
    await writePackFile(join(folder, "pack.json"), `${JSON.stringify(manifest, null, 2)}\n`);
    await options.check({ manifest, folder: await realpath(folder) });
    const target = join(options.root, order.name);
    await rename(folder, target);
    return { manifest, folder: target };
  } catch (cause) {
    await rm(folder, { recursive: true, force: true });
    throw diskFailure(folder, cause);
  }
}

async function requireFree(name: string, { root, roots }: AddOptions): Promise<void> {
  const found = await describePack(name, { roots }).catch((error: unknown) => {
    if (error instanceof EditError && error.code === "pack-missing") return null;
    throw error;
  });
  const taken = found?.folder ?? join(root, name);
  if (found === null && (await stat(taken).catch(() => null)) === null) return;
  throw new EditError(
    "output-not-empty",
    `Expected a name that no pack has, got ${name}, which lies in ${taken}. Give another with --name, or run lrbot packs remove ${name} --forget.`,
  );
}

interface PaintingFacts {
  readonly side: number;
  readonly strength: number;
  readonly shortSide: number;
}

const unetSchema = z.object({
  in_channels: z.int(),
  sample_size: z
    .union([
      z.int(),
      z
        .array(z.int())
        .min(1)
        .max(2)
        .transform((sides) => Math.min(...sides)),
    ])
    .nullish(),
  _diffusers_version: z.string().nullish(),
});
const vaeSchema = z.object({ block_out_channels: z.array(z.int()).min(1).max(8) });
const sizeSchema = z.object({
  size: z
    .union([
      z.int(),
      z.object({ shortest_edge: z.int() }).transform((size) => size.shortest_edge),
      z.object({ height: z.int() }).transform((size) => size.height),
    ])
    .default(224),
});
/** transformers 5 may write it inside of a `processor_config.json`. */
const preprocessorSchema = z.union([
  z.object({ image_processor: sizeSchema }).transform(({ image_processor }) => image_processor),
  sizeSchema,
]);

/** 9 channels are shown what is known and repaint all of the box; 4 are blended with it, as the paper does. */
async function paintingOf({ folder }: AddOrder, parts: readonly Part[]): Promise<PaintingFacts> {
  const sourceOf = (path: string) => parts.find((part) => part.path === path)?.source ?? join(folder, path);
  const unet = await readAs(sourceOf("unet/config.json"), unetSchema, "a UNet's configuration");
  const vae = await readAs(sourceOf("vae/config.json"), vaeSchema, "an autoencoder's configuration");
  const processor = parts.find(({ path }) => /^vit\/(pre)?processor_config\.json$/.test(path));
  const processorFile = processor?.source ?? join(folder, "vit");
  const vit = await readAs(processorFile, preprocessorSchema, "an image processor");
  if (unet.in_channels !== 4 && unet.in_channels !== 9) {
    throw new EditError(
      "network-unsupported",
      `Expected in_channels of ${sourceOf("unet/config.json")} to be 9 (inpainting) or 4 (blending), got ${unet.in_channels}.`,
    );
  }
  const side = sampleSizeOf(unet) * 2 ** (vae.block_out_channels.length - 1);
  return { side, strength: unet.in_channels === 9 ? 1 : 0.75, shortSide: vit.size };
}

/** In latents. Stable Diffusion's first configurations say 32 and mean 64, as diffusers reads them too. */
function sampleSizeOf({
  sample_size: given,
  _diffusers_version: version,
}: z.infer<typeof unetSchema>): number {
  const [major, minor] = version?.match(/\d+/g)?.map(Number) ?? [];
  const isOld = major === 0 && minor !== undefined && minor < 9;
  return isOld && given === 32 ? 64 : (given ?? 64);
}

async function place(
  path: string,
  source: string,
  folder: string,
  { isCopied, license }: AddOrder,
  signal: AbortSignal,
): Promise<PackFile> {
  const target = join(folder, path);
  const found = await stat(source).catch((cause: unknown) => {
    throw new EditError("pack-file-missing", `Expected ${source}, got no such file.`, { cause });
  });
  await mkdir(dirname(target), { recursive: true });
  // The word list may lie in this package, which another version of it replaces.
  if (isCopied || path === "nouns.txt") await copyFile(source, target);
  else await symlink(source, target);
  const sha256 = await sha256OfFile(target, signal);
  return { path, repository: null, revision: null, source: null, size: found.size, sha256, license };
}

function manifestOf(order: AddOrder, facts: PaintingFacts, files: PackFile[]): PackManifest {
  const { name, folder, draftAutoencoder, loras } = order;
  const parsed = packSchema.safeParse({
    name,
    title: `Added from ${folder}`,
    version: "1.0.0",
    networks: {
      ...{ clip: "clip", vit: "vit", unet: "unet", autoencoder: "vae", textEncoder: "text_encoder" },
      draftAutoencoder: draftAutoencoder === null ? null : draftPart,
    },
    tokenizers: { clip: "clip_tokenizer", textEncoder: "tokenizer" },
    loras: loras.map(({ file, scale }) => ({ path: loraPath(file), scale })),
    scheduler: "scheduler",
    inpainter: "stable-diffusion",
    nouns: "nouns.txt",
    painting: {
      side: facts.side,
      steps: 25,
      draftSteps: 6,
      guidance: 7.5,
      strength: facts.strength,
      batch: 4,
    },
    framing: { boxShare: 0.6 },
    features: { shortSide: facts.shortSide },
    ranking: { margin: 0.01 },
    files,
  });
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new EditError(
    "network-unsupported",
    `Expected networks in ${folder} that a pack can be made of, got ${issue?.path.join(".")}: ${issue?.message}.`,
  );
}
