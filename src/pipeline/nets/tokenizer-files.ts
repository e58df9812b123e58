import { stat } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { EditError } from "../../errors.ts";
import { linesOf, readTextFile } from "../../packs/text-file.ts";

/** Pieces of words, with the id of each. */
export type Vocabulary = Readonly<Record<string, number>>;

export interface SpecialToken {
  readonly text: string;
  readonly id: number;
}

export interface SpecialTokens {
  readonly start: SpecialToken;
  readonly end: SpecialToken;
  readonly pad: SpecialToken;
}

/** What a byte-pair tokenizer is made of. */
export interface TokenizerFiles {
  readonly vocabulary: Vocabulary;
  /** Two pieces with a space between, the most frequent pair first. */
  readonly merges: readonly string[];
  readonly special: SpecialTokens;
}

/**
 * Reads a `tokenizer/` folder: `vocab.json` and `merges.txt`, or where they are not there the `tokenizer.json` that
 * transformers 5 writes alone; and for the special tokens `special_tokens_map.json` or `tokenizer_config.json`.
 * @throws EditError `pack-file-missing`, `pack-invalid`; `network-unsupported` where `tokenizer.json` is not of CLIP's kind.
 */
export async function readTokenizerFiles(folder: string): Promise<TokenizerFiles> {
  const isOld = (await isFile(path.join(folder, "vocab.json"))) || !(await isFile(tokenizerJson(folder)));
  const { source, vocabulary, merges } = await (isOld ? readPair(folder) : readWhole(folder));
  if (merges.length === 0) {
    const file = isOld ? path.join(folder, "merges.txt") : tokenizerJson(folder);
    throw new EditError("pack-invalid", `Expected pairs of pieces in ${file}, got none.`);
  }
  return { vocabulary, merges, special: await readSpecialTokens(folder, vocabulary, source) };
}

interface BytePairs {
  /** The file that has the vocabulary. */
  readonly source: string;
  readonly vocabulary: Vocabulary;
  readonly merges: readonly string[];
}

const vocabularySchema = z.record(z.string(), z.int().nonnegative());

async function readPair(folder: string): Promise<BytePairs> {
  const source = path.join(folder, "vocab.json");
  const vocabulary = vocabularySchema.safeParse(await readJson(source));
  if (!vocabulary.success) {
    throw new EditError("pack-invalid", `Expected a map of pieces to ids in ${source}, got another shape.`);
  }
  const merges = linesOf(await readText(path.join(folder, "merges.txt"))).filter(isMerge);
  return { source, vocabulary: vocabulary.data, merges };
}

const tokenizerSchema = z.object({
  model: z.object({
    type: z.literal("BPE"),
    vocab: vocabularySchema,
    merges: z.array(z.union([z.string(), z.tuple([z.string(), z.string()])])),
    end_of_word_suffix: z.literal("</w>"),
    byte_fallback: z.union([z.literal(false), z.null()]).optional(),
  }),
  added_tokens: z.array(z.object({ id: z.int().nonnegative(), content: z.string() })).nullish(),
});

async function readWhole(folder: string): Promise<BytePairs> {
  const source = tokenizerJson(folder);
  const parsed = tokenizerSchema.safeParse(await readJson(source));
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new EditError(
      "network-unsupported",
      `Expected byte pairs as CLIP has them in ${source}, got ${issue?.path.join(".")}: ${issue?.message}.`,
      { cause: parsed.error },
    );
  }
  const { model, added_tokens: added } = parsed.data;
  const more = (added ?? []).map(({ content, id }) => [content, id] as const);
  return {
    source,
    vocabulary: { ...model.vocab, ...Object.fromEntries(more) },
    merges: model.merges.map((merge) => (typeof merge === "string" ? merge : merge.join(" "))),
  };
}

const tokenSchema = z.union([z.string(), z.object({ content: z.string() })]).nullish();
const specialTokensSchema = z.object({
  bos_token: tokenSchema,
  eos_token: tokenSchema,
  pad_token: tokenSchema,
});

/** The map overrides the configuration, which overrides what CLIP's repositories have; `null` says nothing. */
async function readSpecialTokens(
  folder: string,
  vocabulary: Vocabulary,
  source: string,
): Promise<SpecialTokens> {
  const found: z.infer<typeof specialTokensSchema> = {};
  for (const name of ["tokenizer_config.json", "special_tokens_map.json"]) {
    const file = path.join(folder, name);
    const parsed = specialTokensSchema.safeParse((await isFile(file)) ? await readJson(file) : {});
    if (!parsed.success) {
      throw new EditError("pack-invalid", `Expected special tokens in ${file}, got another shape.`, {
        cause: parsed.error,
      });
    }
    const { bos_token, eos_token, pad_token } = parsed.data;
    found.bos_token = bos_token ?? found.bos_token;
    found.eos_token = eos_token ?? found.eos_token;
    found.pad_token = pad_token ?? found.pad_token;
  }
  const tokenOf = (value: z.infer<typeof tokenSchema>, fallback: string) => {
    const text = (typeof value === "string" ? value : value?.content) ?? fallback;
    const id = vocabulary[text];
    if (id !== undefined) return { text, id };
    throw new EditError("pack-invalid", `Expected the special token ${text} in ${source}, got none.`);
  };
  const end = tokenOf(found.eos_token, "<|endoftext|>");
  return { start: tokenOf(found.bos_token, "<|startoftext|>"), end, pad: tokenOf(found.pad_token, end.text) };
}

function isMerge(line: string): boolean {
  return line.trim() !== "" && !line.startsWith("#version");
}

function tokenizerJson(folder: string): string {
  return path.join(folder, "tokenizer.json");
}

async function isFile(file: string): Promise<boolean> {
  return (await stat(file).catch(() => null))?.isFile() === true;
}

async function readJson(file: string): Promise<unknown> {
  const text = await readText(file);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new EditError("pack-invalid", `Expected JSON in ${file}, got something else.`, { cause });
  }
}

async function readText(file: string): Promise<string> {
  return await readTextFile(file).catch((cause: unknown) => {
    throw new EditError("pack-file-missing", `Expected ${file}, got no readable file.`, { cause });
  });
}
