import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { EditError } from "../../errors.ts";
import type { FileStore } from "../../files/file-store.ts";
import { privateMode } from "../../private-files.ts";
import type { EditResult } from "../../types.ts";
import { runFilePattern } from "./protocol.ts";

// A run's files in the file store, under the run's own name: `source`, `edit.json`, and the pictures that this names.

export const [sourceFile, resultFile] = ["source", "edit.json"];

const pictureFile = z.string().regex(runFilePattern);
/** As far as files are named; the rest of a result is the worker's, as on a lane of this machine. */
const resultSchema = z.custom<EditResult>(
  (value) =>
    z
      .looseObject({
        pack: z.string(),
        anchors: z.array(z.unknown()).max(1000),
        proposals: z.array(z.unknown()).max(100_000),
        warnings: z.array(z.unknown()),
        milliseconds: z.looseObject({ load: z.number(), total: z.number() }),
        results: z
          .array(
            z.looseObject({
              rank: z.int(),
              file: pictureFile,
              overlay: pictureFile,
              mask: z.looseObject({ file: pictureFile }).nullish(),
            }),
          )
          .max(1000),
      })
      .safeParse(value).success,
);

/** Pictures that a result names. */
export function filesOf({ results }: EditResult): readonly string[] {
  return results.flatMap(({ file, overlay, mask }) => [file, overlay, ...(mask ? [mask.file] : [])]);
}

/** How many files of a run travel at a time. */
const atOnce = 4;

/** Brings what a run painted from the file store into its folder. @throws EditError `fleet-protocol`; those of `get` */
export async function fetchResult(
  files: FileStore,
  run: string,
  { folder, signal }: { readonly folder: string; readonly signal: AbortSignal },
): Promise<EditResult> {
  const path = join(folder, resultFile);
  await files.get(run, resultFile, path, { signal });
  const result = parsedResult(await readFile(path, "utf8"), run);
  await rm(path, { force: true });
  await inTurn(filesOf(result), (name) => files.get(run, name, join(folder, name), { signal }));
  return result;
}

/** Puts a run's files into the file store, each once. */
export interface RunUploads {
  /** A file of the run's folder. */
  put(name: string): Promise<void>;
  /** The result, with all that it names. */
  putResult(result: EditResult): Promise<void>;
}

export function createRunUploads(files: FileStore, run: string, folder: string): RunUploads {
  const under = new Map<string, Promise<void>>();
  const put = (name: string) => {
    const begun = under.get(name) ?? files.put(run, name, join(folder, name));
    under.set(name, begun);
    begun.catch(() => under.delete(name));
    return begun;
  };
  return {
    put,
    async putResult(result) {
      await inTurn(filesOf(result), put);
      await writeFile(join(folder, resultFile), JSON.stringify(result), { mode: privateMode.file });
      await put(resultFile);
    },
  };
}

/** An empty folder for this user alone. */
export async function emptyFolder(path: string): Promise<string> {
  await rm(path, { recursive: true, force: true });
  await mkdir(path, { recursive: true, mode: privateMode.folder });
  return path;
}

function parsedResult(text: string, run: string): EditResult {
  try {
    return resultSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new EditError(
      "fleet-protocol",
      `Expected the host's result of run ${run} to be one, got something else. Is the host of this version?`,
      { cause },
    );
  }
}

async function inTurn<T>(values: readonly T[], work: (value: T) => Promise<void>): Promise<void> {
  for (let from = 0; from < values.length; from += atOnce)
    await Promise.all(values.slice(from, from + atOnce).map(work));
}
