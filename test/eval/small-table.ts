import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chooserRun, type RegionRun } from "../../src/eval/runs.ts";
import { openTable, type PictureTable } from "../../src/eval/table/table.ts";
import { edit } from "../../src/pipeline/edit.ts";
import { createEditCaches, createNetworkParts } from "../../src/pipeline/steps/networks.ts";
import { completeSettings } from "../../src/pipeline/steps/settings.ts";
import { packNetwork } from "../../src/pipeline/steps/starting-network.ts";
import { parseEditRequest } from "../../src/request.ts";
import type { EditResult } from "../../src/types.ts";
import { loadMini, scene } from "../pipeline/mini.ts";

/** Sizes that take seconds. */
export const small = {
  ...{ anchors: 3, proposals: 4, budget: 5, steps: 4, draftSteps: 2, guidance: 1 },
  mask: "box",
} as const;
const request = parseEditRequest({ image: scene("s004.png"), prompt: "a penguin", settings: small });

/** The learned way at these sizes. */
export const smallRun: RegionRun = {
  ...chooserRun({ name: "learned-5", way: "learned", budget: small.budget }),
  ...{ anchors: small.anchors, proposals: small.proposals },
};

export interface SmallTable extends AsyncDisposable {
  readonly table: PictureTable;
  /** Boxes that were painted so far. */
  painted(): number;
  /** The same picture, prompt and settings as an edit. */
  edited(): Promise<EditResult>;
}

/** A real table of one picture of the embedded pack, and the edit that it stands for. */
export async function openSmallTable(): Promise<SmallTable> {
  const folder = mkdtempSync(join(tmpdir(), "lrbot-table-"));
  const models = await loadMini();
  const learning = { network: await packNetwork(models.pack), book: null, made: "" };
  const parts = createNetworkParts({ models, caches: createEditCaches(), learning });
  const { signal } = new AbortController();
  let painted = 0;
  const table = await openTable({
    entry: {
      ...{ file: "s004.png", path: scene("s004.png"), line: 1, prompt: "a penguin", source: null, box: null },
      ...{ target: null, caption: null, kind: null, isAmbiguous: false },
    },
    ...{ parts, signal, isSourceGiven: false, folder: join(folder, "cache"), published: null },
    keepsFrames: () => true,
    settings: completeSettings(request.settings, models.pack.manifest),
    onPainted: (boxes) => {
      painted += boxes;
    },
  });
  return {
    table,
    painted: () => painted,
    edited: () => edit(request, { parts, folder, signal, onProgress() {} }),
    async [Symbol.asyncDispose]() {
      await table[Symbol.asyncDispose]();
      await models[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true });
    },
  };
}
