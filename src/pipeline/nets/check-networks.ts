import { join } from "node:path";
import { inpainterFoldersOf, type Pack } from "../../packs/pack.ts";
import { readConfig } from "./config.ts";
import { openLora, readWeightChanges } from "./lora/lora.ts";
import { openSafetensors, openWeights, weightFiles } from "./safetensors.ts";
import { tinyAutoencoderConfigSchema } from "./tiny-autoencoder.ts";
import { unetConfigSchema } from "./unet/config.ts";

/**
 * Looks at what a pack's networks claim, without loading one: every weight file's header (length, types, shapes,
 * byte ranges), the UNet's blocks, the draft autoencoder's layers, and whether each LoRA fits the networks.
 * @throws EditError `weights-corrupt`, `network-unsupported`, `pack-invalid`, `pack-file-missing`,
 *   `weights-tensor-*`, naming the file
 */
export async function checkNetworks({ manifest, folder }: Pack): Promise<void> {
  for (const { path } of manifest.files) {
    if (path.endsWith(".safetensors")) await openSafetensors(join(folder, path));
  }
  if (manifest.inpainter === "remote") return;
  const { unet, textEncoder, draftAutoencoder } = inpainterFoldersOf(manifest);
  await readConfig(join(folder, unet), unetConfigSchema);
  if (draftAutoencoder !== null)
    await readConfig(join(folder, draftAutoencoder), tinyAutoencoderConfigSchema);
  if (manifest.loras.length === 0) return;
  const unetWeights = await openWeights(join(folder, unet), weightFiles.diffusers);
  const textWeights = await openWeights(join(folder, textEncoder), weightFiles.transformers);
  for (const { path, scale } of manifest.loras) {
    const lora = [await openLora(join(folder, path), scale)];
    await readWeightChanges(lora, "unet", unetWeights);
    await readWeightChanges(lora, "textEncoder", textWeights);
  }
}
