import { join } from "node:path";
import { type Pack, painterFoldersOf } from "../packs/pack.ts";
import { readConfig } from "../pipeline/nets/config.ts";
import { openSafetensors } from "../pipeline/nets/safetensors.ts";
import { unetConfigSchema } from "../pipeline/nets/unet-config.ts";

/**
 * Looks at what a pack's networks claim, without loading one: every weight file's header (length, types, shapes,
 * byte ranges), and the UNet's blocks.
 * @throws EditError `weights-corrupt`, `network-unsupported`, `pack-invalid`, `pack-file-missing`, naming the file
 */
export async function checkNetworks({ manifest, folder }: Pack): Promise<void> {
  for (const { path } of manifest.files) {
    if (path.endsWith(".safetensors")) await openSafetensors(join(folder, path));
  }
  if (manifest.inpainter === "remote") return;
  await readConfig(join(folder, painterFoldersOf(manifest).unet), unetConfigSchema);
}
