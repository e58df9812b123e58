import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { JobFiles } from "../../src/bots/intake/job-files.ts";
import type { LaneSpec } from "../../src/queue/lane-spec.ts";
import type { JobRecord } from "../../src/store/jobs.ts";
import type { FirstResult, Preview, Progress } from "../../src/types.ts";
import { firstResult, flatJpeg, flatPng, paintResults } from "./painted.ts";

/** A lane whose runs end when the test says so, with the results of `paintResults`. */
export interface LaneInHand {
  /** Ends runs at once, the one under way too. */
  auto: boolean;
  /** Makes the results: `paintResults`, or what a test puts in its place. */
  paint: typeof paintResults;
  readonly running: JobRecord | null;
  /** Has the run that is under way, or the next one, tell of a first result of that grey. */
  showFirst(grey: number, how?: Partial<FirstResult>): Promise<void>;
  /** Has the run that is under way, or the next one, tell of its best draft so far, of that grey. */
  showDraft(grey: number, how?: Partial<Preview>): Promise<void>;
  /** Has the run that is under way tell how far it is, after a first result too. */
  tell(stepsDone: number): void;
  /** Ends the run that is under way, or the next one. */
  finish(error?: Error): Promise<void>;
  readonly run: LaneSpec["run"];
}

/** @param files Where a run's folder is made, and kept as the job's results. */
export function createLaneInHand(files: Pick<JobFiles, "prepareRun" | "keepRun">): LaneInHand {
  let release: ((error?: Error) => void) | null = null;
  let under: { readonly folder: string; readonly onProgress: (progress: Progress) => void } | null = null;
  let first: FirstResult | null = null;
  let preview: Preview | null = null;
  let drafts = 0;
  let auto = false;
  const lane: LaneInHand & { running: JobRecord | null } = {
    get auto() {
      return auto;
    },
    set auto(isAuto: boolean) {
      auto = isAuto;
      if (isAuto) release?.();
    },
    paint: paintResults,
    running: null,
    async showFirst(grey: number, how: Partial<FirstResult> = {}) {
      while (!under) await new Promise((resolve) => setTimeout(resolve, 5));
      first = { ...firstResult, ...how };
      writeFileSync(join(under.folder, first.file), await flatPng(grey));
      lane.tell(100);
    },
    async showDraft(grey: number, how: Partial<Preview> = {}) {
      while (!under) await new Promise((resolve) => setTimeout(resolve, 5));
      drafts += 1;
      preview = { file: `preview-${drafts}.jpg`, isUnsafe: false, ...how };
      writeFileSync(join(under.folder, preview.file), await flatJpeg(grey));
      lane.tell(20 + drafts);
    },
    tell(stepsDone: number) {
      const painting = { phase: "painting", quality: "full", anchors: [1, 2], step: 1, steps: 12 } as const;
      const count = {
        version: 1,
        stepsDone,
        stepsTotal: 168,
        secondsLeft: 9,
        ...(first && { first }),
        ...(preview && { preview }),
      } as const;
      under?.onProgress({ ...count, ...painting });
    },
    async finish(error?: Error) {
      while (!release) await new Promise((resolve) => setTimeout(resolve, 5));
      release(error);
      while (lane.running) await new Promise((resolve) => setTimeout(resolve, 5));
    },
    run: async (job, { signal, onProgress }) => {
      lane.running = job;
      first = null;
      preview = null;
      try {
        const folder = await files.prepareRun(job.id);
        under = { folder, onProgress };
        if (!lane.auto) await held(signal);
        const result = await lane.paint(job.request, folder);
        await files.keepRun(job.id, folder);
        return result;
      } finally {
        under = null;
        release = null;
        lane.running = null;
      }
    },
  };

  function held(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      release = (error) => (error ? reject(error) : resolve());
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      if (signal.aborted) reject(signal.reason);
    });
  }
  return lane;
}
