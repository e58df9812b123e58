import { join } from "node:path";
import { EditError } from "../errors.ts";
import {
  classFoldersOf,
  inpainterFoldersOf,
  isDiffusion,
  type Pack,
  packPaintedBy,
  tokenFoldersOf,
} from "../packs/pack.ts";
import { loadPreprocessor } from "./image/preprocess.ts";
import { readTokenScheduler } from "./inpainters/tokens/amused/amused.ts";
import { readClasses, readsNames } from "./inpainters/tokens/maskgit/maskgit.ts";
import { loadModelsOn } from "./models.ts";
import { autoencoderConfigSchema } from "./nets/autoencoders/autoencoder.ts";
import { tinyAutoencoderConfigSchema } from "./nets/autoencoders/tiny-autoencoder.ts";
import { vqAutoencoderConfigSchema } from "./nets/autoencoders/vq-autoencoder.ts";
import { vqganConfigSchema } from "./nets/autoencoders/vqgan.ts";
import { clipConfigSchema } from "./nets/clip.ts";
import { readConfig } from "./nets/config.ts";
import { createDryRuntime } from "./nets/dry-runtime.ts";
import { maskgitConfigSchema } from "./nets/maskgit/config.ts";
import { openSafetensors } from "./nets/safetensors.ts";
import { createSampler, readSchedulerConfig, withSpacing } from "./nets/sampling/create-sampler.ts";
import { textEncoderConfigSchema } from "./nets/text-encoder.ts";
import { loadTokenizer } from "./nets/tokenizer.ts";
import { timeIds, unetConfigSchema } from "./nets/unet/config.ts";
import { uvitConfigSchema } from "./nets/uvit/config.ts";
import { vitConfigSchema } from "./nets/vit/trunk.ts";
import { readPriorNetwork } from "./regions/prior/network-file.ts";

/**
 * Looks whether a pack can edit, without loading a network: its configurations, every weight file's header (length, types,
 * shapes, byte ranges), every tensor that a network needs, and whether each LoRA fits.
 * @throws EditError those of `checkConfigurations`; `weights-corrupt`, `weights-tensor-*`, naming the file
 */
export async function checkPack(pack: Pack): Promise<void> {
  await checkConfigurations(pack);
  for (const { path } of pack.manifest.files) {
    if (path.endsWith(".safetensors")) await openSafetensors(join(pack.folder, path));
  }
  for (const painted of paintingsOf(pack)) {
    await using _models = await loadModelsOn(createDryRuntime(), painted, { paints: paintsItself(painted) });
  }
}

/**
 * Looks whether a pack can edit as far as its small files say: every network's configuration, image processors,
 * tokenizers, the sampler, and whether the networks are made for each other.
 * @throws EditError `network-unsupported`, `pack-invalid`, `pack-file-missing`, naming file and field
 */
export async function checkConfigurations(pack: Pack): Promise<void> {
  const { networks, regionNetwork, tokenizers } = pack.manifest;
  const at = (path: string) => join(pack.folder, path);
  await readConfig(at(networks.clip), clipConfigSchema);
  await loadPreprocessor(at(networks.clip));
  const clipTexts = await readConfig(at(networks.clip), textEncoderConfigSchema);
  await requireKnownIds(at(tokenizers.clip), clipTexts.vocab_size, at(`${networks.clip}/config.json`));
  await readConfig(at(networks.vit), vitConfigSchema);
  if (regionNetwork !== null) await readPriorNetwork(at(regionNetwork));
  await loadPreprocessor(at(networks.vit));
  for (const painted of paintingsOf(pack)) {
    const { inpainter } = painted.manifest;
    if (isDiffusion(inpainter)) await checkDiffusion(painted);
    if (inpainter === "amused") await checkAmused(painted);
    if (inpainter === "maskgit") await checkMaskgit(painted);
  }
}

/** The pack with each of the inpainters that it brings. */
function paintingsOf(pack: Pack): Pack[] {
  const { tokens } = pack.manifest;
  const more = tokens === null ? [] : tokens.classes === null ? ["amused"] : ["amused", "maskgit"];
  return [pack, ...more.map((inpainter) => packPaintedBy(pack, inpainter))];
}

function paintsItself({ manifest }: Pack): boolean {
  return manifest.inpainter !== "remote";
}

