import { join } from "node:path";
import { randomTensor, writeTensors } from "../pipeline/nets/weights.ts";

const layer = "lora_unet_down_blocks_1_attentions_0_transformer_blocks_0_attn2_to_q";

/** A LoRA of one layer of the embedded pack's UNet, of that many values across: 128 fit it. @returns its file */
export async function writeStyle(folder: string, name: string, width: number): Promise<string> {
  const file = join(folder, `${name}.safetensors`);
  await writeTensors(file, {
    [`${layer}.lora_down.weight`]: randomTensor("down", [2, width]),
    [`${layer}.lora_up.weight`]: randomTensor("up", [width, 2]),
  });
  return file;
}
