import { randomUUID } from "node:crypto";
import { copyFile, mkdir, realpath, rename, rm, stat, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { EditError, throwIfCancelled } from "../../errors.ts";
import { describePack, requireName } from "../open.ts";
import { type Pack, type PackFile, type PackManifest, packSchema } from "../pack.ts";
import { sha256OfFile } from "../verify.ts";
import { diskFailure, writePackFile } from "../write-file.ts";
import { factsOf, type PaintingFacts } from "./facts.ts";
import { loraPath, type PartsOrder, partsOf, withLoraFiles } from "./parts.ts";

export interface AddOrder extends PartsOrder {
  readonly name: string;
  readonly license: string;
  /** Copies the files in place of pointing to them. */
  readonly isCopied: boolean;
}

export interface AddOptions {
  /** The folder that the pack is put into, and all folders in which its name must be free. */
  readonly root: string;
  readonly roots: readonly string[];
  readonly signal: AbortSignal;
  /** Looks at the pack before it counts; what it throws keeps it from being there. */
  readonly check: (pack: Pack) => Promise<void>;
}

/**
 * Makes a pack of a folder in diffusers' layout. Its files stay where they are, found by their real paths, unless
 * they are to be copied. The pack is there whole or not at all.
 * @throws EditError `usage`, `output-not-empty`, `pack-file-missing`, `pack-no-safetensors`, `pack-invalid`,
 *   `network-unsupported`, `disk-full`, `output-unwritable`, `cancelled`, and those of `check`
 */
export async function addPack(given: AddOrder, options: AddOptions): Promise<Pack> {
  // 1. The name is free.
  requireName(given.name);
  await requireFree(given.name, options);

  // 2. What is there.
  const order = { ...given, loras: await withLoraFiles(given.loras) };
  const { kind, hasSecondEncoder, parts } = await partsOf(order);
  const facts = await factsOf(kind, { ...order, hasSecondEncoder }, parts);

  // 3. The pack, in a folder of its own that gets its name at the end.
  const folder = join(options.root, `.${order.name}.${randomUUID().slice(0, 8)}.new`);
  try {
    const files: PackFile[] = [];
    for (const { path, source } of parts) {
      throwIfCancelled(options.signal);
      files.push(await place(path, source, folder, order, options.signal));
    }
    const manifest = manifestOf(order, facts, files);
    await writePackFile(join(folder, "pack.json"), `${JSON.stringify(manifest, null, 2)}\n`);
    await options.check({ manifest, folder: await realpath(folder) });
    const target = join(options.root, order.name);
    await rename(folder, target);
    return { manifest, folder: target };
  } catch (cause) {
    await rm(folder, { recursive: true, force: true });
    throw diskFailure(folder, cause);
  }
}

async function requireFree(name: string, { root, roots }: AddOptions): Promise<void> {
  const found = await describePack(name, { roots }).catch((error: unknown) => {
    if (error instanceof EditError && error.code === "pack-missing") return null;
    throw error;
  });
  const taken = found?.folder ?? join(root, name);
  if (found === null && (await stat(taken).catch(() => null)) === null) return;
  throw new EditError(
    "output-not-empty",
    `Expected a name that no pack has, got ${name}, which lies in ${taken}. Give another with --name, or run lrbot packs remove ${name} --forget.`,
  );
}

async function place(
  path: string,
  source: string,
  folder: string,
  { isCopied, license }: AddOrder,
  signal: AbortSignal,
): Promise<PackFile> {
  const target = join(folder, path);
  const found = await stat(source).catch((cause: unknown) => {
    throw new EditError("pack-file-missing", `Expected ${source}, got no such file.`, { cause });
  });
  await mkdir(dirname(target), { recursive: true });
  // The word list may lie in this package, which another version of it replaces.
  if (isCopied || path === "nouns.txt") await copyFile(source, target);
  else await symlink(source, target);
  const sha256 = await sha256OfFile(target, signal);
  return { path, repository: null, revision: null, source: null, size: found.size, sha256, license };
}

function manifestOf(order: AddOrder, facts: PaintingFacts, files: PackFile[]): PackManifest {
  const { name, folder, loras } = order;
  const parsed = packSchema.safeParse({
    name,
    title: `Added from ${folder}`,
    version: "1.0.0",
    networks: { clip: "clip", vit: "vit", ...facts.networks },
    tokenizers: {
      clip: "clip_tokenizer",
      textEncoder: facts.tokenizer,
      textEncoder2: facts.tokenizer2,
    },
    loras: loras.map(({ file, scale }) => ({ path: loraPath(file), scale })),
    scheduler: facts.scheduler,
    classes: facts.classes,
    inpainter: facts.inpainter,
    nouns: "nouns.txt",
    painting: facts.painting,
    framing: { boxShare: 0.6 },
    features: facts.features,
    ranking: { margin: 0.01 },
    files,
  });
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new EditError(
    "network-unsupported",
    `Expected networks in ${folder} that a pack can be made of, got ${issue?.path.join(".")}: ${issue?.message}.`,
  );
}
