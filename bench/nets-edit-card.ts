import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openRuntime } from "../src/pipeline/nets/runtime.ts";
import { writeFullPack } from "./full-pack.ts";
import { median } from "./median.ts";
import { openInpainterNetworks } from "./nets-edit.ts";
import { type Diffusers, startDiffusers, type TorchForm } from "./nets-torch.ts";

export interface CardEditOptions {
  readonly threads: number;
  /** `cuda:N` */
  readonly device: string;
  /** As in `EditMeasuring`. */
  readonly whyNoDiffusers: string | null;
  /** As `TorchOptions.answerSeconds`. */
  readonly answerSeconds: number;
  log(line: string): void;
}

/** diffusers with the pack open. Disposing of it ends its processes and deletes the pack. */
export interface CardEdit extends AsyncDisposable {
  /** Seconds of a painting and paintings a second, and diffusers' seconds over ours. */
  measure(): Promise<Record<string, unknown>>;
}

/** As many steps as the pack paints a result in. */
const steps = 25;
const rounds = 3;
/** Pictures in one batch, as the pack has it. */
const batch = 4;

/**
 * The painting of `measureEdit` on a card, in 16-bit floats and 25 guided steps: the product against diffusers'
 * pipeline as it is and with torch.compile of its UNet, the faster of which counts. All stay open, and take turns.
 * `editPerSecond` is of one picture after the other, `editBatchPerSecond` of four in a batch, ours alone.
 */
export async function prepareCardEdit(options: CardEditOptions): Promise<CardEdit> {
  const folder = mkdtempSync(join(tmpdir(), "lrbot-edit-"));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    const rivals = await startRivals(writeFullPack(folder), options);
    return {
      measure: () => measure(folder, rivals, options),
      async [Symbol.asyncDispose]() {
        for (const { diffusers } of rivals) await diffusers[Symbol.asyncDispose]();
        remove();
      },
    };
  } catch (error) {
    remove();
    throw error;
  }
}

interface Rival {
  readonly form: TorchForm;
  readonly diffusers: Diffusers;
}

/** Both forms of diffusers, but for those that fail or take too long, which is told. */
async function startRivals(pack: string, options: CardEditOptions): Promise<Rival[]> {
  const { threads, device, whyNoDiffusers, answerSeconds, log } = options;
  if (whyNoDiffusers !== null) log(`diffusers is skipped: ${whyNoDiffusers}`);
  const start = async (form: TorchForm) => {
    const words = { pack, threads, steps, format: "channels_last", device, form, answerSeconds };
    const diffusers = await startDiffusers(words).catch((error: unknown) => {
      log(`edit: diffusers, ${form}, is left out: ${error}`);
      return null;
    });
    return diffusers === null ? [] : [{ form, diffusers }];
  };
  const forms: readonly TorchForm[] = whyNoDiffusers === null ? ["eager", "compiled"] : [];
  return (await Promise.all(forms.map(start))).flat();
}

async function measure(
  packs: string,
  rivals: readonly Rival[],
  { threads, device, log }: CardEditOptions,
): Promise<Record<string, unknown>> {
  const opening = performance.now();
  await using runtime = await openRuntime({ threads, device });
  await using patches = await openInpainterNetworks(packs, runtime);
  await patches.paint(2);
  log(`edit  ours was open and warm after ${((performance.now() - opening) / 1000).toFixed(1)} s`);
  const ours: number[] = [];
  const theirs: number[][] = rivals.map(() => []);
  for (let round = 0; round < rounds; round += 1) {
    const turns = [
      async () => ours.push((await patches.paint(steps)).wall),
      ...rivals.map(({ diffusers }, which) => async () => {
        theirs[which]?.push((await diffusers.paint()).wall);
      }),
    ];
    for (const turn of round % 2 === 0 ? turns : turns.toReversed()) await turn();
  }
  const tell = (side: string, seconds: readonly number[]) =>
    log(`edit  ${side.padEnd(22)} ${seconds.map((value) => value.toFixed(3)).join(" ")} s`);
  tell("ours", ours);
  for (const [which, { form }] of rivals.entries()) tell(`diffusers, ${form}`, theirs[which] ?? []);
  await patches.paint(1, batch);
  const batchSeconds = (await patches.paint(steps, batch)).wall;
  log(`edit  ours, ${batch} at once        ${batchSeconds.toFixed(3)} s`);
  const medians = theirs.map(median);
  const fastest = medians.indexOf(Math.min(...medians));
  const best = theirs[fastest] ?? [];
  return {
    ...{ editSteps: steps, editSeconds: median(ours), editPerSecond: 1 / median(ours) },
    ...{ editBatch: batch, editBatchPerSecond: batch / batchSeconds },
    ...(fastest < 0 ? {} : { editTorch: rivals[fastest]?.diffusers.version, editTorchSeconds: median(best) }),
    editTorchForms: Object.fromEntries(rivals.map(({ form }, which) => [form, medians[which]])),
    editRatio:
      fastest < 0 ? null : median(best.map((seconds, round) => seconds / (ours[round] ?? Number.NaN))),
    editBestRatio: fastest < 0 ? null : Math.min(...best) / Math.min(...ours),
  };
}
