import { existsSync } from "node:fs";
import { EditError } from "../../../errors.ts";
import type { JobRecord } from "../../../store/jobs.ts";
import type { JobFiles } from "../../intake/job-files.ts";
import { createRenditions } from "../../messages/renditions.ts";
import type { PictureWorker } from "../../picture-worker.ts";
import { platformName } from "../places.ts";

/** A picture of a job, as it is served. */
export interface ServedPicture {
  readonly path: string;
  /** Under which name it is saved; `null` where it is shown. */
  readonly download: string | null;
}

/** Pictures of jobs, made small enough for a screen; all of them are PNG or JPEG that this program wrote. */
export interface JobPictures {
  /**
   * `source`, `result-1`, `overlay-1`, `small-1`; `original-1` is the lossless file.
   * @throws EditError `reference-expired`
   */
  named(job: JobRecord, name: string): Promise<ServedPicture>;
  /** Of the picture that is edited, in pixels. @throws EditError `reference-expired`, `picture-*` */
  sizeOf(job: JobRecord): Promise<{ readonly width: number; readonly height: number }>;
  /** A result before all are ranked, by its file's name. @throws EditError `reference-expired` */
  live(job: JobRecord, file: string): Promise<ServedPicture>;
}

export interface JobPictureParts {
  readonly files: JobFiles;
  readonly pictureWorker: PictureWorker;
  readonly signal: AbortSignal;
}

/** What a browser shows without a wait. */
const screenBytes = 3_000_000;
const smallBytes = 60_000;
const sourceSide = 2048;
const keptCopies = 500;

/** What a member sent, re-encoded, and its own size. */
interface Copy {
  readonly path: string;
  readonly size: { readonly width: number; readonly height: number };
}

export function createJobPictures({ files, pictureWorker, signal }: JobPictureParts): JobPictures {
  const renditions = createRenditions({ pictureWorker, files });
  /** Under way or made, by job. */
  const copies = new Map<string, Promise<Copy>>();

  async function copyOf(job: JobRecord): Promise<Copy> {
    if (!job.hasPictures) throw gone(job, "its source");
    const path = files.posted(job.id, "source.page.jpg");
    await files.preparePosted(job.id);
    const call = { signal, person: `${platformName}:${job.owner.user}` };
    const order = { file: files.picture(job.id), out: path, maxSide: sourceSide };
    const { width, height } = await pictureWorker.copy(order, call);
    return { path, size: { width, height } };
  }

  async function source(job: JobRecord): Promise<Copy> {
    const before = await copies.get(job.id)?.catch(() => null);
    if (before && existsSync(before.path)) return before;
    const made = copyOf(job);
    copies.set(job.id, made);
    const [oldest] = copies.keys();
    if (copies.size > keptCopies && oldest !== undefined) copies.delete(oldest);
    return made;
  }

  return {
    async named(job, name) {
      if (name === "source") return { path: (await source(job)).path, download: null };
      const [, kind, digits] = /^(result|overlay|small|original)-(\d{1,2})$/.exec(name) ?? [];
      const rank = Number(digits);
      switch (kind) {
        case "result":
          return shown(
            await renditions.preview(job, rank, { maxBytes: screenBytes, isNumbered: false, signal }),
          );
        case "small":
          return shown(
            await renditions.preview(job, rank, { maxBytes: smallBytes, isNumbered: false, signal }),
          );
        case "overlay":
          return shown(await renditions.shown(job, { rank, showsBox: true }, screenBytes, signal));
        case "original": {
          const { file } = await renditions.original(job, rank);
          return { path: file, download: `${job.id}-${rank}.png` };
        }
        default:
          throw gone(job, name);
      }
    },
    sizeOf: async (job) => sizeIn(job.result?.image ?? (await source(job)).size),
    async live(job, file) {
      if (!/^[A-Za-z0-9_-]+\.png$/.test(file)) throw gone(job, file);
      const kept = files.result(job.id, file);
      const path = (await files.underWay(job.id, file)) ?? (existsSync(kept) ? kept : null);
      if (path === null) throw gone(job, file);
      return { path, download: null };
    },
  };
}

function sizeIn({ width, height }: { readonly width: number; readonly height: number }) {
  return { width, height };
}

function shown({ file }: { readonly file: string }): ServedPicture {
  return { path: file, download: null };
}

function gone(job: JobRecord, what: string): EditError {
  return new EditError("reference-expired", `Expected ${what} of job ${job.id}, got none.`);
}
