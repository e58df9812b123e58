import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadConfig } from "../src/config.ts";
import { packageFolder } from "../src/package-folder.ts";
import { openPack } from "../src/packs/open.ts";
import type { Pack } from "../src/packs/pack.ts";
import { createWorkerClient } from "../src/pipeline/workers/edits/client.ts";
import { parseEditRequest } from "../src/request.ts";
import type { EditResult } from "../src/types.ts";
import { cores, type LrbotRun, runLrbot } from "./lrbot-process.ts";
import type { BenchOptions } from "./main.ts";
import { median } from "./median.ts";

/** Scenes of the pack's world that no network was trained on, 256 to 512 pixels wide, with their prompts. */
const scenes = [
  { picture: "s000.png", prompt: "a rabbit" },
  { picture: "s001.png", prompt: "a big tree with many flowers" },
  { picture: "s002.png", prompt: "a penguin" },
  { picture: "s003.png", prompt: "a snowman" },
] as const;
type Scene = (typeof scenes)[number];

/**
 * One edit with defaults on the embedded pack: seconds of a whole cold process (`coldSeconds`, median), editor work
 * in full paintings (`equivalentCalls`, most), the share of a second edit in a warm worker that is spent outside
 * ONNX Runtime (`overheadShare`, median), when its first result stood (`firstResultSeconds`, and `firstResultShare` of the
 * whole), what the pack's faster way takes in the same worker (`fastSeconds`) and how many times as long the pack's own way does
 * (`fastTimes`; medians), and peaks of memory (`mainRssMb`, `workerRssMb`). Arguments: how often.
 */
export async function run({ log, args }: BenchOptions): Promise<Record<string, unknown>> {
  const rounds = Math.max(1, Number(args[0] ?? 3) || 3);
  const folder = mkdtempSync(join(tmpdir(), "lrbot-bench-"));
  try {
    log(`cold processes on ${cores} cores`);
    log("picture   seconds  calls  main MB  worker MB");
    const colds: Cold[] = [];
    for (let round = 0; round < rounds; round++) {
      const scene = sceneOf(round);
      const cold = await runCold(scene, join(folder, `cold-${round}`));
      const cells = [cold.seconds, cold.calls, cold.mainMegabytes, cold.workerMegabytes];
      log(
        [scene.picture.padEnd(8), ...cells.map((cell) => cell?.toFixed(1).padStart(8) ?? "       -")].join(
          " ",
        ),
      );
      colds.push(cold);
    }
    log("further edits of a warm worker");
    log("picture   seconds  outside session.run  first result after  of the whole  fast seconds  times");
    const warm: Warm[] = [];
    for (let round = 0; round < rounds; round++) warm.push(await runWarm(round, folder, log));
    return {
      coldSeconds: median(colds.map(({ seconds }) => seconds)),
      equivalentCalls: Math.max(...colds.map(({ calls }) => calls)),
      overheadShare: median(warm.map(({ overhead }) => overhead)),
      firstResultSeconds: median(warm.map(({ firstSeconds }) => firstSeconds)),
      firstResultShare: median(warm.map(({ firstSeconds, seconds }) => firstSeconds / seconds)),
      fastSeconds: median(warm.map(({ fastSeconds }) => fastSeconds)),
      fastTimes: median(warm.map(({ fastTimes }) => fastTimes)),
      mainRssMb: most(colds.map(({ mainMegabytes }) => mainMegabytes)),
      workerRssMb: most(colds.map(({ workerMegabytes }) => workerMegabytes)),
      cores,
      rounds,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function sceneOf(index: number): Scene {
  return scenes[index % scenes.length] ?? scenes[0];
}

function pathOf({ picture }: Scene): string {
  return join(packageFolder, "models", "mini", "eval", picture);
}

interface Cold extends LrbotRun {
  readonly calls: number;
}

/** The whole of `lrbot edit`, from the start of its process to its end. */
async function runCold(scene: Scene, out: string): Promise<Cold> {
  const picture = ["--image", pathOf(scene), "--prompt", scene.prompt];
  const run = await runLrbot(["edit", ...picture, "--out", out, "--quiet"]);
  const result: EditResult = JSON.parse(readFileSync(join(out, "edit.json"), "utf8"));
  return { ...run, calls: result.calls.equivalent };
}

interface Warm {
  /** The share of a further edit that is spent outside ONNX Runtime. */
  readonly overhead: number;
  readonly seconds: number;
  readonly firstSeconds: number;
  readonly fastSeconds: number;
  readonly fastTimes: number;
}

/**
 * Edits pictures by prompts in one new worker: the second is measured, and a third in the pack's faster way and then in its own,
 * which finds the picture's features at hand.
 */
async function runWarm(round: number, folder: string, log: (line: string) => void): Promise<Warm> {
  const { packRoots, workerEnvironment } = loadConfig();
  const pack = await openPack("mini", { roots: packRoots });
  await using worker = createWorkerClient({ device: "cpu", environment: workerEnvironment, log: () => {} });
  const edit = (scene: Scene, id: string, settings: object = {}) =>
    editIn(worker, pack, { scene, settings, folder: join(folder, id), id });
  await edit(sceneOf(round), `warm-${round}-first`);
  const second = await edit(sceneOf(round + 1), `warm-${round}-second`);
  const fast = await edit(sceneOf(round + 2), `warm-${round}-fast`, pack.manifest.painting.fast ?? {});
  const own = await edit(sceneOf(round + 2), `warm-${round}-own`);
  const { seconds, firstSeconds, overhead } = second;
  const fastTimes = own.seconds / fast.seconds;
  const cells = [
    sceneOf(round + 1).picture.padEnd(8),
    ...[seconds.toFixed(1).padStart(8), `${(overhead * 100).toFixed(1)} %`.padStart(20)],
    ...[
      firstSeconds.toFixed(1).padStart(19),
      `${((firstSeconds / seconds) * 100).toFixed(0)} %`.padStart(13),
    ],
    ...[fast.seconds.toFixed(1).padStart(13), fastTimes.toFixed(2).padStart(6)],
  ];
  log(cells.join(" "));
  return { overhead, seconds, firstSeconds, fastSeconds: fast.seconds, fastTimes };
}

interface WarmEdit {
  readonly scene: Scene;
  /** In place of the pack's. */
  readonly settings: object;
  readonly folder: string;
  readonly id: string;
}

async function editIn(
  worker: ReturnType<typeof createWorkerClient>,
  pack: Pack,
  { scene, settings, folder, id }: WarmEdit,
) {
  const request = parseEditRequest({ image: pathOf(scene), prompt: scene.prompt, settings });
  mkdirSync(folder);
  const since = performance.now();
  let firstSeconds = Number.NaN;
  const { stats } = await worker.run({ id, request, folder }, pack, {
    signal: new AbortController().signal,
    onProgress(progress) {
      if (progress.phase === "result" && progress.rank === null)
        firstSeconds = (performance.now() - since) / 1000;
    },
  });
  const overhead = 1 - stats.runMilliseconds / stats.totalMilliseconds;
  return { overhead, firstSeconds, seconds: (performance.now() - since) / 1000 };
}

function most(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length > 0 ? Math.max(...known) : null;
}
