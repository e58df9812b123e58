import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { packageFolder } from "../src/config.ts";
import { openRuntime } from "../src/pipeline/runtime.ts";
import type { Tensor } from "../src/pipeline/tensor.ts";
import type { BenchOptions } from "./main.ts";
import { median } from "./median.ts";
import { type Contender, contenders, type NetworkName, networkNames } from "./nets-contenders.ts";
import { measureEdit } from "./nets-edit.ts";
import { hotOperators } from "./nets-profile.ts";
import { startTorch, type Torch, whyNoTorch } from "./nets-torch.ts";
import { writeNetwork, writeTensors } from "./nets-weights.ts";
import { peakMegabytes } from "./peaks.ts";

/**
 * Networks of full size with random weights against PyTorch on the same weights with the same number of threads:
 * PyTorch's seconds over ours (`clipRatio` and so on, the median of rounds in which both run), the same of each side's
 * fastest run (`clipBestRatio`, which other work on the machine touches least), the median seconds of both, and the
 * most memory that this process took with ours; and a whole painting against diffusers, see `measureEdit`. Arguments:
 * what is measured (`clip`, `dino`, `unet`, `vae`, `edit`; all by default); `--profile`, which prints what ONNX Runtime spends its time on; `--threads=N` for both sides, all that the
 * machine has by default. On a busy machine one thread compares more fairly than two, which wait for each other.
 *
 * @throws Error where the two do not compute the same numbers.
 */
export async function run({ log, args }: BenchOptions): Promise<Record<string, unknown>> {
  const threads = Number(
    args.find((word) => word.startsWith("--threads="))?.slice(10) ?? availableParallelism(),
  );
  const asked = args.filter((word) => word !== "--profile" && !word.startsWith("--threads="));
  const known = [...networkNames, "edit"];
  const unknown = asked.find((word) => !known.includes(word));
  if (!(threads >= 1)) throw new Error("Expected --threads=N of 1 or more.");
  if (unknown !== undefined) throw new Error(`Expected ${known.join(", ")}, got ${unknown}.`);
  const isProfiled = args.includes("--profile");
  const reason = await whyNoTorch();
  if (reason !== null) log(`PyTorch is skipped: ${reason}`);
  const figures: Record<string, unknown> = { threads, onnxruntime, torch: `skipped: ${reason}` };
  log("network  our s  PyTorch s  ratio   best  rounds  peak MB  difference  PyTorch's form");
  for (const name of networkNames.filter((each) => asked.length === 0 || asked.includes(each))) {
    Object.assign(figures, await measure(name, { threads, isProfiled, hasTorch: reason === null, log }));
  }
  if (asked.length === 0 || asked.includes("edit")) {
    const whyNoDiffusers = await whyNoTorch(["torch", "diffusers", "transformers"]);
    Object.assign(figures, await measureEdit({ threads, whyNoDiffusers, log }));
  }
  return figures;
}

const { version: onnxruntime } = z
  .object({ version: z.string() })
  .parse(
    JSON.parse(readFileSync(join(packageFolder, "node_modules", "onnxruntime-node", "package.json"), "utf8")),
  );

/** Differences above this share of the largest number mean that the two compute different things. */
const tolerance = 1e-3;

interface Measuring {
  readonly threads: number;
  readonly isProfiled: boolean;
  readonly hasTorch: boolean;
  log(line: string): void;
}

