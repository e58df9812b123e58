import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadConfig, packageFolder } from "../src/config.ts";
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
 * ONNX Runtime (`overheadShare`, median), and peaks of memory (`mainRssMb`, `workerRssMb`). Arguments: how often.
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
    log("second edit of a warm worker");
    log("picture   seconds  outside session.run");
    const shares: number[] = [];
    for (let round = 0; round < rounds; round++) shares.push(await warmShare(round, folder, log));
    return {
      coldSeconds: median(colds.map(({ seconds }) => seconds)),
      equivalentCalls: Math.max(...colds.map(({ calls }) => calls)),
      overheadShare: median(shares),
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

/** Edits two pictures by two prompts in one new worker; gives the second's share of time outside ONNX Runtime. */
async function warmShare(round: number, folder: string, log: (line: string) => void): Promise<number> {
  const { packRoots, workerEnvironment } = loadConfig();
  const pack = await openPack("mini", { roots: packRoots });
  await using worker = createWorkerClient({ device: "cpu", environment: workerEnvironment, log: () => {} });
  const edit = (scene: Scene, id: string) => editIn(worker, pack, scene, join(folder, id), id);
  await edit(sceneOf(round), `warm-${round}-first`);
  const second = sceneOf(round + 1);
  const { totalMilliseconds, runMilliseconds } = await edit(second, `warm-${round}-second`);
  const share = 1 - runMilliseconds / totalMilliseconds;
  const seconds = (totalMilliseconds / 1000).toFixed(1).padStart(8);
  log(`${second.picture.padEnd(8)} ${seconds}  ${(share * 100).toFixed(1)} %`);
  return share;
}

async function editIn(
  worker: ReturnType<typeof createWorkerClient>,
  pack: Pack,
  scene: Scene,
  folder: string,
  id: string,
) {
  const request = parseEditRequest({ image: pathOf(scene), prompt: scene.prompt });
  mkdirSync(folder);
  const { stats } = await worker.run({ id, request, folder }, pack, { signal: new AbortController().signal });
  return stats;
}

function most(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length > 0 ? Math.max(...known) : null;
}
