import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { EditError, isDiskFull } from "../../errors.ts";
import { privateMode } from "../../private-files.ts";
import { personOf } from "../../store/jobs.ts";
import type { Showing, Voter } from "../../store/studies.ts";
import type { PictureWorker } from "../picture-worker.ts";
import type { StudyPicture } from "./study-set.ts";

/** Files of ours that show a pair; nothing in them says which method made which. */
export interface PairFiles {
  readonly source: string;
  readonly left: string;
  readonly right: string;
}

/** Files of a study in `studies/ID/` of the data folder: copies of a set's pictures, as voters see them, and votes to give out. */
export interface StudyFiles {
  /** @throws EditError `picture-*` where one cannot be read, `disk-full`, `output-unwritable`, `cancelled` */
  prepare(
    showing: Showing,
    picture: StudyPicture,
    call: { readonly voter: Voter; readonly signal: AbortSignal },
  ): Promise<PairFiles>;
  /** The three in one picture; gives its path. @throws EditError as `prepare` */
  sheet(
    files: PairFiles,
    call: { readonly study: string; readonly voter: Voter; readonly signal: AbortSignal },
  ): Promise<string>;
  /** The text as a file; gives its path. @throws EditError `disk-full`, `output-unwritable` */
  writeVotes(study: string, text: string): Promise<string>;
  /** All of studies but these go. */
  removeOthers(studies: ReadonlySet<string>): Promise<void>;
  /** All of a study go. */
  remove(study: string): Promise<void>;
}

/** Pixels a side of what voters see: results of today's models whole. */
const largestSide = 1024;

export function createStudyFiles(dataFolder: string, pictureWorker: PictureWorker): StudyFiles {
  const folderOf = (study: string) => join(dataFolder, "studies", study);
  /** Under way: the same copy is not made twice at once. */
  const making = new Map<string, Promise<unknown>>();

  /** A file that is made once, named after what it is made of. */
  async function madeOnce(
    study: string,
    from: readonly unknown[],
    make: (out: string) => Promise<unknown>,
  ): Promise<string> {
    const name = createHash("sha256").update(JSON.stringify(from)).digest("hex").slice(0, 32);
    const out = join(folderOf(study), `${name}.jpg`);
    const known = making.get(out);
    if (known) await known;
    else if (!existsSync(out)) {
      const made = mkdir(folderOf(study), { recursive: true, mode: privateMode.folder }).then(() =>
        make(out),
      );
      making.set(out, made);
      await made.finally(() => making.delete(out));
    }
    return out;
  }

  return {
    async prepare({ study, left, right, garbled }, { source, results }, { voter, signal }) {
      const call = { signal, person: personOf(voter) };
      const copy = (file: string, isGarbled: boolean) =>
        madeOnce(study, ["copy", file, isGarbled], (out) =>
          pictureWorker.copy({ file, isGarbled, maxSide: largestSide, out }, call),
        );
      return {
        source: await copy(source, false),
        left: await copy(results.get(left) ?? "", garbled === "left"),
        right: await copy(results.get(right) ?? "", garbled === "right"),
      };
    },
    sheet: ({ source, left, right }, { study, voter, signal }) =>
      madeOnce(study, ["sheet", source, left, right], (out) =>
        pictureWorker.sheet({ source, left, right, out }, { signal, person: personOf(voter) }),
      ),
    async writeVotes(study, text) {
      const file = join(folderOf(study), "votes.csv");
      try {
        await mkdir(folderOf(study), { recursive: true, mode: privateMode.folder });
        await writeFile(file, text, { mode: privateMode.file });
      } catch (cause) {
        const { code = "" } = cause as NodeJS.ErrnoException;
        const is = isDiskFull(code) ? "disk-full" : "output-unwritable";
        throw new EditError(is, `Expected to write ${file}, got ${code}.`, { cause });
      }
      return file;
    },
    async removeOthers(studies) {
      const names = await readdir(join(dataFolder, "studies")).catch(() => []);
      const gone = names.filter((name) => !studies.has(name));
      await Promise.all(gone.map((name) => rm(folderOf(name), { recursive: true, force: true })));
    },
    remove: (study) => rm(folderOf(study), { recursive: true, force: true }),
  };
}
