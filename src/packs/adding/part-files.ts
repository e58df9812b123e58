import { readdir, realpath } from "node:fs/promises";
import { join } from "node:path";
import { EditError } from "../../errors.ts";
import { indexNamesOf, readShardIndex } from "../shards.ts";

/** One file: where it is to lie in the pack, and where it lies. */
export interface Part {
  readonly path: string;
  readonly source: string;
}

/** Files of a folder that make a part of a pack. */
export interface Wanted {
  readonly needed: readonly string[];
  /** Names that weights may have. The first that is there is taken, else the first that an index is there for. */
  readonly weights?: readonly string[];
  /** Files that do the same: the first group that is there whole is taken. */
  readonly either?: readonly (readonly string[])[];
  /** Taken where they are there. */
  readonly also?: readonly string[];
}

/** What is taken of a folder, and the pack's folder that it goes to. */
export interface Group {
  readonly folder: string;
  readonly part: string;
  readonly wanted: Wanted;
}

/**
 * Finds the files of one folder.
 * @throws EditError `pack-file-missing`, `pack-no-safetensors`, `pack-invalid`
 */
export async function filesIn({ folder, part, wanted }: Group): Promise<Part[]> {
  const { needed, weights, either, also = [] } = wanted;
  const names: string[] = await readdir(folder).catch(() => []);
  for (const name of needed) {
    if (!names.includes(name))
      throw new EditError("pack-file-missing", `Expected ${join(folder, name)}, got no such file.`);
  }
  const all = [
    ...needed,
    ...(either ? groupIn(folder, either, names) : []),
    ...(weights ? await weightsIn(folder, weights, names) : []),
    ...also.filter((name) => names.includes(name)),
  ];
  return await Promise.all(
    all.map(async (name) => ({
      path: part === "" ? name : `${part}/${name}`,
      source: await realpath(join(folder, name)),
    })),
  );
}

function groupIn(
  folder: string,
  groups: readonly (readonly string[])[],
  names: readonly string[],
): readonly string[] {
  const found = groups.find((group) => group.every((name) => names.includes(name)));
  if (found) return found;
  const started = groups.find((group) => group.some((name) => names.includes(name)));
  const missing = (started ?? groups[0] ?? []).find((name) => !names.includes(name)) ?? "";
  const others = groups.filter((group) => !group.includes(missing)).map((group) => group.join(" and "));
  throw new EditError(
    "pack-file-missing",
    `Expected ${join(folder, missing)}, or ${others.join(" or ")} there, got no such file.`,
  );
}

async function weightsIn(
  folder: string,
  expected: readonly string[],
  names: readonly string[],
): Promise<string[]> {
  const whole = expected.find((name) => names.includes(name));
  if (whole !== undefined) return [whole];
  const index = expected.flatMap(indexNamesOf).find((name) => names.includes(name));
  if (index === undefined) throw noWeights(folder, expected, names);
  const shards = new Set((await readShardIndex(join(folder, index))).values());
  const missing = [...shards].find((name) => !names.includes(name));
  if (missing === undefined) return [index, ...shards];
  throw new EditError(
    "pack-file-missing",
    `Expected ${join(folder, missing)}, as ${index} says, got no such file.`,
  );
}

function noWeights(folder: string, expected: readonly string[], names: readonly string[]): EditError {
  const other = names.find((name) => /\.(bin|ckpt|pt|pth|msgpack)$/.test(name));
  const expectation = `Expected ${expected.join(" or ")} in ${folder}, got`;
  if (other === undefined) return new EditError("pack-file-missing", `${expectation} neither.`);
  return new EditError(
    "pack-no-safetensors",
    `${expectation} ${other}, which can hold code and is never opened. Convert it to safetensors first.`,
  );
}
