import { readFile } from "node:fs/promises";
import { writeOutput } from "../src/pipeline/image/write-file.ts";
import type { Losses } from "../src/types.ts";

/** What came of painting one box of one picture with one seed and number of steps. */
export interface Trial {
  readonly losses: Losses;
  readonly t2i: number;
  readonly i2i: number;
  /** CLIP, asked which of all nouns the painted box shows, answers with the one that was prompted. */
  readonly isRecognised: boolean;
}

/**
 * Trials that outlive a run: painting every proposal takes a minute a picture, looking at the figures again
 * should take none.
 */
export interface TrialBook {
  get(key: string): Trial | undefined;
  set(key: string, trial: Trial): void;
  save(): Promise<void>;
}

/** @param path A JSON file that is read if it exists and written by `save`; `undefined` keeps nothing. */
export async function openTrialBook(path: string | undefined): Promise<TrialBook> {
  const text = path === undefined ? "[]" : await readFile(path, "utf8").catch(() => "[]");
  const trials = new Map<string, Trial>(JSON.parse(text));
  return {
    get: (key) => trials.get(key),
    set: (key, trial) => void trials.set(key, trial),
    async save() {
      if (path !== undefined) await writeOutput(path, JSON.stringify([...trials]));
    },
  };
}