async function measure(
  name: NetworkName,
  { threads, isProfiled, hasTorch, log }: Measuring,
): Promise<Record<string, unknown>> {
  const contender = contenders[name]();
  const folder = mkdtempSync(join(tmpdir(), "lrbot-nets-"));
  try {
    writeNetwork(contender.layout, folder);
    const inputs = join(folder, "inputs.safetensors");
    writeTensors(inputs, contender.inputs);
    const weights = join(folder, contender.layout.file);
    await using torch = hasTorch
      ? await startTorch({ network: name, weights, inputs, folder, threads })
      : null;
    const timed = await time(contender, folder, torch, threads);
    const summary = summarise(timed.rounds);
    log(row(name, summary, timed, torch?.format));
    if (isProfiled) for (const line of await profile(contender, folder, threads)) log(line);
    return {
      ...(torch === null ? {} : { torch: torch.version }),
      [`${name}Ratio`]: summary.ratio,
      [`${name}BestRatio`]: summary.bestRatio,
      [`${name}Seconds`]: summary.ours,
      [`${name}TorchSeconds`]: summary.theirs,
      [`${name}PeakMb`]: timed.peakMegabytes,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Timed {
  readonly rounds: readonly Round[];
  /** The largest difference between the two, as a share of the largest number. */
  readonly difference: number | null;
  readonly peakMegabytes: number | null;
}

/** Seconds of each run of a round. */
interface Round {
  readonly ours: readonly number[];
  readonly theirs: readonly number[];
}

async function time(
  contender: Contender,
  folder: string,
  torch: Torch | null,
  threads: number,
): Promise<Timed> {
  forgetPeak();
  await using runtime = await openRuntime({ threads });
  const runOurs = await contender.open(folder, runtime);
  const difference = torch === null ? null : differenceOf(await runOurs(), torch);
  if (difference !== null && !(difference <= tolerance)) {
    throw new Error(`Expected the same numbers as PyTorch's, got ones that differ by ${difference}.`);
  }
  await runOurs();
  const rounds: Round[] = [];
  for (let index = 0; index < contender.rounds; index += 1) {
    const round = { ours: [] as number[], theirs: [] as number[] };
    const turns = [
      async () => round.ours.push(...(await timesOf(runOurs, contender.runs))),
      async () => round.theirs.push(...((await torch?.run(contender.runs)) ?? [])),
    ];
    // Whoever goes first may meet a cooler or a busier machine: they take turns.
    for (const turn of index % 2 === 0 ? turns : turns.toReversed()) {
      await sleep(spinMilliseconds);
      await turn();
    }
    rounds.push(round);
  }
  return { rounds, difference, peakMegabytes: peakMegabytes("self") };
}

async function timesOf(run: () => Promise<unknown>, count: number): Promise<number[]> {
  const seconds: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const start = performance.now();
    await run();
    seconds.push((performance.now() - start) / 1000);
  }
  return seconds;
}

/** Threads of both sides go on spinning for a while after a run, and would take the other's cores. */
const spinMilliseconds = 300;

function differenceOf(outputs: Readonly<Record<string, Tensor>>, torch: Torch): number {
  const shares = Object.entries(outputs).map(([name, { data }]) => {
    const expected = torch.output(name);
    if (expected.length !== data.length) return Number.NaN;
    let [largest, furthest] = [0, 0];
    for (const [index, value] of expected.entries()) {
      largest = Math.max(largest, Math.abs(value));
      furthest = Math.max(furthest, Math.abs(value - (data[index] ?? Number.NaN)));
    }
    return furthest / largest;
  });
  return Math.max(...shares);
}

async function profile(contender: Contender, folder: string, threads: number): Promise<string[]> {
  {
    await using runtime = await openRuntime({ threads, profilePrefix: join(folder, "profile") });
    const runOurs = await contender.open(folder, runtime);
    for (let index = 0; index <= contender.runs; index += 1) await runOurs();
  }
  return hotOperators(folder);
}

interface Summary {
  readonly ours: number;
  readonly theirs: number | null;
  readonly ratio: number | null;
  readonly bestRatio: number | null;
}

function summarise(rounds: readonly Round[]): Summary {
  const ours = rounds.flatMap((round) => round.ours);
  const theirs = rounds.flatMap((round) => round.theirs);
  if (theirs.length === 0) return { ours: median(ours), theirs: null, ratio: null, bestRatio: null };
  return {
    ours: median(ours),
    theirs: median(theirs),
    ratio: median(rounds.map((round) => median(round.theirs) / median(round.ours))),
    bestRatio: Math.min(...theirs) / Math.min(...ours),
  };
}

function row(name: NetworkName, summary: Summary, timed: Timed, format = "-"): string {
  const cell = (value: number | null, digits: number, width: number): string =>
    (value?.toFixed(digits) ?? "-").padStart(width);
  return [
    name.padEnd(7) + cell(summary.ours, 3, 7) + cell(summary.theirs, 3, 11) + cell(summary.ratio, 3, 7),
    cell(summary.bestRatio, 3, 5) + cell(timed.rounds.length, 0, 8) + cell(timed.peakMegabytes, 0, 9),
    `${(timed.difference?.toExponential(1) ?? "-").padStart(10)}  ${format}`,
  ].join("  ");
}

/** Begins the measure of this process's peak anew (Linux; elsewhere there is none). */
function forgetPeak(): void {
  try {
    writeFileSync("/proc/self/clear_refs", "5");
  } catch {
    // Then the peak is that of the whole process, or unknown.
  }
}
