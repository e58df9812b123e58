import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packageFolder } from "../src/config.ts";
import { sharp } from "../src/pipeline/image/sharp.ts";
import { methodNames } from "../src/types.ts";
import { runLrbot } from "./lrbot-process.ts";
import type { BenchOptions } from "./main.ts";

const folder = join(packageFolder, "docs", "pictures", "methods");
const side = 160;

/** Methods that the embedded pack serves: all but the one that wants a UNet trained on instructions. */
const served = methodNames.filter((method) => method !== "instruct-pix2pix");

interface Example {
  readonly picture: string;
  readonly prompt: string;
}

/**
 * The pictures of docs/methods.md: what each method makes of the three examples, side by side, in `docs/pictures/methods/`; seconds of each
 * whole command line. `npm run bench -- methods [METHOD...]`, all that the embedded pack serves where none is named.
 */
export async function run({ log, args }: BenchOptions): Promise<Record<string, unknown>> {
  mkdirSync(folder, { recursive: true });
  const examples: readonly Example[] = JSON.parse(
    readFileSync(join(packageFolder, "examples", "demo.json"), "utf8"),
  );
  const files = examples.map(({ picture }) => join(packageFolder, "examples", picture));
  await writeStrip("source", files);
  const seconds: Record<string, number[]> = {};
  for (const method of args.length > 0 ? args : served) {
    const scratch = mkdtempSync(join(tmpdir(), "lrbot-methods-"));
    try {
      const results: string[] = [];
      for (const [index, { prompt }] of examples.entries()) {
        const out = join(scratch, String(index));
        const words = ["edit", "--image", files[index] ?? "", "--prompt", prompt, "--method", method];
        const ran = await runLrbot([...words, "--out", out, "--quiet"]);
        seconds[method] = [...(seconds[method] ?? []), Number(ran.seconds.toFixed(1))];
        results.push(join(out, "result-1.png"));
      }
      await writeStrip(method, results);
      log(`${method}: ${seconds[method]?.join(", ")} s`);
    } finally {
      rmSync(scratch, { recursive: true });
    }
  }
  return { seconds };
}

/** Pictures side by side, each as a square around its middle. */
async function writeStrip(name: string, files: readonly string[]): Promise<void> {
  const tiles = await Promise.all(
    files.map((file) => sharp(file).resize(side, side, { fit: "cover" }).removeAlpha().png().toBuffer()),
  );
  const gap = 6;
  const width = tiles.length * (side + gap) - gap;
  const canvas = sharp({ create: { width, height: side, channels: 3, background: "#ffffff" } });
  const placed = tiles.map((input, index) => ({ input, left: index * (side + gap), top: 0 }));
  await canvas
    .composite(placed)
    .webp({ quality: 82 })
    .toFile(join(folder, `${name}.webp`));
}
