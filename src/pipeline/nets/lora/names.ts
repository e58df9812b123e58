import { EditError } from "../../../errors.ts";
import { required } from "../required.ts";

/** The networks that a LoRA can change. */
export type LoraTarget = "unet" | "textEncoder" | "textEncoder2";

export type LoraPart = "up" | "down" | "alpha";

/** What a tensor of a LoRA is. */
export interface LoraName {
  readonly target: LoraTarget;
  /** The layer in the network; kohya-ss's names have `_` in place of each dot. */
  readonly layer: string;
  readonly part: LoraPart;
}

/**
 * Understands a tensor's name as diffusers, PEFT and kohya-ss write it.
 * @throws EditError `network-unsupported`, naming file and tensor.
 */
export function readLoraName(tensor: string, file: string): LoraName {
  for (const [form, partOf] of forms) {
    const found = form.exec(tensor);
    if (!found) continue;
    const whole = tensor.slice(0, found.index);
    const root = roots.find(([start]) => start.test(whole));
    if (!root) break;
    // Attention processors of old held their layers; their `to_out` is the first of two modules.
    const layer = whole.replace(root[0], "").replace(".processor.", ".");
    const isOld = tensor.slice(found.index).startsWith("_lora.");
    return {
      target: root[1],
      layer: root[1] !== "unet" ? textLayer(layer) : isOld ? layer.replace(/to_out$/, "to_out.0") : layer,
      part: partOf(required(found[1], `a part in the name ${tensor}`)),
    };
  }
  throw new EditError(
    "network-unsupported",
    `Expected a plain LoRA of a UNet or a text encoder in ${file}, got the tensor ${tensor}.`,
  );
}

/** diffusers first named a text encoder's projections as a UNet's. */
function textLayer(layer: string): string {
  return layer.replace(/(\bself_attn\.)to_(q|k|v|out)$/, "$1$2_proj");
}

const forms: readonly (readonly [form: RegExp, part: (match: string) => LoraPart])[] = [
  // kohya-ss
  [/\.(alpha)$/, () => "alpha"],
  [/\.lora_(up|down)\.weight$/, (match) => (match === "up" ? "up" : "down")],
  // PEFT, with or without an adapter's name
  [/\.lora_(A|B)(?:\.[^.]+)?\.weight$/, (match) => (match === "B" ? "up" : "down")],
  // diffusers before it used PEFT
  [/\.lora(?:_linear_layer)?\.(up|down)\.weight$/, (match) => (match === "up" ? "up" : "down")],
  [/_lora\.(up|down)\.weight$/, (match) => (match === "up" ? "up" : "down")],
];

const roots: readonly (readonly [root: RegExp, target: LoraTarget])[] = [
  [/^lora_unet_/, "unet"],
  [/^lora_te1?_/, "textEncoder"],
  [/^lora_te2_/, "textEncoder2"],
  [/^(?:base_model\.model\.)?unet\./, "unet"],
  [/^(?:base_model\.model\.)?text_encoder\./, "textEncoder"],
  [/^(?:base_model\.model\.)?text_encoder_2\./, "textEncoder2"],
  [/^(?:base_model\.model\.)?(?=text_model\.)/, "textEncoder"],
  [
    /^(?:base_model\.model\.)?(?=(?:down_blocks|mid_block|up_blocks|time_embedding|add_embedding|conv_in|conv_out)\.)/,
    "unet",
  ],
];
