import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { Refusal } from "../refusal.ts";

// A set for a study: a folder with results of several methods for the same pictures and words. docs/study.md describes it for
// those who make one.

/** The name of the file that makes a folder a set for studies. */
export const manifestFile = "study.jsonl";

/** One picture of a set, with what each method made of it. */
export interface StudyPicture {
  /** Its name within the set, which votes keep. */
  readonly picture: string;
  readonly prompt: string;
  /** Absolute path of the picture that was edited. */
  readonly source: string;
  /** Absolute paths of results, by method. */
  readonly results: ReadonlyMap<string, string>;
}

export interface StudySet {
  readonly name: string;
  /** In the order in which the first pictures name them. */
  readonly methods: readonly string[];
  readonly pictures: readonly StudyPicture[];
}

/** The folder in which the operator keeps sets. */
export interface StudySets {
  /** Names of the sets that there are, in order. */
  names(): Promise<readonly string[]>;
  /**
   * Reads a set anew; no picture of it is opened.
   * @throws Refusal `study-set-missing` where there is none of that name, `study-set-invalid` naming the line
   */
  open(name: string): Promise<StudySet>;
}

const path = z
  .string()
  .min(1)
  .regex(/^(?!\/)(?!.*(^|\/)\.\.(\/|$))[^\\\0]+$/, "Expected a path inside the set's folder");
const word = z.string().trim().min(1).max(60);
const lineSchema = z.object({
  picture: z.string().trim().min(1).max(200),
  prompt: z.string().trim().min(1).max(1000),
  source: path,
  results: z.record(word, path),
});

/** A name that names a folder beside the others and nothing else. */
const setName = /^[\p{L}\p{N}_-][\p{L}\p{N}._ -]{0,99}$/u;

/** @param folder Absolute; `null` where the operator named none: then there are no sets. */
export function createStudySets(folder: string | null): StudySets {
  async function names(): Promise<readonly string[]> {
    if (folder === null) return [];
    const entries = await readdir(folder).catch(() => []);
    const are = await Promise.all(
      entries.map(async (name) => setName.test(name) && (await isFile(join(folder, name, manifestFile)))),
    );
    return entries.filter((_, index) => are[index]).toSorted();
  }
  return {
    names,
    async open(name) {
      const at = folder !== null && setName.test(name) ? join(folder, name) : null;
      if (at === null || !(await isFile(join(at, manifestFile)))) {
        throw new Refusal(
          { code: "study-set-missing", set: name, sets: await names() },
          `Expected a folder ${name} with a ${manifestFile} among the sets, got none.`,
        );
      }
      return readStudySet(name, at);
    },
  };
}

/** @throws Refusal `study-set-invalid` */
async function readStudySet(name: string, folder: string): Promise<StudySet> {
  const pictures: StudyPicture[] = [];
  const invalid = (line: number, got: string) =>
    new Refusal(
      { code: "study-set-invalid", set: name, line, got },
      `Expected line ${line} of ${join(folder, manifestFile)} to describe a picture, got ${got}.`,
    );
  const text = await readFile(join(folder, manifestFile), "utf8");
  for (const [index, written] of text
    .replace(/^\ufeff/, "")
    .split(/\r?\n/)
    .entries()) {
    if (written.trim() === "") continue;
    const line = index + 1;
    const parsed = lineSchema.safeParse(jsonOf(written));
    if (!parsed.success) throw invalid(line, reasonOf(parsed.error));
    const { picture, prompt, source, results } = parsed.data;
    if (pictures.some((each) => each.picture === picture))
      throw invalid(line, `picture ${picture} once more`);
    const inFolder = Object.entries(results).map(([method, file]) => [method, join(folder, file)] as const);
    pictures.push({ picture, prompt, source: join(folder, source), results: new Map(inFolder) });
  }
  const methods = [...new Set(pictures.flatMap(({ results }) => [...results.keys()]))];
  if (methods.length < 2 || !pictures.some(({ results }) => results.size >= 2)) {
    throw new Refusal(
      { code: "study-methods-too-few", set: name, methods },
      `Expected a set with a picture of two methods or more, got ${methods.join(", ") || "none"} in ${name}.`,
    );
  }
  return { name, methods, pictures };
}

/** Pictures with the results of methods that can be shown: those without their source, or without two results, are left out. */
export async function presentIn(
  pictures: readonly StudyPicture[],
  methods: readonly string[],
): Promise<StudyPicture[]> {
  const looked = await Promise.all(
    pictures.map(async (picture) => {
      const entries = [...picture.results].filter(([method]) => methods.includes(method));
      const are = await Promise.all(entries.map(([, file]) => isFile(file)));
      const results = new Map(entries.filter((_, index) => are[index]));
      return results.size >= 2 && (await isFile(picture.source)) ? { ...picture, results } : null;
    }),
  );
  return looked.filter((picture) => picture !== null);
}

async function isFile(file: string): Promise<boolean> {
  const found = await stat(file).catch(() => null);
  return found?.isFile() === true && found.size > 0;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function reasonOf({ issues: [issue] }: z.ZodError): string {
  return issue && issue.path.length > 0 ? `${issue.path.join(".")}: ${issue.message}` : "no such object";
}
