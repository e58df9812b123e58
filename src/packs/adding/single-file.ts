import { open, readdir, stat } from "node:fs/promises";
import { basename, extname, join } from "node:path";
import { EditError } from "../../errors.ts";

/**
 * Refuses a checkpoint in one file, and a folder that holds such files in place of a pipeline: by what is in it, and with
 * what makes a folder of it.
 * @throws EditError `network-unsupported`, `pack-no-safetensors`
 */
export async function refuseSingleFile(place: string): Promise<void> {
  const found = await stat(place).catch(() => null);
  if (found?.isFile()) throw await refusalOf(place);
  const names: string[] = await readdir(place).catch(() => []);
  if (names.includes("model_index.json")) return;
  const single = names.find((name) => extname(name) === ".safetensors") ?? names.find(canHoldCode);
  if (single !== undefined) throw await refusalOf(join(place, single));
}

function canHoldCode(name: string): boolean {
  return /\.(ckpt|pt|pth|bin)$/.test(name);
}

async function refusalOf(file: string): Promise<EditError> {
  const expectation = "Expected a folder in diffusers' layout (model_index.json, unet/, vae/ and so on), got";
  if (isMaskgit(file)) {
    throw new EditError(
      "pack-no-safetensors",
      `${expectation} ${file}, which can hold code and is never opened. docs/packs.md says how a MaskGIT is made safetensors once, under "MaskGIT".`,
    );
  }
  if (canHoldCode(file)) {
    return new EditError(
      "pack-no-safetensors",
      `${expectation} ${file}, which can hold code and is never opened. ${conversionOf(file, "StableDiffusionPipeline")}`,
    );
  }
  const { is, todo } = describe(await shapesIn(file), file);
  return new EditError("network-unsupported", `${expectation} ${file}, ${is}. ${todo}`);
}

/** By the names under which https://github.com/valeoai/Halton-MaskGIT and its VQGAN are published. */
function isMaskgit(file: string): boolean {
  return /^(ImageNet_\d+_\w+\.pth|vq_ds\d+_c2i\.pt)$/i.test(basename(file));
}

function conversionOf(file: string, pipeline: string): string {
  const folder = basename(file, extname(file)).replace(/[^\w.-]+/g, "-");
  return (
    `Convert it once with diffusers: python -c "from diffusers import ${pipeline} as P; ` +
    `P.from_single_file('${basename(file)}').save_pretrained('${folder}')", then run lrbot packs add ${folder}.`
  );
}

type Shapes = ReadonlyMap<string, readonly unknown[]>;

function describe(shapes: Shapes, file: string): { is: string; todo: string } {
  const has = (start: string) => [...shapes.keys()].some((name) => name.startsWith(start));
  const channels = shapes.get("model.diffusion_model.input_blocks.0.0.weight")?.[1];
  const other = "Only Stable Diffusion 1 and 2 are built; see docs/packs.md.";
  if (channels === undefined) {
    const lora = [...shapes.keys()].some((name) => /lora_|\.lora\.|_lora\.|hada_|lokr_/.test(name));
    if (lora) return { is: "a LoRA", todo: "Add it to a pipeline with --lora." };
    if (has("model.diffusion_model.") || has("double_blocks.") || has("joint_blocks."))
      return { is: "a checkpoint of another kind of network", todo: other };
    return { is: "a file of weights that are no whole Stable Diffusion", todo: other };
  }
  if (has("conditioner.embedders."))
    return { is: "a single-file checkpoint of Stable Diffusion XL", todo: other };
  const version = has("cond_stage_model.model.") ? 2 : 1;
  const isBuilt = channels === 4 || channels === 9;
  const use = channels === 9 ? "for inpainting" : `with ${channels} input channels`;
  const is = `a single-file checkpoint of Stable Diffusion ${version} ${use}`;
  if (!isBuilt) return { is, todo: "Only 9 (inpainting) and 4 (blending) input channels are built." };
  const pipeline = channels === 9 ? "StableDiffusionInpaintPipeline" : "StableDiffusionPipeline";
  return { is, todo: conversionOf(file, pipeline) };
}

/** Longer headers are no network's; what this reads is only named, never used. */
const longestHeader = 16_000_000;

/** Shapes by name from a safetensors header; none where it has no such header. */
async function shapesIn(file: string): Promise<Shapes> {
  try {
    await using handle = await open(file, "r");
    const { buffer: size } = await handle.read(Buffer.alloc(8), 0, 8, 0);
    const length = Number(size.readBigUInt64LE());
    if (length > longestHeader) return new Map();
    const { buffer } = await handle.read(Buffer.alloc(length), 0, length, 8);
    const header: Record<string, { shape?: unknown }> = JSON.parse(buffer.toString("utf8"));
    const entries = Object.entries(header).filter(([name]) => name !== "__metadata__");
    return new Map(entries.map(([name, entry]) => [name, Array.isArray(entry?.shape) ? entry.shape : []]));
  } catch {
    return new Map();
  }
}
