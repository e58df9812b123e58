import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { loadConfig } from "../src/config.ts";
import { openPack } from "../src/packs/open.ts";
import { encodeRgbPng } from "../src/pipeline/image.ts";
import type { Rgb } from "../src/pipeline/picture.ts";
import { createWorkerClient } from "../src/pipeline/worker-client.ts";
import { parseEditRequest } from "../src/request.ts";
import type { EditResult } from "../src/types.ts";
import { fullPackName, writeFullPack } from "./full-pack.ts";
import { cores, runLrbot } from "./lrbot-process.ts";
import type { BenchOptions } from "./main.ts";
import { optionOf, wordsBeside } from "./words.ts";

const defaults = ["--anchors", "2", "--proposals", "3", "--budget", "4", "--steps", "8"];

/**
 * `lrbot edit` of a picture of 1024×768 with a pack of Stable Diffusion 1.5's size and random weights: the most memory
 * of worker and main process (`peakMb`, `mainMb`), `seconds` from a cold start, and work in full paintings (`calls`).
 * Arguments: those of `lrbot edit` in place of `--anchors 2 --proposals 3 --budget 4 --steps 8`, such as
 * `--box 0,100,1000,400 --steps 4`. Needs 9 GB of memory and 4 GB of disk.
 *
 * `--device=cuda:N` edits on a card, with all cores and by `lrbot edit`'s own defaults (8 anchors, 7 proposals, the
 * pack's steps), and then twice more in one worker: `warmSeconds` are the second's, as a bot has them from its second job on.
 */
export async function run({ log, args }: BenchOptions): Promise<Record<string, unknown>> {
  const device = optionOf(args, "device") ?? "cpu";
  const isCard = device !== "cpu";
  const folder = mkdtempSync(join(tmpdir(), "lrbot-full-"));
  try {
    log("writing 3 GB of random weights");
    writeFullPack(join(folder, "packs"));
    const image = join(folder, "photo.png");
    writeFileSync(image, await encodeRgbPng(photo(1024, 768)));
    const out = join(folder, "out");
    const asked = wordsBeside(args, ["device"]);
    const words = asked.length > 0 || isCard ? asked : defaults;
    const environment = { LRBOT_DATA: folder, LRBOT_DEVICES: device };
    log(["lrbot edit", ...words, `on ${isCard ? device : `${cores} cores`}`].join(" "));
    const { seconds, mainMegabytes, workerMegabytes } = await runLrbot(
      [
        ...["edit", "--pack", fullPackName, "--image", image, "--prompt", prompt],
        ...["--out", out, "--quiet", ...words],
      ],
      environment,
      { onAllCores: isCard },
    );
    const result: EditResult = JSON.parse(readFileSync(join(out, "edit.json"), "utf8"));
    const { calls, results, warnings } = result;
    for (const { text } of warnings) log(`warning: ${text}`);
    const cold = {
      ...{ peakMb: workerMegabytes, mainMb: mainMegabytes, seconds, cores },
      ...{ calls: calls.equivalent, drafts: calls.drafts, full: calls.full, results: results.length },
    };
    tell(cold, log);
    if (!isCard) return cold;
    const another = join(folder, "another.png");
    writeFileSync(another, await encodeRgbPng(photo(1024, 768, 0.7)));
    const warm = await timesInOneWorker([image, another], result.settings, { device, folder, environment });
    tell(warm, log);
    return { ...cold, cores: availableParallelism(), device, coldMilliseconds: result.milliseconds, ...warm };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const prompt = "a red fox in the snow";

interface Warming {
  readonly device: string;
  /** Holds `packs`. */
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** Edits of two pictures in a new worker, in seconds, and what of them was spent inside ONNX Runtime. */
async function timesInOneWorker(
  [first, second]: readonly [string, string],
  { negative, ...settings }: EditResult["settings"],
  { device, folder, environment }: Warming,
) {
  const { workerEnvironment } = loadConfig({ environment: { ...process.env, ...environment } });
  const pack = await openPack(fullPackName, { roots: [join(folder, "packs")] });
  await using worker = createWorkerClient({
    ...{ device, environment: workerEnvironment },
    log: (level, text) => console.error(`${level} ${text}`),
  });
  const edit = async (id: string, image: string) => {
    mkdirSync(join(folder, id));
    const request = parseEditRequest({ image, prompt, negative, pack: fullPackName, settings });
    const job = { id, request, folder: join(folder, id) };
    const start = performance.now();
    const { stats, result } = await worker.run(job, pack, { signal: new AbortController().signal });
    const seconds = (performance.now() - start) / 1000;
    return { seconds, inRuntime: stats.runMilliseconds / 1000, milliseconds: result.milliseconds };
  };
  const cold = await edit("first", first);
  const warm = await edit("second", second);
  return {
    ...{ coldWorkerSeconds: cold.seconds, coldWorkerRuntimeSeconds: cold.inRuntime },
    ...{ warmSeconds: warm.seconds, warmRuntimeSeconds: warm.inRuntime, warmMilliseconds: warm.milliseconds },
  };
}

function tell(figures: Readonly<Record<string, unknown>>, log: (line: string) => void): void {
  for (const [name, value] of Object.entries(figures)) {
    const digits = name === "calls" || /Seconds$/.test(name) ? 2 : 0;
    const text = typeof value === "number" ? value.toFixed(digits) : JSON.stringify(value ?? "-");
    log(`${name.padEnd(8)} ${text}`);
  }
}

/** A field under a sky, with a disc in it: nothing that a network knows, but no plain area either. */
function photo(width: number, height: number, centre = 0.4): Rgb {
  const rgb = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const isDisc = Math.hypot(x - centre * width, y - 0.6 * height) < 0.2 * height;
      const grain = 24 * Math.sin(x * 0.7) * Math.cos(y * 0.9);
      const colour = isDisc ? [200, 90, 40] : y < 0.45 * height ? [110, 160, 220] : [70, 140, 60];
      for (const [channel, value] of colour.entries()) rgb[(y * width + x) * 3 + channel] = value + grain;
    }
  }
  return { width, height, rgb };
}
