import { join } from "node:path";
import { EditError } from "../errors.ts";
import { findInpainterFoldersOf, type Pack } from "../packs/pack.ts";
import { autoencoderConfigSchema } from "./nets/autoencoders/autoencoder.ts";
import { readConfig } from "./nets/config.ts";
import { memoryOf } from "./nets/free-memory.ts";
import { openSafetensors } from "./nets/safetensors.ts";
import { sizeOf } from "./nets/tensor.ts";
import { unetConfigSchema } from "./nets/unet/config.ts";

/**
 * Looks whether a pack and its runs fit a card, by the headers of its weights, before anything is loaded. Other devices are not looked at, nor a card
 * whose driver does not say how much it has.
 * @throws EditError `pack-too-large`; `weights-corrupt` and those of reading configurations, naming the file
 */
export async function requireFits(pack: Pack, device: string, bytesOn = memoryOf): Promise<void> {
  if (!device.startsWith("cuda")) return;
  const there = await bytesOn(device);
  if (there === null) return;
  const needed = await cardBytesOf(pack);
  if (needed <= there) return;
  const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`;
  throw new EditError(
    "pack-too-large",
    `Expected a card with ${gigabytes(needed)} for pack ${pack.manifest.name}, got ${device} with ${gigabytes(there)}.`,
  );
}

/**
 * Bytes that a pack takes on a card in 16 bits: its weights, and the most that one of the runs of a full painting takes beside them. What is open
 * only while it reads is counted as a run. Computed from sizes, with what runs took in 32 bits on a CPU (docs/performance.md).
 */
export async function cardBytesOf({ manifest, folder }: Pack): Promise<number> {
  const folders = findInpainterFoldersOf(manifest);
  const { second = null } = folders ?? {};
  const reading = second ? [folders?.textEncoder, second.textEncoder] : [];
  let kept = 0;
  let read = 0;
  for (const { path } of manifest.files) {
    if (!path.endsWith(".safetensors")) continue;
    const { tensors } = await openSafetensors(join(folder, path));
    const bytes = [...tensors.values()].reduce((sum, { shape }) => sum + 2 * sizeOf(shape), 0);
    if (reading.some((part) => path.startsWith(`${part}/`))) read += bytes;
    else kept += bytes;
  }
  if (folders === null) return kept;
  const unet = await readConfig(join(folder, folders.unet), unetConfigSchema);
  const autoencoder = await readConfig(join(folder, folders.autoencoder), autoencoderConfigSchema);
  const { side, guidance } = manifest.painting;
  const [channels = 0] = unet.block_out_channels;
  const latents = (side / 2 ** (autoencoder.block_out_channels.length - 1)) ** 2;
  const rows = guidance === 1 ? 1 : 2;
  const runs = [rows * latents * channels * bytesPerActivation, side ** 2 * bytesPerDecodedPixel, read];
  return kept + Math.max(...runs);
}

/** For each latent and channel of the UNet's first block: 0.27 GB for 64 by 64 of 320 in 32 bits. */
const bytesPerActivation = 103;

/** 0.85 GB for a picture of 512 by 512 in 32 bits. */
const bytesPerDecodedPixel = 1620;
