import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { openRuntime } from "../src/pipeline/runtime.ts";
import type { Tensor } from "../src/pipeline/tensor.ts";
import type { BenchOptions } from "./main.ts";
import { type Contender, contenders, type NetworkName, networkNames } from "./nets-contenders.ts";
import { hotOperators } from "./nets-profile.ts";
import { startTorch, type Torch, whyNoTorch } from "./nets-torch.ts";
import { writeNetwork, writeTensors } from "./nets-weights.ts";

/**
 * Networks of full size with random weights against PyTorch on the same weights with the same number of threads:
 * PyTorch's seconds over ours (`clipRatio` and so on, the median of rounds in which both run), the median seconds of
 * both, and the most memory that this process took with ours. Arguments: the networks (`clip`, `dino`, `unet`, `vae`;
 * all by default), and `--profile`, which prints what ONNX Runtime spends its time on.
 *
 * @throws Error where the two do not compute the same numbers.
 */
export async function run({ log, args }: BenchOptions): Promise<Record<string, unknown>> {
  const asked = args.filter((word) => word !== "--profile");
  const unknown = asked.find((word) => !networkNames.some((name) => name === word));
  if (unknown !== undefined) throw new Error(`Expected ${networkNames.join(", ")}, got ${unknown}.`);
  const isProfiled = args.includes("--profile");
  const reason = await whyNoTorch();
  if (reason !== null) log(`PyTorch is skipped: ${reason}`);
  const figures: Record<string, unknown> = { threads, torch: `skipped: ${reason}` };
  log("network  our s  PyTorch s  ratio  least  most  rounds  peak MB  difference  PyTorch's form");
  for (const name of networkNames.filter((each) => asked.length === 0 || asked.includes(each))) {
    Object.assign(figures, await measure(name, reason === null, isProfiled, log));
  }
  return figures;
}

/** Both sides get all that the machine has. */
const threads = availableParallelism();

/** Differences above this share of the largest number mean that the two compute different things. */
const tolerance = 1e-3;

async function measure(
  name: NetworkName,
  hasTorch: boolean,
  isProfiled: boolean,
  log: (line: string) => void,
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
    const timed = await time(contender, folder, torch);
    log(row(name, timed, torch?.format));
    if (isProfiled) for (const line of await profile(contender, folder)) log(line);
    return {
      ...(torch === null ? {} : { torch: torch.version }),
      [`${name}Ratio`]: timed.ratios.length > 0 ? median(timed.ratios) : null,
      [`${name}Seconds`]: median(timed.ours),
      [`${name}TorchSeconds`]: timed.theirs.length > 0 ? median(timed.theirs) : null,
      [`${name}PeakMb`]: timed.peakMegabytes,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Timed {
  readonly ours: number[];
  readonly theirs: number[];
  /** Theirs over ours, a round each. */
  readonly ratios: number[];
  /** The largest difference between the two, as a share of the largest number. */
  readonly difference: number;
  readonly peakMegabytes: number | null;
}

async function time(contender: Contender, folder: string, torch: Torch | null): Promise<Timed> {
  forgetPeak();
  await using runtime = await openRuntime({ threads });
  const runOurs = await contender.open(folder, runtime);
  const difference = torch === null ? 0 : differenceOf(await runOurs(), torch);
  if (!(difference <= tolerance)) {
    throw new Error(`Expected the same numbers as PyTorch's, got ones that differ by ${difference}.`);
  }
  await runOurs();
  const timed: Timed = { ours: [], theirs: [], ratios: [], difference, peakMegabytes: peakMegabytes() };
  const ourTurn = async () => {
    const seconds: number[] = [];
    for (let index = 0; index < contender.runs; index += 1) {
      const start = performance.now();
      await runOurs();
      seconds.push((performance.now() - start) / 1000);
    }
    timed.ours.push(median(seconds));
  };
  const theirTurn = async () => {
    if (torch !== null) timed.theirs.push(median(await torch.run(contender.runs)));
  };
  for (let round = 0; round < contender.rounds; round += 1) {
    // Whoever goes first may meet a cooler or a busier machine: they take turns.
    for (const turn of round % 2 === 0 ? [ourTurn, theirTurn] : [theirTurn, ourTurn]) {
      await sleep(spinMilliseconds);
      await turn();
    }
    const theirs = timed.theirs.at(-1);
    if (theirs !== undefined) timed.ratios.push(theirs / (timed.ours.at(-1) ?? Number.NaN));
  }
  return timed;
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

async function profile(contender: Contender, folder: string): Promise<string[]> {
  {
    await using runtime = await openRuntime({ threads, profilePrefix: join(folder, "profile") });
    const runOurs = await contender.open(folder, runtime);
    for (let index = 0; index <= contender.runs; index += 1) await runOurs();
  }
  return hotOperators(folder);
}

function row(name: NetworkName, timed: Timed, format: string | undefined): string {
  const { ours, theirs, ratios, difference, peakMegabytes: peak } = timed;
  const number = (value: number, digits: number, width: number): string =>
    (Number.isFinite(value) ? value.toFixed(digits) : "-").padStart(width);
  const [low, high] = [Math.min(...ratios), Math.max(...ratios)];
  return [
    name.padEnd(7) +
      number(median(ours), 3, 7) +
      number(median(theirs), 3, 11) +
      number(median(ratios), 3, 7),
    number(low, 2, 5) + number(high, 2, 6) + number(ratios.length, 0, 8) + number(peak ?? Number.NaN, 0, 9),
    `${ratios.length > 0 ? difference.toExponential(1).padStart(10) : "         -"}  ${format ?? "-"}`,
  ].join("  ");
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low = Number.NaN, high = low] = sorted.slice(Math.ceil(middle) - 1, Math.floor(middle) + 1);
  return (low + high) / 2;
}

/** Begins the measure of this process's peak anew (Linux; elsewhere there is none). */
function forgetPeak(): void {
  try {
    writeFileSync("/proc/self/clear_refs", "5");
  } catch {
    // Then the peak is that of the whole process, or unknown.
  }
}

function peakMegabytes(): number | null {
  try {
    const kilobytes = readFileSync("/proc/self/status", "utf8").match(/VmHWM:\s+(\d+) kB/)?.[1];
    return kilobytes === undefined ? null : Number(kilobytes) / 1024;
  } catch {
    return null;
  }
}
