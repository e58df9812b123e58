import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadConfig } from "../src/config.ts";
import { openPack } from "../src/packs/open.ts";
import { encodeRgbPng } from "../src/pipeline/image/image.ts";
import { createWorkerClient, type EditAnswer } from "../src/pipeline/workers/edits/client.ts";
import { parseEditRequest } from "../src/request.ts";
import { photo } from "./edit-full.ts";
import { fullPackName, writeFullPack } from "./full-pack.ts";
import type { BenchOptions } from "./main.ts";
import { optionOf } from "./words.ts";

const settingNames = ["anchors", "proposals", "budget", "steps"] as const;

/**
 * Two edits of 1024×768 in one worker on a card, with a pack of Stable Diffusion 1.5's size and random weights, by the
 * defaults of `lrbot edit` (8 anchors, 7 proposals, the pack's 25 steps): `coldSeconds` from the start of the worker's
 * process, and `warmSeconds` of another picture, as a bot has them from its second job on; of both, what was spent
 * inside ONNX Runtime and on each phase. Arguments: `--device=cuda:N` (`cuda:0`), and `--anchors=N`, `--proposals=N`,
 * `--budget=N` and `--steps=N`. Needs 4 GB of disk.
 */
export async function run({ log, args }: BenchOptions): Promise<Record<string, unknown>> {
  const device = optionOf(args, "device") ?? "cuda:0";
  const given = settingNames.flatMap((name) => {
    const value = optionOf(args, name);
    return value === undefined ? [] : [[name, Number(value)] as const];
  });
  const folder = mkdtempSync(join(tmpdir(), "lrbot-card-"));
  try {
    log("writing 3 GB of random weights");
    const packs = join(folder, "packs");
    writeFullPack(packs);
    const pack = await openPack(fullPackName, { roots: [packs] });
    await using worker = createWorkerClient({
      device,
      environment: loadConfig().workerEnvironment,
      log: (level, text) => console.error(`${level} ${text}`),
    });
    const figures: Record<string, unknown> = { device };
    for (const [id, centre] of [["cold", 0.4] as const, ["warm", 0.7] as const]) {
      const image = join(folder, `${id}.png`);
      writeFileSync(image, await encodeRgbPng(photo(1024, 768, centre)));
      const request = parseEditRequest({
        ...{ image, prompt: "a red fox in the snow", pack: fullPackName },
        settings: Object.fromEntries(given),
      });
      const job = { id, request, folder: join(folder, id) };
      mkdirSync(job.folder);
      const start = performance.now();
      const answer = await worker.run(job, pack, { signal: new AbortController().signal });
      Object.assign(figures, figuresOf(id, (performance.now() - start) / 1000, answer, log));
    }
    return figures;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** An edit's figures by their names, which it also prints. */
function figuresOf(
  id: string,
  seconds: number,
  { result, stats }: EditAnswer,
  log: BenchOptions["log"],
): Record<string, unknown> {
  const { calls, results, milliseconds, warnings } = result;
  const runtimeSeconds = stats.runMilliseconds / 1000;
  log(`${id} ${seconds.toFixed(2)} s, ${runtimeSeconds.toFixed(2)} s in ONNX Runtime`);
  log(`     ${JSON.stringify({ calls, results: results.length, milliseconds })}`);
  for (const { text } of warnings) log(`     warning: ${text}`);
  return {
    [`${id}Seconds`]: seconds,
    [`${id}RuntimeSeconds`]: runtimeSeconds,
    [`${id}Milliseconds`]: milliseconds,
    ...{ ...calls, results: results.length, peakMb: stats.peakRssMegabytes },
  };
}
