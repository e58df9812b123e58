import { EditError } from "../../../errors.ts";
import type { Lora } from "./lora.ts";

/** What LoRAs have to be made for. */
export interface Family {
  /** Width of the text states that the UNet attends to. */
  readonly textWidth: number;
  /** Stable Diffusion XL reads with a second text encoder. */
  readonly hasSecondEncoder: boolean;
}

/**
 * Looks at the headers alone whether LoRAs are made for a family of networks, before any network is opened.
 * @throws EditError `lora-other-family`, naming the file and both families
 */
export function requireFamily(loras: readonly Lora[], family: Family): void {
  for (const lora of loras) {
    const file = lora.weights.file;
    const width = textWidthOf(lora);
    if (width !== null && width !== family.textWidth) throw otherFamily(file, family, nameOfWidth(width));
    if (!family.hasSecondEncoder && lora.layers.some(({ target }) => target === "textEncoder2"))
      throw otherFamily(file, family, "a model with two text encoders");
  }
}

/** Width of the text states that it was trained on; `null` where it leaves the attention to them as it is. */
function textWidthOf({ weights, layers }: Lora): number | null {
  const reading = layers.find(({ target, name }) => target === "unet" && /attn2_to_[kv]$/.test(name));
  return (reading && weights.tensors.get(reading.down)?.shape[1]) ?? null;
}

/** Models by the width of their text states. */
const models = new Map([
  [768, "Stable Diffusion 1"],
  [1024, "Stable Diffusion 2"],
  [2048, "Stable Diffusion XL"],
]);

function nameOfWidth(width: number): string {
  const model = models.get(width) ?? "a model";
  return `${model}, whose text states have ${width} numbers`;
}

function otherFamily(file: string, { textWidth }: Family, got: string): EditError {
  return new EditError(
    "lora-other-family",
    `Expected a LoRA for ${nameOfWidth(textWidth)}, got ${file} for ${got}.`,
  );
}
