// The product's side of proof.py: node proof.mjs PACK FOLDER. Paints FOLDER/frame.rgb, 128 px, as FOLDER/request.json
// says, and leaves the noise it began with and the picture it painted. Needs a built project (npm run build).

import { readFile, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";

const [packFolder, folder] = process.argv.slice(2).map((path) => resolve(path));
const built = resolve(import.meta.dirname, "../../../dist");
const { openPack } = await import(join(built, "packs/open.js"));
const { loadModels } = await import(join(built, "pipeline/models.js"));
const { createRandom } = await import(join(built, "pipeline/random.js"));

const { prompt, box, seed, steps, guidance, side } = JSON.parse(await readFile(join(folder, "request.json"), "utf8"));
const pack = await openPack(basename(packFolder), { roots: [dirname(packFolder)] });
const models = await loadModels(pack, { device: "cpu", threads: 1 });
const painting = await models.inpainter.begin({ prompt, negative: "", guidance, strength: 1, seed });
const rgb = new Uint8Array(await readFile(join(folder, "frame.rgb")));
const [painted] = await painting.paint([{ width: side, height: side, rgb, box, key: "frame" }], { steps });
await writeFile(join(folder, "painted.rgb"), painted);

// The stream that the product takes its first noise from.
const { block_out_channels } = JSON.parse(await readFile(join(packFolder, "vae", "config.json"), "utf8"));
const cells = side / 2 ** (block_out_channels.length - 1);
const noise = createRandom(seed, `start ${cells}x${cells}`).gaussians(4 * cells * cells);
await writeFile(join(folder, "noise.f32"), new Uint8Array(noise.buffer));
await painting[Symbol.asyncDispose]();
await models[Symbol.asyncDispose]();
