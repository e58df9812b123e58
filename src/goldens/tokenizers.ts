import path from "node:path";
import { z } from "zod";
import { packageFolder } from "../package-folder.ts";
import type { Ids } from "../pipeline/nets/tensor.ts";
import { loadTokenizer } from "../pipeline/nets/tokenizer.ts";
import { type GoldenCase, type Outputs, readJson } from "./case.ts";
import type { Check } from "./compare.ts";

/** The project's own copy of CLIP's vocabulary. */
const vocabularyFolder = path.join(packageFolder, "models", "clip-vocab");

/** Positions of the text towers that the ids were recorded for. */
const positions = 77;

const casesSchema = z.object({
  cases: z.array(z.object({ text: z.string(), ids: z.array(z.int()) })),
});
const paramsSchema = z.object({ padded: z.array(z.string()).default([]) });

/** Padded rows, and the length of every case's ids. */
export async function computeTokenizer(golden: GoldenCase): Promise<Outputs> {
  const tokenizer = await loadTokenizer(vocabularyFolder);
  const { padded } = paramsSchema.parse(golden.params);
  const lengths = (await encodeCases(golden)).map(({ actual }) => BigInt(actual.length));
  return new Map<string, Ids>([
    ["padded", tokenizer.encode(padded, positions).ids],
    ["lengths", { data: BigInt64Array.from(lengths), shape: [lengths.length] }],
  ]);
}

/** Every text of `cases.json`, id by id; the error counts the texts that come out otherwise. */
export async function checkTokenizerCases(golden: GoldenCase): Promise<Check[]> {
  const cases = await encodeCases(golden);
  const wrong = cases.filter(({ actual, expected }) => actual.join() !== expected.join());
  const named = wrong.length > 0 ? `, not so for ${JSON.stringify(wrong[0]?.text)}` : "";
  return [{ output: "ids", passed: wrong.length === 0, error: wrong.length, rule: `equal${named}` }];
}

async function encodeCases(
  golden: GoldenCase,
): Promise<{ text: string; actual: number[]; expected: number[] }[]> {
  const tokenizer = await loadTokenizer(vocabularyFolder);
  const { cases } = casesSchema.parse(await readJson(path.join(golden.folder, "cases.json")));
  return cases.map(({ text, ids: expected }) => {
    const { ids, lengths } = tokenizer.encode([text], positions);
    return { text, actual: Array.from(ids.data.subarray(0, lengths[0]), Number), expected };
  });
}
