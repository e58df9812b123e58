import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { EditOnDevice } from "../../src/queue/fleet/host-run.ts";
import type { LaneSpec } from "../../src/queue/lane-spec.ts";
import type { EditResult, Progress } from "../../src/types.ts";

/** Pictures of one result, and how large each is. */
export const [pictureFiles, pictureBytes] = [["result-1.png", "overlay-1.png", "mask-1.png"], 50_000];

/** How often an edit tells of its progress. */
const steps = 8;

/** A stand-in for an edit: takes so long, tells of its progress, and writes pictures of no content. */
export async function paint(
  folder: string,
  milliseconds: number,
  { signal, onProgress }: { readonly signal: AbortSignal; readonly onProgress: (progress: Progress) => void },
): Promise<EditResult> {
  for (let step = 0; step < steps; step += 1) {
    if (milliseconds > 0) await sleep(milliseconds / steps, undefined, { signal });
    onProgress({
      ...{ version: 1, phase: "painting", quality: "draft", anchors: [0], step, steps },
      ...{ stepsDone: step, stepsTotal: steps, secondsLeft: null },
    });
  }
  for (const name of pictureFiles) await writeFile(join(folder, name), picture);
  return resultOf();
}

export const paintOnHost =
  (milliseconds: number): EditOnDevice =>
  (job, _pack, context) =>
    paint(job.folder, milliseconds, context);

/** The same edit on a lane of the bot's own process. */
export function localLane(
  name: string,
  milliseconds: number,
  prepare: (job: string) => Promise<string>,
): LaneSpec {
  return { name, run: async (job, context) => paint(await prepare(job.id), milliseconds, context) };
}

const picture = new Uint8Array(pictureBytes).fill(7);

/** As large as one of 32 paintings with one result. */
function resultOf(): EditResult {
  const painted = {
    ...{ anchor: 0, box: { left: 16, top: 12, width: 128, height: 128 }, steps: 20 },
    losses: { clip: 0.712_345, structure: 0.112_345, direction: 0.412_345, total: 1.237_035 },
  };
  return {
    image: { file: "source", width: 512, height: 512, sha256: "0".repeat(64) },
    ...{ prompt: "a big tree", source: { text: "tree", from: "found", confidence: 0.9 }, pack: "mini" },
    ...{ inpainter: "simulated", device: "simulated", seed: 0, network: null, warnings: [] },
    settings: {
      ...{
        anchors: 8,
        proposals: 7,
        seed: 0,
        steps: null,
        budget: 14,
        strength: null,
        guidance: null,
        negative: "",
      },
      ...{
        inpainter: null,
        estimator: "expected",
        structureNorm: "rms",
        anchorSpacing: null,
        rank: "guarded",
      },
    },
    anchors: Array.from({ length: 8 }, (_, anchor) => ({ x: anchor * 31, y: anchor * 17, attention: 0.012 })),
    proposals: Array.from({ length: 32 }, () => painted),
    results: [
      {
        ...painted,
        ...{ rank: 1, file: "result-1.png", overlay: "overlay-1.png", weak: false },
        scores: { t2i: 0.312_345, i2i: 0.812_345, quality: 1.437_035 },
        mask: { file: "mask-1.png" },
      },
    ],
    calls: { drafts: 24, full: 8, equivalent: 14 },
    milliseconds: { load: 0, features: 120, learn: 4200, paint: 6100, rank: 80, total: 10_500 },
  } as unknown as EditResult;
}
