import { join } from "node:path";
import type { PackManifest } from "../../../packs/pack.ts";

/** The name of a region network's file, in a pack and where the bot keeps what it has learned. */
export const networkFileName = "region-network.safetensors";

/** Where the bot keeps what it learns of one pack. */
export interface LearningPlaces {
  /** The network that `lrbot learn` wrote last. */
  readonly network: string;
  /** The folder of the loss book. */
  readonly losses: string;
}

/** @param dataFolder absolute */
export function learningPlaces(dataFolder: string, pack: string): LearningPlaces {
  const folder = join(dataFolder, "regions", pack);
  return { network: join(folder, networkFileName), losses: join(folder, "losses") };
}

/** What losses hang on besides picture, texts and box: those of another pack, version or painter are not comparable. */
export function madeBy({ name, version }: Pick<PackManifest, "name" | "version">, inpainter: string): string {
  return `${name} ${version} ${inpainter}`;
}
