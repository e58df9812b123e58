import { relative } from "node:path";
import { packNameOf } from "../pack-name.ts";
import type { Pack } from "./pack.ts";

/** A LoRA that the operator gave a name to. */
export interface Style {
  readonly name: string;
  /** A `.safetensors` file, absolute: of PEFT's folders the `adapter_model.safetensors`. */
  readonly file: string;
  /** How much of it is added. */
  readonly scale: number;
}

/** A pack with a style: the same files, and one LoRA more, which may lie elsewhere. It is a pack of its own name. */
export function styledPack({ folder, manifest }: Pack, { name, file, scale }: Style): Pack {
  const lora = { path: relative(folder, file), scale };
  return {
    folder,
    manifest: {
      ...manifest,
      name: packNameOf({ pack: manifest.name, style: name }),
      loras: [...manifest.loras, lora],
    },
  };
}
