import { EditError } from "../errors.ts";
import type { Pack } from "./pack.ts";

/**
 * A pack for its faster way, `painting.fast`: with the LoRA that was distilled for its few steps, where it has one.
 * @throws EditError `usage` where the pack has no faster way
 */
export function fasterPack({ folder, manifest }: Pack): Pack {
  const { name, painting, loras } = manifest;
  if (painting.fast === null)
    throw new EditError(
      "usage",
      `Expected a pack with a faster way for --fast, got ${name}, which has none.`,
    );
  const { lora } = painting.fast;
  return { folder, manifest: { ...manifest, loras: lora ? [...loras, lora] : loras } };
}
