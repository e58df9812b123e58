import { basename, join, resolve } from "node:path";
import type { Command } from "commander";
import { EditError } from "../../errors.ts";
import { packageFolder } from "../../package-folder.ts";
import { addPack } from "../../packs/adding/add.ts";
import { openPack } from "../../packs/open.ts";
import { loraScaleSchema, type PackManifest } from "../../packs/pack.ts";
import { removePack } from "../../packs/remove.ts";
import type { CommandContext } from "../context.ts";
import { numberOf } from "../option-values.ts";
import { sized } from "../pull-view.ts";

interface AddOptions {
  readonly name?: string;
  readonly clip?: string;
  readonly vit?: string;
  readonly eyesOf?: string;
  readonly draftAutoencoder?: string;
  readonly lora?: readonly string[];
  readonly nouns?: string;
  readonly license: string;
  readonly copy?: true;
}

/** `lrbot packs add` and `lrbot packs remove`. */
export function addAddAndRemove(packs: Command, context: CommandContext): void {
  packs
    .command("add <dir>")
    .summary("make a pack of a folder in diffusers' layout")
    .description(
      "Makes a pack of a Stable Diffusion pipeline in diffusers' layout (model_index.json, unet/, vae/, " +
        "text_encoder/, tokenizer/, scheduler/), also a repository of a Hugging Face cache. Its files stay where " +
        "they are; the pack points to them. A UNet of 9 channels becomes an inpainting pack, one of 4 a blending pack. " +
        "An aMUSEd pipeline (transformer/, vqvae/) becomes a pack that paints tokens, a MaskGIT (transformer/, vqgan/, classes.txt) one that paints classes, an InstructPix2Pix one a pack that " +
        "follows instructions.",
    )
    .helpOption("-h, --help", "say this")
    .option("--name <name>", "the pack's name: lower-case letters, digits, dashes (default: the folder's)")
    .option("--clip <dir>", "CLIP with its tokenizer, as openai/clip-vit-base-patch16 has them")
    .option("--vit <dir>", "the ViT, as facebook/dino-vitb16 has it")
    .option("--eyes-of <pack>", "take CLIP and the ViT, where they are not given, from this pack")
    .option(
      "--draft-autoencoder <dir>",
      "an AutoencoderTiny that decodes drafts, as madebyollin/taesd has it",
    )
    .option(
      "--lora <file[@scale]>",
      "a LoRA, or PEFT's folder of one, that is added to the weights, at 1 or this scale (can be given again)",
      (value: string, before: readonly string[] = []) => [...before, value],
    )
    .option("--nouns <file>", "what T_ROI is chosen from, a noun a line (default: everyday things)")
    .option("--license <name>", "the licence of the files, an SPDX identifier", "NOASSERTION")
    .option("--copy", "copy the files in place of pointing to them")
    .addHelpText(
      "after",
      "\nExamples:\n  $ lrbot packs add ~/models/dreamy --eyes-of sd15-inpaint\n" +
        "  $ lrbot packs add ~/models/dreamy --name dreamy --clip ~/models/clip --vit ~/models/dino\n" +
        "  $ lrbot packs add ~/models/dreamy --eyes-of sd15-inpaint --lora ~/loras/ink.safetensors@0.8",
    )
    .action((folder: string, options: AddOptions) => runAdd(folder, options, context));
  packs
    .command("remove <name>")
    .summary("remove a pack that was pulled or added")
    .description(
      "Removes a pulled or added pack; the files that an added one points to stay. Its lock file stays too, so that " +
        "it can be pulled again as it was.",
    )
    .helpOption("-h, --help", "say this")
    .option("--forget", "remove the lock file too")
    .addHelpText("after", "\nExample:\n  $ lrbot packs remove sd15-inpaint")
    .action((name: string, options: { forget?: true }) => runRemove(name, options.forget === true, context));
}

async function runAdd(folder: string, options: AddOptions, context: CommandContext): Promise<void> {
  const { packRoots, dataFolder } = context.config();
  const eyesOf = options.eyesOf === undefined ? null : await openPack(options.eyesOf, { roots: packRoots });
  const name =
    options.name ??
    basename(resolve(folder))
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, "-");
  await using probe = context.openPackProbe();
  const pack = await addPack(
    {
      name,
      folder: resolve(folder),
      clip: options.clip === undefined ? null : resolve(options.clip),
      vit: options.vit === undefined ? null : resolve(options.vit),
      eyesOf,
      draftAutoencoder: options.draftAutoencoder === undefined ? null : resolve(options.draftAutoencoder),
      loras: (options.lora ?? []).map(loraOf),
      nouns: resolve(options.nouns ?? join(packageFolder, "models", "everyday-nouns.txt")),
      license: options.license,
      isCopied: options.copy === true,
    },
    {
      root: join(dataFolder, "packs"),
      roots: packRoots,
      signal: context.interrupt.signal,
      check: probe.networks,
    },
  );
  const { files, painting } = pack.manifest;
  const bytes = files.reduce((sum, { size }) => sum + (size ?? 0), 0);
  const kind = kindOf(pack.manifest);
  context.terminal.out(
    `pack ${name} is ${kind} of ${painting.side} px frames: ${files.length} files, ${sized(bytes)}.\n` +
      `Its pack.json lies in ${pack.folder}. Use it with lrbot edit --pack ${name}, or LRBOT_PACK=${name}.`,
  );
}

/**
 * `FILE` or `FILE@SCALE`, or a folder of PEFT in place of the file.
 * @throws EditError `usage`
 */
function loraOf(text: string): { file: string; scale: number } {
  const [, file, scaleText] = /^(.+\.safetensors)@(.*)$/.exec(text) ?? /^(.+)@(-?[\d.]+)$/.exec(text) ?? [];
  if (file === undefined || scaleText === undefined) return { file: resolve(text), scale: 1 };
  const scale = loraScaleSchema.safeParse(numberOf("the scale after --lora FILE@")(scaleText));
  if (scale.success) return { file: resolve(file), scale: scale.data };
  const [issue] = scale.error.issues;
  throw new EditError(
    "usage",
    `Expected a scale for ${basename(file)} that a LoRA can have, got ${scaleText}: ${issue?.message}.`,
  );
}

async function runRemove(name: string, isForgotten: boolean, context: CommandContext): Promise<void> {
  const { packRoots: roots, dataFolder } = context.config();
  const root = join(dataFolder, "packs");
  const { signal } = context.interrupt;
  const clock = context.clocks.wall;
  const isLockKept = await removePack(name, { root, roots, signal, clock, isForgotten });
  const kept = isLockKept
    ? " Its lock file stays, so that a pull gets the same; --forget removes that too."
    : "";
  context.terminal.out(`pack ${name} is removed.${kept}`);
}

function kindOf({ inpainter, painting }: PackManifest): string {
  if (inpainter === "amused") return "a pack that paints tokens";
  if (inpainter === "maskgit") return "a pack that paints tokens of a class";
  if (inpainter === "instruct-pix2pix") return "a pack that follows instructions";
  return painting.strength === 1 ? "an inpainting pack" : "a blending pack";
}
