import { readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { packageFolder } from "../src/package-folder.ts";
import { openRuntime } from "../src/pipeline/nets/runtime.ts";
import type { Tensor } from "../src/pipeline/nets/tensor.ts";
import type { BenchOptions } from "./main.ts";
import { networkNames } from "./nets-contenders.ts";
import { measureEdit } from "./nets-edit.ts";
import { type CardEdit, prepareCardEdit } from "./nets-edit-card.ts";
import { hotOperators } from "./nets-profile.ts";
import { type Prepared, prepareRow, type Row } from "./nets-rows.ts";
import { cardFigures, line, type Round, summarise, type Timed, titles } from "./nets-summary.ts";
import { type Torch, whyNoTorch } from "./nets-torch.ts";
import { peakMegabytes } from "./peaks.ts";
import { optionOf, wordsBeside } from "./words.ts";

/**
 * Networks of full size with random weights against PyTorch on the same weights with the same number of threads:
 * PyTorch's seconds over ours (`clipRatio` and so on, the median of rounds in which both run), the same of each side's
 * fastest run (`clipBestRatio`, which other work on the machine touches least), the median seconds of both, and the
 * most memory that this process took with ours; and a whole painting against diffusers, see `measureEdit`. Arguments:
 * what is measured (`clip`, `dino`, `unet`, `vae`, `edit`; all by default); `--profile`, which prints what ONNX Runtime
 * spends its time on; `--threads=N` for both sides, all that the machine has by default. On a busy machine one thread
 * compares more fairly than two, which wait for each other.
 *
 * `--device=cuda:N` measures on a card, in 16-bit floats on both sides. PyTorch then runs as it is and after
 * torch.compile, and the faster of the two is what ours is compared with; what has not compiled within `--answer-seconds=N`
 * seconds (300) is left out. UNet and decoder are measured for 8 pictures at once too (`unet8`, `vae8`, with
 * `unet8PerSecond`), and a painting has 25 steps, see `prepareCardEdit`. Our seconds hold the copies of inputs to the
 * card and of outputs from it, PyTorch's those of outputs. A row that fails is told, and the next one measured.
 *
 * @throws Error where the two do not compute the same numbers; on a card at the end.
 */
export async function run({ log, args }: BenchOptions): Promise<Record<string, unknown>> {
  const threads = Number(optionOf(args, "threads") ?? availableParallelism());
  const device = optionOf(args, "device") ?? "cpu";
  const answerSeconds = Number(optionOf(args, "answer-seconds") ?? 300);
  const asked = wordsBeside(args, ["threads", "device", "answer-seconds"]).filter(
    (word) => word !== "--profile",
  );
  const known = [...networkNames, "edit"];
  const unknown = asked.find((word) => !known.includes(word));
  if (!(threads >= 1)) throw new Error("Expected --threads=N of 1 or more.");
  if (!/^(cpu|cuda(:\d+)?)$/.test(device)) throw new Error(`Expected --device=cpu or cuda:N, got ${device}.`);
  if (unknown !== undefined) throw new Error(`Expected ${known.join(", ")}, got ${unknown}.`);
  const isAsked = (name: string) => asked.length === 0 || asked.includes(name);
  const reason = await whyNoTorch();
  if (reason !== null) log(`PyTorch is skipped: ${reason}`);
  const figures: Record<string, unknown> = { threads, onnxruntime, torch: `skipped: ${reason}` };
  const whyNoDiffusers = isAsked("edit") ? await whyNoTorch(["torch", "diffusers", "transformers"]) : null;
  const common = { threads, device, hasTorch: reason === null, isProfiled: args.includes("--profile"), log };
  if (device !== "cpu") {
    const rows = cardRows.filter(({ network }) => isAsked(network));
    const card = { ...common, answerSeconds, whyNoDiffusers, hasEdit: isAsked("edit") };
    return { ...figures, device, ...(await measureOnCard(rows, card)) };
  }
  log(titles);
  for (const network of networkNames.filter(isAsked)) {
    await using prepared = await prepareRow({ name: network, network, batch: 1 }, common);
    Object.assign(figures, await measure(prepared, common));
  }
  if (isAsked("edit")) Object.assign(figures, await measureEdit({ threads, whyNoDiffusers, log }));
  return figures;
}

/** What a painting runs one by one, and what it runs for the four pictures of a batch and both halves of guidance. */
const cardRows: readonly Row[] = [
  ...networkNames.map((network) => ({ name: network, network, batch: 1 })),
  { name: "unet8", network: "unet", batch: 8 },
  { name: "vae8", network: "vae", batch: 8 },
];

interface CardMeasuring extends Measuring {
  readonly answerSeconds: number;
  readonly whyNoDiffusers: string | null;
  readonly hasEdit: boolean;
}

/** Everything of PyTorch is compiled at the same time, and nothing is measured before it is. */
async function measureOnCard(
  rows: readonly Row[],
  { hasEdit, ...options }: CardMeasuring,
): Promise<Record<string, unknown>> {
  const { log } = options;
  const figures: Record<string, unknown> = {};
  const failures: string[] = [];
  const attempt = async (name: string, measureIt: () => Promise<Record<string, unknown>>) => {
    try {
      Object.assign(figures, await measureIt());
    } catch (error) {
      log(`${name} failed: ${error instanceof Error ? error.message : error}`);
      failures.push(name);
    }
  };
  log("writing weights, starting PyTorch, compiling");
  // The painting first: it takes PyTorch longest.
  const edit = hasEdit ? [{ name: "edit", ready: prepareCardEdit(options) }] : [];
  const tasks = [...rows.map((row) => ({ name: row.name, ready: prepareTask(row, options) })), ...edit];
  const settled = await Promise.allSettled(tasks.map(({ ready }) => ready));
  try {
    log(titles);
    for (const { name, ready } of tasks) await attempt(name, async () => (await ready).measure());
  } finally {
    for (const task of settled) if (task.status === "fulfilled") await task.value[Symbol.asyncDispose]();
  }
  if (failures.length > 0) process.exitCode = 1;
  return { ...figures, failures };
}

/** A row in the form of `CardEdit`. */
async function prepareTask(row: Row, options: Omit<CardMeasuring, "hasEdit">): Promise<CardEdit> {
  const prepared = await prepareRow(row, options);
  return {
    measure: () => measure(prepared, options),
    [Symbol.asyncDispose]: () => prepared[Symbol.asyncDispose](),
  };
}

const { version: onnxruntime } = z
  .object({ version: z.string() })
  .parse(
    JSON.parse(readFileSync(join(packageFolder, "node_modules", "onnxruntime-node", "package.json"), "utf8")),
  );

/** Differences above this share of the largest number mean that the two compute different things. */
const toleranceOn = (device: string) => (device === "cpu" ? 1e-3 : 2e-2);

interface Measuring {
  readonly threads: number;
  readonly device: string;
  readonly isProfiled: boolean;
  readonly hasTorch: boolean;
  log(line: string): void;
}

async function measure(prepared: Prepared, options: Measuring): Promise<Record<string, unknown>> {
  const { row, contender, folder, torches } = prepared;
  const formats: string[] = [];
  for (const torch of torches) formats.push(await torch.choose());
  const timed = await time(prepared, options);
  const summary = summarise(timed.rounds);
  const formOf = (index: number) =>
    torches.length > 1 ? `${torches[index]?.form}, ${formats[index]}` : (formats[index] ?? "-");
  options.log(line(row.name, summary, timed, formOf(summary.fastest)));
  for (const [index, seconds] of summary.each.entries()) {
    if (torches.length > 1)
      options.log(`${"".padEnd(7)}${seconds.toFixed(4).padStart(19)}  ${formOf(index)}`);
  }
  if (timed.difference !== null && !(timed.difference <= toleranceOn(options.device))) {
    throw new Error(`Expected the same numbers as PyTorch's, got ones that differ by ${timed.difference}.`);
  }
  if (options.isProfiled) for (const text of await profile(contender, folder, options)) options.log(text);
  const { name, batch } = row;
  return {
    ...(torches[0] === undefined ? {} : { torch: torches[0].version }),
    [`${name}Ratio`]: summary.ratio,
    [`${name}BestRatio`]: summary.bestRatio,
    [`${name}Seconds`]: summary.ours,
    [`${name}TorchSeconds`]: summary.theirs,
    [`${name}PeakMb`]: timed.peakMegabytes,
    ...(options.device === "cpu" ? {} : cardFigures(name, batch, summary, timed, formOf)),
  };
}

async function time({ contender, folder, torches }: Prepared, options: Measuring): Promise<Timed> {
  const { threads, device } = options;
  const isCard = device !== "cpu";
  forgetPeak();
  const start = performance.now();
  await using runtime = await openRuntime({ threads, device });
  const runOurs = await contender.open(folder, runtime);
  const outputs = await runOurs();
  const openSeconds = (performance.now() - start) / 1000;
  const difference = torches[0] === undefined ? null : differenceOf(outputs, torches[0]);
  await runOurs();
  const rounds: Round[] = [];
  const [roundCount, runs] = isCard ? [4, 4] : [contender.rounds, contender.runs];
  for (let index = 0; index < roundCount; index += 1) {
    const ours: number[] = [];
    const theirs: number[][] = torches.map(() => []);
    const turns = [
      async () => ours.push(...(await timesOf(runOurs, runs))),
      ...torches.map((torch, which) => async () => theirs[which]?.push(...(await torch.run(runs)))),
    ];
    // Whoever goes first may meet a cooler or a busier machine: they take turns.
    for (const turn of index % 2 === 0 ? turns : turns.toReversed()) {
      await sleep(isCard ? 0 : spinMilliseconds);
      await turn();
    }
    rounds.push({ ours, theirs });
  }
  return { rounds, difference, peakMegabytes: peakMegabytes("self"), openSeconds };
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

async function profile(
  contender: Prepared["contender"],
  folder: string,
  { threads, device }: Measuring,
): Promise<string[]> {
  {
    await using runtime = await openRuntime({ threads, device, profilePrefix: join(folder, "profile") });
    const runOurs = await contender.open(folder, runtime);
    for (let index = 0; index <= contender.runs; index += 1) await runOurs();
  }
  return hotOperators(folder);
}

/** Begins the measure of this process's peak anew (Linux; elsewhere there is none). */
function forgetPeak(): void {
  try {
    writeFileSync("/proc/self/clear_refs", "5");
  } catch {
    // Then the peak is that of the whole process, or unknown.
  }
}
