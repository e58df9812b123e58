import { existsSync } from "node:fs";
import { rename, rm, stat } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { EditError } from "../../errors.ts";
import { type JobRecord, type JobView, personOf } from "../../store/jobs.ts";
import type { RankedResult } from "../../types.ts";
import type { JobFiles } from "../intake/job-files.ts";
import type { Fitted, PictureWorker } from "../picture-worker.ts";

/** Pictures of jobs as they are posted: within the place's limit, made once. */
export interface Renditions {
  /** What a job's message shows: a result, or its overlay as a preview of at most 2048 pixels. */
  shown(job: JobRecord, view: JobView, maxBytes: number, signal: AbortSignal): Promise<Fitted>;
  /** The first result of the run that is under way. @throws EditError `reference-expired` where it is not there any more */
  first(job: JobRecord, maxBytes: number, signal: AbortSignal): Promise<Fitted>;
  /** The latest draft of the run that is under way. @throws EditError `reference-expired` where it is not there any more */
  draft(job: JobRecord, maxBytes: number, signal: AbortSignal): Promise<Fitted>;
  /** Of at most 2048 pixels a side; of several its rank is drawn into each. */
  preview(
    job: JobRecord,
    rank: number,
    options: { readonly maxBytes: number; readonly isNumbered: boolean; readonly signal: AbortSignal },
  ): Promise<Fitted>;
  /** A copy of what was edited, of at most 2048 pixels a side and without its metadata; its path. */
  source(job: JobRecord, maxBytes: number, signal: AbortSignal): Promise<string>;
  /** Has a larger copy of a result made, once. @throws EditError `inpainter-*`, `picture-*`; `reference-expired` where nothing makes one */
  upscale(job: JobRecord, rank: number, signal: AbortSignal): Promise<void>;
  /** That copy as a JPEG, marked as results are. */
  upscaled(job: JobRecord, rank: number, maxBytes: number, signal: AbortSignal): Promise<Fitted>;
  /** The lossless file and its size. */
  original(job: JobRecord, rank: number): Promise<{ readonly file: string; readonly bytes: number }>;
}

/** Makes a PNG larger, into a file. */
export type Upscale = (file: string, out: string, signal: AbortSignal) => Promise<void>;

/** Pixels a side of previews. */
const previewSide = 2048;

/** A copy with fewer pixels a side shows nothing. */
const leastSide = 64;

