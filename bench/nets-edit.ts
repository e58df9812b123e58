import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openPack } from "../src/packs/open.ts";
import type { Frame } from "../src/pipeline/inpainters/inpainter.ts";
import { loadStableDiffusion } from "../src/pipeline/inpainters/stable-diffusion/stable-diffusion.ts";
import { openRuntime, type Runtime } from "../src/pipeline/nets/runtime.ts";
import { fullPackName, writeFullPack } from "./full-pack.ts";
import { median } from "./median.ts";
import { startDiffusers } from "./nets-torch.ts";

export interface EditMeasuring {
  readonly threads: number;
  /** Why there is no diffusers to compare with; `null` where there is. */
  readonly whyNoDiffusers: string | null;
  log(line: string): void;
}

/** Seconds of one whole painting: on the wall, and of the process on all its threads. */
export interface PaintingSeconds {
  readonly wall: number;
  readonly processor: number;
}

const [steps, rounds] = [4, 2];

/**
 * One painting of 512×512 as an edit makes it, text encoding, autoencoder and 4 guided steps included, by the product
 * and by diffusers' StableDiffusionInpaintPipeline. The two take turns, each opened anew for its turn, so that the
 * weights of one alone are in memory, and warmed up by a painting of one step. `editRatio` and `editBestRatio` are as in `nets.ts`; `editProcessorRatio` is of
 * processor seconds, which other work on the machine touches less (with one thread: none waits for another).
 */
export async function measureEdit({
  threads,
  whyNoDiffusers,
  log,
}: EditMeasuring): Promise<Record<string, unknown>> {
  if (whyNoDiffusers !== null) log(`diffusers is skipped: ${whyNoDiffusers}`);
  const folder = mkdtempSync(join(tmpdir(), "lrbot-edit-"));
  try {
    const pack = writeFullPack(folder);
    const ours: PaintingSeconds[] = [];
    const theirs: PaintingSeconds[] = [];
    let [format, version] = ["auto", `skipped: ${whyNoDiffusers}`];
    const tell = (side: string, { wall, processor }: PaintingSeconds) =>
      log(`edit  ${side.padEnd(24)} ${wall.toFixed(1)} s, ${processor.toFixed(1)} processor seconds`);
    for (let round = 0; round < rounds; round += 1) {
      const turns = [
        async () => {
          const seconds = await paintOurs(folder, threads);
          tell("ours", seconds);
          ours.push(seconds);
        },
        async () => {
          if (whyNoDiffusers !== null) return;
          await using diffusers = await startDiffusers({ pack, threads, steps, format });
          ({ format, version } = diffusers);
          const seconds = await diffusers.paint();
          tell(`diffusers, ${format}`, seconds);
          theirs.push(seconds);
        },
      ];
      for (const turn of round % 2 === 0 ? turns : turns.toReversed()) await turn();
    }
    return { torch: version, ...figuresOf(ours, theirs) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function paintOurs(packs: string, threads: number): Promise<PaintingSeconds> {
  await using runtime = await openRuntime({ threads });
  await using patches = await openInpainterNetworks(packs, runtime);
  // A first run finds out what memory is needed, and an edit makes dozens.
  await patches.paint(1);
  return patches.paint(steps);
}

/** The full pack's inpainter, painting the picture of nets_edit_torch.py. */
export interface Patches extends AsyncDisposable {
  /** So many pictures at once, one by default. */
  paint(steps: number, pictures?: number): Promise<PaintingSeconds>;
}

export async function openInpainterNetworks(packs: string, runtime: Runtime): Promise<Patches> {
  const inpainter = await loadStableDiffusion(await openPack(fullPackName, { roots: [packs] }), runtime);
  return {
    async paint(count, pictures = 1) {
      const [start, used] = [performance.now(), process.cpuUsage()];
      await using painting = await inpainter.begin({
        ...{ prompt: "a red fox in the snow", negative: "", guidance: 7.5, strength: 1, seed: 1 },
      });
      await painting.paint(Array.from({ length: pictures }, frame), { steps: count });
      const { user, system } = process.cpuUsage(used);
      return { wall: (performance.now() - start) / 1000, processor: (user + system) / 1e6 };
    },
    [Symbol.asyncDispose]: () => inpainter[Symbol.asyncDispose](),
  };
}

/** As in nets_edit_torch.py. */
function frame(): Frame {
  const side = 512;
  const rgb = new Uint8Array(side * side * 3);
  for (let row = 0; row < side; row += 1) {
    for (let column = 0; column < side; column += 1) {
      rgb.set([row >> 1, column >> 1, (row + column) >> 2], (row * side + column) * 3);
    }
  }
  return {
    ...{ width: side, height: side, rgb, key: "frame" },
    box: { left: 128, top: 128, width: 256, height: 256 },
  };
}

function figuresOf(ours: readonly PaintingSeconds[], theirs: readonly PaintingSeconds[]) {
  const walls = (side: readonly PaintingSeconds[]) => side.map(({ wall }) => wall);
  const figures = { editSeconds: median(walls(ours)) };
  if (theirs.length === 0) return figures;
  const ratios = (of: keyof PaintingSeconds) =>
    median(ours.map((mine, round) => (theirs[round]?.[of] ?? Number.NaN) / mine[of]));
  return {
    ...figures,
    editTorchSeconds: median(walls(theirs)),
    editRatio: ratios("wall"),
    editBestRatio: Math.min(...walls(theirs)) / Math.min(...walls(ours)),
    editProcessorRatio: ratios("processor"),
  };
}