async function checkDiffusion({ manifest, folder }: Pack): Promise<void> {
  const folders = inpainterFoldersOf(manifest);
  const at = (path: string) => join(folder, path);
  const unet = await readConfig(at(folders.unet), unetConfigSchema);
  const autoencoder = await readConfig(at(folders.autoencoder), autoencoderConfigSchema);
  const text = await readConfig(at(folders.textEncoder), textEncoderConfigSchema);
  const tiny = folders.draftAutoencoder;
  if (tiny !== null) await readConfig(at(tiny), tinyAutoencoderConfigSchema);

  const unetFile = at(`${folders.unet}/config.json`);
  const latents = autoencoder.latent_channels;
  const follows = manifest.inpainter === "instruct-pix2pix";
  const fitting = follows ? [2 * latents] : [2 * latents + 1, latents];
  if (!fitting.includes(unet.in_channels)) {
    const known = follows
      ? `${2 * latents} (instructions)`
      : `${2 * latents + 1} (inpainting) or ${latents} (blending)`;
    throw unfit(
      `in_channels of ${unetFile} to be ${known}, as the autoencoder's latents are`,
      unet.in_channels,
    );
  }
  if (unet.out_channels !== latents) {
    throw unfit(`out_channels of ${unetFile} to be the autoencoder's ${latents}`, unet.out_channels);
  }
  const { second: other } = folders;
  const second = other && (await readConfig(at(other.textEncoder), textEncoderConfigSchema));
  if ((unet.added !== null) !== (second !== null)) {
    const wanted = unet.added === null ? "no second text encoder" : "a second text encoder";
    const got = `addition_embed_type ${unet.added === null ? "null" : "text_time"} in ${unetFile}`;
    throw new EditError("network-unsupported", `Expected ${wanted} in pack ${manifest.name}, got ${got}.`);
  }
  const width = text.hidden_size + (second?.hidden_size ?? 0);
  if (unet.cross_attention_dim !== width) {
    const encoders =
      second === null ? "hidden_size of the text encoder" : "the text encoders' hidden_size together";
    throw unfit(`cross_attention_dim of ${unetFile} to be ${encoders}, ${width}`, unet.cross_attention_dim);
  }
  if (second !== null && unet.added !== null && unet.added.pooledWidth !== second.projection_dim) {
    const { timeWidth } = unet.added;
    throw unfit(
      `projection_class_embeddings_input_dim of ${unetFile} to be that of ${timeIds} sizes and the second text encoder's projection_dim, ${timeIds * timeWidth + second.projection_dim}`,
      timeIds * timeWidth + unet.added.pooledWidth,
    );
  }
  if (other && second)
    await requireKnownIds(at(other.tokenizer), second.vocab_size, at(`${other.textEncoder}/config.json`));
  await requireKnownIds(at(folders.tokenizer), text.vocab_size, at(`${folders.textEncoder}/config.json`));
  await checkSampler(manifest.painting, at(`${folders.scheduler}/scheduler_config.json`));
}

async function checkAmused({ manifest, folder }: Pack): Promise<void> {
  const folders = tokenFoldersOf(manifest);
  const at = (path: string) => join(folder, path);
  const text = await readConfig(at(folders.textEncoder), textEncoderConfigSchema);
  await readConfig(at(folders.transformer), uvitConfigSchema);
  await readConfig(at(folders.autoencoder), vqAutoencoderConfigSchema);
  await readTokenScheduler(at(folders.scheduler));
  await requireKnownIds(at(folders.tokenizer), text.vocab_size, at(`${folders.textEncoder}/config.json`));
}

async function checkMaskgit(pack: Pack): Promise<void> {
  const { manifest, folder } = pack;
  if (readsNames(manifest)) return await checkNamedClasses(pack);
  const folders = classFoldersOf(manifest);
  const at = (path: string) => join(folder, path);
  const transformer = await readConfig(at(folders.transformer), maskgitConfigSchema);
  await readConfig(at(folders.autoencoder), vqganConfigSchema);
  const classes = await readClasses(at(folders.classes));
  if (classes.length !== transformer.nclass)
    throw unfit(
      `nclass of ${at(`${folders.transformer}/config.json`)} to be the lines of ${at(folders.classes)}, ${classes.length}`,
      transformer.nclass,
    );
}

async function checkNamedClasses(pack: Pack): Promise<void> {
  await checkAmused(pack);
  await readClasses(join(pack.folder, classFoldersOf(pack.manifest).classes));
}

async function checkSampler(painting: Pack["manifest"]["painting"], file: string): Promise<void> {
  const scheduler = withSpacing(await readSchedulerConfig(file), painting.timestepSpacing);
  for (const steps of [painting.steps, painting.draftSteps]) {
    try {
      createSampler(scheduler, { steps, kind: painting.sampler ?? undefined });
    } catch (cause) {
      if (!(cause instanceof EditError)) throw cause;
      const code = cause.code === "setting-out-of-range" ? "pack-invalid" : cause.code;
      throw new EditError(code, `${cause.message.replace(/\.$/, "")}, in ${file}.`, { cause });
    }
  }
}

/** A special token that the text encoder has no entry for would end every edit inside of ONNX Runtime. */
async function requireKnownIds(tokenizer: string, entries: number, file: string): Promise<void> {
  const { ids } = (await loadTokenizer(tokenizer)).encode([""], 4);
  const largest = Math.max(...Array.from(ids.data, Number));
  if (largest < entries) return;
  throw unfit(`vocab_size of ${file} to be above the special tokens of ${tokenizer}, ${largest}`, entries);
}

function unfit(expected: string, got: number): EditError {
  return new EditError("network-unsupported", `Expected ${expected}, got ${got}.`);
}
