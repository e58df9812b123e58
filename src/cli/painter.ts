import type { Config } from "../config.ts";
import type { PackManifest } from "../packs/pack.ts";
import { lanePlansOf } from "../service/lanes.ts";

/** What paints for a pack, as an edit's result states it: its own inpainter, or the kind of the first server that does. */
export function painterOf(config: Config, manifest: PackManifest): string {
  if (manifest.inpainter !== "remote") return manifest.inpainter;
  return lanePlansOf(config, manifest)[0]?.server?.kind ?? manifest.inpainter;
}