/** What was made is remembered, and made again where its file is gone. */
export function createRenditions({
  pictureWorker,
  files,
  upscale = null,
}: {
  pictureWorker: PictureWorker;
  files: JobFiles;
  upscale?: Upscale | null;
}): Renditions {
  /** Under way or done, by file: the same picture is not made twice at once. */
  const made = new Map<string, Promise<Fitted>>();

  const fitted = (
    job: JobRecord,
    file: string,
    maxBytes: number,
    maxSide: number | null,
    signal: AbortSignal,
  ) => fittedFrom(job, files.result(job.id, file), { name: file, maxBytes, maxSide, signal });

  async function fittedFrom(
    job: JobRecord,
    file: string,
    {
      name,
      maxBytes,
      maxSide,
      number = null,
      isCopy = false,
      signal,
    }: {
      name: string;
      maxBytes: number;
      maxSide: number | null;
      number?: number | null;
      isCopy?: boolean;
      signal: AbortSignal;
    },
  ) {
    const out = files.posted(job.id, `${name}.${maxBytes}.${maxSide ?? "full"}`);
    const before = await made.get(out)?.catch(() => null);
    if (before && existsSync(before.file)) return before;
    await files.preparePosted(job.id);
    const making = pictureWorker.fit(
      { file, maxBytes, maxSide, number, isCopy: isCopy || number !== null, out },
      { signal, person: personOf(job.owner) },
    );
    made.set(out, making);
    if (made.size > 1000) made.delete(made.keys().next().value ?? "");
    try {
      return await making;
    } catch (error) {
      made.delete(out);
      throw error;
    }
  }

  const largeFile = (job: JobRecord, rank: number) => files.posted(job.id, `large-${rank}.png`);

  async function underWay(
    job: JobRecord,
    named: string | undefined,
    maxBytes: number,
    signal: AbortSignal,
  ): Promise<Fitted> {
    const file = await files.underWay(job.id, named ?? "");
    if (file === null)
      throw new EditError("reference-expired", `Expected a picture of the run of job ${job.id}, got none.`);
    // A job may be run again: each run has a folder, and a first result, of its own.
    const name = `${basename(dirname(file))}-${basename(file)}`;
    return fittedFrom(job, file, { name, maxBytes, maxSide: null, signal });
  }

  return {
    shown(job, { rank, showsBox }, maxBytes, signal) {
      const result = resultOf(job, rank);
      return showsBox
        ? fitted(job, result.overlay, maxBytes, previewSide, signal)
        : fitted(job, result.file, maxBytes, null, signal);
    },
    first: (job, maxBytes, signal) => underWay(job, job.progress?.first?.file, maxBytes, signal),
    draft: (job, maxBytes, signal) => underWay(job, job.progress?.preview?.file, maxBytes, signal),
    preview(job, rank, { maxBytes, isNumbered, signal }) {
      const { file } = resultOf(job, rank);
      const common = { maxBytes, maxSide: previewSide, signal };
      const from = files.result(job.id, file);
      if (!isNumbered) return fittedFrom(job, from, { name: file, ...common });
      return fittedFrom(job, from, { name: `${file}.n${rank}`, ...common, number: rank });
    },
    async source(job, maxBytes, signal) {
      await files.preparePosted(job.id);
      const call = { signal, person: personOf(job.owner) };
      for (let maxSide = previewSide; maxSide >= leastSide; maxSide = Math.floor(maxSide / 2)) {
        const out = files.posted(job.id, `source.${maxSide}.jpg`);
        if (!existsSync(out)) await pictureWorker.copy({ file: files.picture(job.id), maxSide, out }, call);
        if ((await stat(out)).size <= maxBytes) return out;
      }
      throw new EditError(
        "picture-too-large",
        `Expected a picture that can be shown in ${maxBytes} bytes, got one that cannot.`,
      );
    },
    async upscale(job, rank, signal) {
      const from = files.result(job.id, resultOf(job, rank).file);
      const out = largeFile(job, rank);
      if (existsSync(out)) return;
      if (!upscale) throw new EditError("reference-expired", "Expected a server that upscales, got none.");
      await files.preparePosted(job.id);
      // What a server gives back is looked at before it is shown, and has its name no sooner.
      const unseen = `${out}.unseen`;
      try {
        await upscale(from, unseen, signal);
        await pictureWorker.inspect(unseen, { signal, person: personOf(job.owner) });
        await rename(unseen, out);
      } catch (error) {
        await rm(unseen, { force: true });
        // Deleted meanwhile.
        if (!existsSync(from))
          throw new EditError("reference-expired", `Expected pictures of job ${job.id}, got none.`);
        throw error;
      }
    },
    upscaled: (job, rank, maxBytes, signal) =>
      fittedFrom(job, largeFile(job, rank), {
        ...{ name: `large-${rank}`, maxBytes, maxSide: null, isCopy: true, signal },
      }),
    async original(job, rank) {
      const file = files.result(job.id, resultOf(job, rank).file);
      return { file, bytes: (await stat(file)).size };
    },
  };
}

/** @throws EditError `reference-expired` where the job has no such result, or its pictures are gone */
export function resultOf(job: JobRecord, rank: number): RankedResult {
  const result = job.hasPictures ? job.result?.results.find((each) => each.rank === rank) : undefined;
  if (result) return result;
  throw new EditError("reference-expired", `Expected result ${rank} of job ${job.id}, got none.`);
}
