import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packageFolder } from "../src/package-folder.ts";
import { sharp } from "../src/pipeline/image/sharp.ts";
import { methodNames } from "../src/types.ts";
import { runLrbot } from "./lrbot-process.ts";
import type { BenchOptions } from "./main.ts";

const folder = join(packageFolder, "docs", "pictures", "methods");
const side = 160;

/** Options of `lrbot edit`, by name: methods that the embedded pack serves, and its token models in learned regions. */
const served: Readonly<Record<string, readonly string[]>> = {
  // All but the one that wants a UNet trained on instructions.
  ...Object.fromEntries(
    methodNames.filter((name) => name !== "instruct-pix2pix").map((name) => [name, ["--method", name]]),
  ),
  amused: ["--inpainter", "amused"],
  maskgit: ["--inpainter", "maskgit"],
};

interface Example {
  readonly picture: string;
  readonly prompt: string;
}

/**
 * The pictures of docs/methods.md: what each method and token model makes of the three examples, side by side, in `docs/pictures/methods/`;
 * seconds of each whole command line. `npm run bench -- methods [NAME...]`, all that the embedded pack serves where none is named.
 */
export async function run({ log, args }: BenchOptions): Promise<Record<string, unknown>> {
  mkdirSync(folder, { recursive: true });
  const examples: readonly Example[] = JSON.parse(
    readFileSync(join(packageFolder, "examples", "demo.json"), "utf8"),
  );
  const files = examples.map(({ picture }) => join(packageFolder, "examples", picture));
  await writeStrip("source", files);
  const seconds: Record<string, number[]> = {};
  for (const name of args.length > 0 ? args : Object.keys(served)) {
    const options = served[name];
    if (!options) throw new RangeError(`Expected one of ${Object.keys(served).join(", ")}, got ${name}.`);
    const scratch = mkdtempSync(join(tmpdir(), "lrbot-methods-"));
    try {
      const results: string[] = [];
      for (const [index, { prompt }] of examples.entries()) {
        const out = join(scratch, String(index));
        const words = ["edit", "--image", files[index] ?? "", "--prompt", prompt, ...options];
        const ran = await runLrbot([...words, "--out", out, "--quiet"]);
        seconds[name] = [...(seconds[name] ?? []), Number(ran.seconds.toFixed(1))];
        results.push(join(out, "result-1.png"));
      }
      await writeStrip(name, results);
      log(`${name}: ${seconds[name]?.join(", ")} s`);
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
