import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { openRuntime } from "../src/pipeline/nets/runtime.ts";
import type { Ids, Tensor } from "../src/pipeline/nets/tensor.ts";
import { loadUnet, type UnetInputs } from "../src/pipeline/nets/unet/unet.ts";
import { createRandom } from "../src/pipeline/random.ts";
import type { BenchOptions } from "./main.ts";
import { median } from "./median.ts";

/**
 * One stream that reads keys and values of another: both in one batch, sliced inside the graph, against the one's given out by a run
 * and taken in by the next. `npm run bench -- taps [FOLDER OF A UNET] [SIDE OF ITS LATENTS]`; each way by turns, as ratios.
 */
export async function run({ log, args }: BenchOptions): Promise<Record<string, unknown>> {
  const [folder = join(import.meta.dirname, "../models/mini/unet"), typed = "32"] = args;
  const side = Number(typed);
  await using runtime = await openRuntime({ threads: 1 });
  const unet = await loadUnet({ folder, runtime });
  const { attentions } = unet.places;
  const tapped = attentions.slice(Math.floor(attentions.length * 0.625));
  const names = tapped.flatMap(({ self }) => [`${self}.key`, `${self}.value`]);
  const inside = unet.tapped({ rows: { keysFrom: names } });
  const [out, taken] = [unet.tapped({ out: names }), unet.tapped({ in: names })];
  const config: { cross_attention_dim: number } = JSON.parse(
    await readFile(join(folder, "config.json"), "utf8"),
  );
  const width = config.cross_attention_dim;
  const inputs = (rows: number): UnetInputs => ({
    sample: noise([rows, unet.inChannels, side, side]),
    timestep: 500,
    encoderHiddenStates: noise([rows, 77, width]),
  });
  const [four, two] = [inputs(4), inputs(2)];
  const keysFrom: Ids = { data: BigInt64Array.of(0n, 0n, 2n, 2n), shape: [4] };

  const ways = {
    plain: () => unet.run(four),
    inside: () => inside.run(four, { keysFrom }),
    async outside() {
      const { taps } = await out.run(two, {});
      return await taken.run(two, taps);
    },
  };
  const times: Record<string, number[]> = { plain: [], inside: [], outside: [] };
  for (let round = 0; round < 12; round++) {
    for (const [way, runs] of Object.entries(ways)) {
      const start = process.cpuUsage();
      await runs();
      const { user, system } = process.cpuUsage(start);
      // The first round opens sessions.
      if (round > 1) times[way]?.push((user + system) / 1000);
    }
  }
  const [plain, within, without] = ["plain", "inside", "outside"].map((way) => median(times[way] ?? []));
  const ratio = (value: number | undefined) =>
    Number(((value ?? Number.NaN) / (plain ?? Number.NaN)).toFixed(3));
  log(`processor time of four rows, their own keys: ${plain?.toFixed(1)} ms`);
  log(`two of them read the others', inside the graph: ${ratio(within)} of that`);
  log(`two rows, and two more that are given what those gave out: ${ratio(without)} of that`);
  return { inside: ratio(within), outside: ratio(without) };
}

function noise(shape: readonly number[]): Tensor {
  const size = shape.reduce((product, length) => product * length, 1);
  return { data: createRandom(1, `taps ${shape}`).gaussians(size), shape };
}
