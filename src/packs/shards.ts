import { z } from "zod";
import { EditError } from "../errors.ts";
import { readTextFile } from "./text-file.ts";

/** The names that the index of a network's weights may have where they lie in several files, as diffusers and transformers write them. */
export function indexNamesOf(weights: string): string[] {
  const half = ".fp16.safetensors";
  const whole = weights.replace(/\.fp16\.safetensors$/, ".safetensors");
  return weights.endsWith(half)
    ? [`${whole}.index.fp16.json`, `${weights}.index.json`]
    : [`${weights}.index.json`];
}

const indexSchema = z.object({
  // Files beside the index: a path would lead elsewhere.
  weight_map: z.record(z.string(), z.string().regex(/^[^/\\]+\.safetensors$/, "a file's name")),
});

/**
 * Reads which file each tensor of a network lies in, by the tensor's name. All lie beside the index.
 * @throws EditError `pack-file-missing`, `pack-invalid`
 */
export async function readShardIndex(file: string): Promise<ReadonlyMap<string, string>> {
  const text = await readTextFile(file).catch((cause: unknown) => {
    throw new EditError("pack-file-missing", `Expected the index of weights ${file}, got no such file.`, {
      cause,
    });
  });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    json = undefined;
  }
  const parsed = indexSchema.safeParse(json);
  if (parsed.success) return new Map(Object.entries(parsed.data.weight_map));
  const issue = parsed.error.issues[0];
  throw new EditError(
    "pack-invalid",
    `Expected an index of weights in ${file}, got ${issue?.path.join(".") || "another form"}: ${issue?.message}.`,
  );
}
