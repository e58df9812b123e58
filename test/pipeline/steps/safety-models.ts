import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const recorded = join(import.meta.dirname, "../../fixtures/goldens/image-classifier/model");

/**
 * A tiny safety model with random weights that finds every picture unsafe, or none: the bias of its last layer outweighs
 * whatever it sees.
 */
export function makeSafetyModel(
  folder: string,
  finding: "unsafe" | "safe",
  labels: readonly string[] = ["normal", "nsfw"],
): string {
  mkdirSync(folder, { recursive: true });
  cpSync(recorded, folder, { recursive: true });
  const weights = join(folder, "model.safetensors");
  const bytes = readFileSync(weights);
  const headerLength = Number(bytes.readBigUInt64LE());
  const header: Record<string, { data_offsets: [number, number] }> = JSON.parse(
    bytes.toString("utf8", 8, 8 + headerLength),
  );
  const at = 8 + headerLength + (header["classifier.bias"]?.data_offsets[0] ?? Number.NaN);
  for (const [index, label] of labels.entries()) {
    bytes.writeFloatLE((label === "nsfw") === (finding === "unsafe") ? 20 : -20, at + 4 * index);
  }
  writeFileSync(weights, bytes);
  relabel(folder, labels);
  return folder;
}

/** Gives the outputs of a model other names. */
export function relabel(folder: string, labels: readonly string[]): void {
  const file = join(folder, "config.json");
  const config = JSON.parse(readFileSync(file, "utf8"));
  writeFileSync(file, JSON.stringify({ ...config, id2label: { ...labels } }));
}
