import path from "node:path";
import { z } from "zod";
import { EditError } from "../../../errors.ts";
import { readTextFile, withoutNulls } from "../../../packs/text-file.ts";
import type { Safetensors } from "../safetensors.ts";
import type { LoraTarget } from "./names.ts";

/** A layer that a scale is asked for. */
export interface ScaledLayer {
  readonly target: LoraTarget;
  /** Its name in the network, with dots. */
  readonly name: string;
  readonly rank: number;
}

/** A place that may say how much of each layer is added. */
export interface ScaleSource {
  /** For messages. */
  readonly where: string;
  /**
   * What up · down is multiplied by; `null` where the place says nothing.
   * @throws EditError `network-unsupported` where it says another rank.
   */
  factorOf(layer: ScaledLayer): number | null;
}

/**
 * Reads all places that say of a whole LoRA how much of it is added: PEFT's `adapter_config.json` beside an
 * `adapter_model.safetensors`, diffusers' `lora_adapter_metadata` and a `lora_alpha` in the file's own description.
 * @param file The LoRA's file, links not followed.
 * @throws EditError `network-unsupported` for what is no plain LoRA, `weights-corrupt`, `pack-invalid`.
 */
export async function readScaleSources(file: string, weights: Safetensors): Promise<ScaleSource[]> {
  const config = await readAdapterConfig(file);
  const found = [config, describedSource(weights), ownSource(weights)];
  return found.filter((source) => source !== null);
}

/** The file whose scale is in the configuration beside it. */
export const peftFile = "adapter_model.safetensors";
export const peftConfig = "adapter_config.json";

type Settings = Readonly<Record<string, unknown>>;

async function readAdapterConfig(lora: string): Promise<ScaleSource | null> {
  if (path.basename(lora) !== peftFile) return null;
  const file = path.join(path.dirname(lora), peftConfig);
  const text = await readTextFile(file).catch(() => null);
  if (text === null) return null;
  const given = parseObject(text);
  if (given === null)
    throw new EditError("pack-invalid", `Expected a JSON object in ${file}, got another form.`);
  const settings = { peft_type: "LORA", r: 8, lora_alpha: 8, ...given };
  requirePlain(settings, file, ["use_rslora", "alpha_pattern"]);
  return sourceOf(file, () => settings);
}

/** diffusers writes PEFT's settings of each network into the file's description. */
function describedSource({ file, metadata }: Safetensors): ScaleSource | null {
  const text = metadata.get("lora_adapter_metadata");
  if (text === undefined) return null;
  const settings = parseObject(text);
  if (settings === null) {
    throw new EditError("weights-corrupt", `Expected JSON in lora_adapter_metadata of ${file}, got ${text}.`);
  }
  requirePlain(settings, file, []);
  const roots = {
    unet: ["unet.", ""],
    textEncoder: ["text_encoder.", ""],
    textEncoder2: ["text_encoder_2.", ""],
  };
  return sourceOf(`lora_adapter_metadata of ${file}`, (target) => {
    const root = roots[target].find((one) => settings[`${one}lora_alpha`] !== undefined);
    const own = Object.entries(settings).filter(([key]) => root !== undefined && key.startsWith(root));
    return Object.fromEntries(own.map(([key, setting]) => [key.slice(root?.length), setting]));
  });
}

const ownKeys = [
  "r",
  "lora_alpha",
  "rank_pattern",
  "alpha_pattern",
  "use_rslora",
  "use_dora",
  "fan_in_fan_out",
];

/** Some tools write PEFT's settings into the description one by one, as texts. */
function ownSource({ file, metadata }: Safetensors): ScaleSource | null {
  const found = ownKeys.flatMap((key) => {
    const text = metadata.get(key);
    return text === undefined || /^(none|null)$/i.test(text) ? [] : [[key, settingOf(text)] as const];
  });
  if (found.length === 0) return null;
  const settings = Object.fromEntries(found);
  requirePlain(settings, file, ["use_rslora", "alpha_pattern"]);
  return sourceOf(`the description of ${file}`, () => settings);
}

function settingOf(text: string): unknown {
  if (/^(true|false)$/i.test(text)) return text.toLowerCase() === "true";
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function parseObject(text: string): Settings | null {
  try {
    return z.record(z.string(), z.unknown()).parse(withoutNulls(JSON.parse(text)));
  } catch {
    return null;
  }
}

/** What changes more than the scale of a layer, by the end of its key. */
const notPlain =
  /(^|\.)(use_\w+|alpha_pattern|fan_in_fan_out|lora_bias|modules_to_save|layer_replication|trainable_token_indices|target_parameters|alora_invocation_tokens|arrow_config)$/;
/** Ways to start training that leave the network's own weights as they were. */
const plainStarts = [true, false, "gaussian", "eva", "orthogonal", "default"];

function requirePlain(settings: Settings, file: string, understood: readonly string[]): void {
  for (const [key, setting] of Object.entries(settings)) {
    const last = key.slice(key.lastIndexOf(".") + 1);
    const isPlain =
      (last === "peft_type" && setting === "LORA") ||
      (last === "bias" && setting === "none") ||
      (last === "init_lora_weights" && plainStarts.some((one) => one === setting)) ||
      understood.includes(last) ||
      isNothing(setting) ||
      !(notPlain.test(key) || ["peft_type", "bias", "init_lora_weights"].includes(last));
    if (!isPlain) throw unsupported(file, `a plain LoRA without ${key}`, JSON.stringify(setting));
  }
}

/** `false`, `null`, `{}` and `[]`. */
function isNothing(setting: unknown): boolean {
  return !setting || (typeof setting === "object" && Object.keys(setting).length === 0);
}

function sourceOf(where: string, settingsOf: (target: LoraTarget) => Settings): ScaleSource {
  return {
    where,
    factorOf({ target, name, rank }) {
      const settings = settingsOf(target);
      const numberAt = (key: string, pattern: string) => {
        const value = patternOf(settings[pattern], pattern, name, where) ?? settings[key];
        if (value === undefined || typeof value === "number") return value ?? null;
        throw unsupported(where, `a number as ${key}`, JSON.stringify(value));
      };
      const ownRank = numberAt("r", "rank_pattern");
      if (ownRank !== null && ownRank !== rank)
        throw unsupported(where, `the rank ${rank} of ${name}`, `${ownRank}`);
      const alpha = numberAt("lora_alpha", "alpha_pattern");
      if (alpha === null) return null;
      return alpha / (settings.use_rslora === true ? Math.sqrt(rank) : rank);
    },
  };
}

/** The value of the first key that names the layer or its end, as PEFT looks one up. Its keys may be any regular expressions. */
function patternOf(pattern: unknown, key: string, layer: string, where: string): unknown {
  const entries = Object.entries(typeof pattern === "object" && pattern !== null ? pattern : {});
  for (const [name, value] of entries) {
    const plain = name.replace(/^\^/, "").replaceAll("\\.", ".");
    if (!/^[\w.]+$/.test(plain)) throw unsupported(where, `names of layers in ${key}`, JSON.stringify(name));
    const isWhole = name.startsWith("^");
    if (layer === plain || (!isWhole && layer.endsWith(`.${plain}`))) return value;
  }
  return undefined;
}

function unsupported(where: string, expected: string, got: string): EditError {
  return new EditError("network-unsupported", `Expected ${expected} in ${where}, got ${got}.`);
}
