import path from "node:path";
import { z } from "zod";
import { EditError } from "../../errors.ts";
import { parseLooseJson, readTextFile, withoutNulls } from "../../packs/text-file.ts";

/**
 * Reads a network's configuration from its folder. Keys that the schema does not name are let through: official
 * files carry many that change nothing here; a key that is `null` was not said. What a schema names but cannot build is refused.
 * @throws EditError `pack-file-missing`; `pack-invalid` where it is no JSON object; `network-unsupported`,
 * naming the file, the key and its value.
 */
export async function readConfig<T>(folder: string, schema: z.ZodType<T>): Promise<T> {
  const file = path.join(folder, "config.json");
  const text = await readTextFile(file).catch((cause: unknown) => {
    throw new EditError("pack-file-missing", `Expected the configuration ${file}, got no such file.`, {
      cause,
    });
  });
  const json = parseObject(text, file);
  const parsed = schema.safeParse(withoutNulls(json));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const keys = issue?.path ?? [];
  throw new EditError(
    "network-unsupported",
    `Expected ${keys.join(".") || "the configuration"} of ${file} to be one that this product builds ` +
      `(${issue?.message}), got ${JSON.stringify(valueAt(json, keys)) ?? "nothing"}.`,
  );
}

/** A key that is built with one value alone: it may be absent, `null` or this. */
export function only<const T extends string | number | boolean>(value: T) {
  return z
    .literal(value, `only ${value} is built`)
    .nullish()
    .transform((): T => value);
}

/** A key that must be absent, `null` or `false`. */
export const absent = z
  .union([z.null(), z.literal(false)], "not built")
  .optional()
  .transform((): null => null);

/** A positive whole number. */
export const count = z.int().positive();

function parseObject(text: string, file: string): object {
  let json: unknown;
  try {
    json = parseLooseJson(text);
  } catch (cause) {
    throw new EditError("pack-invalid", `Expected JSON in ${file}, got text that does not parse.`, { cause });
  }
  if (typeof json === "object" && json !== null && !Array.isArray(json)) return json;
  throw new EditError("pack-invalid", `Expected a JSON object in ${file}, got ${JSON.stringify(json)}.`);
}

function valueAt(json: unknown, keys: readonly PropertyKey[]): unknown {
  return keys.reduce<unknown>(
    (at, key) =>
      typeof at === "object" && at !== null ? (at as Record<PropertyKey, unknown>)[key] : undefined,
    json,
  );
}
