import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeRgbPng } from "../src/pipeline/image/image.ts";
import type { Rgb } from "../src/pipeline/image/picture.ts";
import type { EditResult } from "../src/types.ts";
import { fullPackName, fullPackNames, writeFullPack } from "./full-pack.ts";
import { cores, runLrbot } from "./lrbot-process.ts";
import type { BenchOptions } from "./main.ts";
import { optionOf, wordsBeside } from "./words.ts";

const defaults = ["--anchors", "2", "--proposals", "3", "--budget", "4", "--steps", "8"];

/**
 * `lrbot edit` of a picture of 1024×768 with a pack of Stable Diffusion 1.5's size and random weights, or of
 * Stable Diffusion XL's (`--pack=sdxl-inpaint`), of another size (`--picture=WIDTHxHEIGHT`): the most memory
 * of worker and main process (`peakMb`, `mainMb`), `seconds` from a cold start, and work in full paintings (`calls`).
 * Arguments: those of `lrbot edit` in place of `--anchors 2 --proposals 3 --budget 4 --steps 8`, such as
 * `--box 0,100,1000,400 --steps 4`. Needs 9 GB of memory and 4 GB of disk, for
 * Stable Diffusion XL 12 GB of each.
 */
export async function run({ log, args }: BenchOptions): Promise<Record<string, unknown>> {
  const folder = mkdtempSync(join(tmpdir(), "lrbot-full-"));
  try {
    const asked = optionOf(args, "pack") ?? fullPackName;
    const pack = fullPackNames.find((name) => name === asked);
    if (pack === undefined) throw new Error(`Expected --pack of ${fullPackNames.join(", ")}, got ${asked}.`);
    const [width = 1024, height = 768] = (optionOf(args, "picture") ?? "")
      .split("x")
      .map(Number)
      .filter(Boolean);
    log("writing gigabytes of random weights");
    writeFullPack(join(folder, "packs"), pack);
    const image = join(folder, "photo.png");
    writeFileSync(image, await encodeRgbPng(photo(width, height)));
    const out = join(folder, "out");
    const given = wordsBeside(args, ["pack", "picture"]);
    const words = given.length > 0 ? given : defaults;
    log(`lrbot edit ${words.join(" ")} on ${cores} cores`);
    const { seconds, mainMegabytes, workerMegabytes } = await runLrbot(
      [
        ...["edit", "--pack", pack, "--image", image, "--prompt", "a red fox in the snow"],
        ...["--out", out, "--quiet", ...words],
      ],
      // A first painting of Stable Diffusion XL may take longer than any pack takes to load, where the machine has other work.
      { LRBOT_DATA: folder, LRBOT_DEVICES: "cpu", LRBOT_LOAD_TIMEOUT: "3600" },
    );
    const { calls, results }: EditResult = JSON.parse(readFileSync(join(out, "edit.json"), "utf8"));
    const figures = {
      ...{ peakMb: workerMegabytes, mainMb: mainMegabytes, seconds, cores },
      ...{ calls: calls.equivalent, drafts: calls.drafts, full: calls.full, results: results.length },
    };
    for (const [name, value] of Object.entries(figures)) {
      log(`${name.padEnd(8)} ${value?.toFixed(name === "calls" ? 2 : 0) ?? "-"}`);
    }
    return figures;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * A field under a sky, with a disc in it at `centre` of the width: nothing that a network knows, but no plain area either.
 */
export function photo(width: number, height: number, centre = 0.4): Rgb {
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
