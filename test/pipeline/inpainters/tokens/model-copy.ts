import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll } from "vitest";

/** A copy of a model's folder whose JSON files can be made wrong. */
export interface ModelCopy {
  readonly folder: string;
  /** Makes a file what it is in the model, but for these values. */
  change(file: string, values: Record<string, unknown>): Promise<void>;
}

/** For the tests of the suite that calls it. */
export function copyOfModel(model: string): ModelCopy {
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "model-"));
    await cp(model, folder, { recursive: true });
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  return {
    get folder() {
      return folder;
    },
    async change(file, values) {
      const json: Record<string, unknown> = JSON.parse(await readFile(path.join(model, file), "utf8"));
      await writeFile(path.join(folder, file), JSON.stringify({ ...json, ...values }));
    },
  };
}
