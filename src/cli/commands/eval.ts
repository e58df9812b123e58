import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import type { Command } from "commander";
import { EditError } from "../../errors.ts";
import { parseAblations, parseChoosers, parseMethods } from "../../eval/names.ts";
import type { EvaluationOrder } from "../../eval/order.ts";
import { readSet, spreadKinds } from "../../eval/set.ts";
import { fasterPack } from "../../packs/faster.ts";
import { openPack } from "../../packs/open.ts";
import { evaluateInChild } from "../../pipeline/workers/evaluation/client.ts";
import type { CommandContext } from "../context.ts";
import { createEvaluationView } from "../evaluation-view.ts";
import { numberOf, oneOf } from "../option-values.ts";

interface EvalOptions {
  readonly pack?: string;
  readonly set: string;
  readonly out: string;
  readonly methods: string;
  readonly choosers: string;
  readonly ablations: string;
  readonly scorer?: string;
  readonly source: "found" | "given";
  readonly limit?: number;
  readonly tables: number;
  readonly compared: number;
  readonly shown?: number;
  readonly published?: string;
  readonly part?: EvaluationOrder["part"];
  readonly threads?: number;
  readonly fast?: true;
  readonly quiet?: true;
}

/** `lrbot eval`: does learning the region help, by how much, at what cost, and against what. */
export function addEval(program: Command, context: CommandContext): void {
  program
    .command("eval")
    .summary("measure ways to edit and to choose boxes on a set of pictures")
    .description(
      "Paints every box of each picture once, lets each way to choose boxes choose from that, and compares results: tables with " +
        "intervals, charts and contact sheets. What was painted is kept: a run that was stopped goes on. docs/eval.md says how to read the " +
        "report and how to make a set.",
    )
    .helpOption("-h, --help", "say this")
    .requiredOption(
      "--set <folder>",
      "pictures, and a prompts.jsonl that says what to paint on each (needed)",
    )
    .requiredOption("--out <folder>", "where the report goes, and what is kept (needed)")
    .option("--pack <name>", "model pack (default: LRBOT_PACK, or mini)")
    .option("--methods <names>", "methods of lrbot edit, with commas between them; all, or none", "all")
    .option("--choosers <names>", "ways to choose boxes, with commas between them, or all", "all")
    .option(
      "--ablations <names>",
      "what is left out or changed, with commas between them; all, or none",
      "all",
    )
    .option("--scorer <pack>", "a pack whose CLIP looks at results too, with which nothing was trained")
    .option(
      "--source <how>",
      "what is to be replaced: found by the edit, or given by the set",
      oneOf("--source", ["found", "given"]),
      "found",
    )
    .option("--fast", "the pack's faster way for steps, draft steps and guidance")
    .option("--limit <n>", "so many pictures of the set alone, of each kind its share", numberOf("--limit"))
    .option(
      "--tables <n>",
      "pictures of which every box is painted; of the others what the main ways need",
      numberOf("--tables"),
      60,
    )
    .option("--compared <n>", "pictures that methods other than regions edit too", numberOf("--compared"), 60)
    .option(
      "--shown <n>",
      "pictures whose results are kept as files, for contact sheets (default: all)",
      numberOf("--shown"),
    )
    .option("--published <folder>", "a folder of what another run published, which is not painted again")
    .option(
      "--part <i/n>",
      "paint the share of one of n processes that share --out, without a report; one run without this reports",
      partOf,
    )
    .option("--threads <n>", "of the processor (default: one a core)", numberOf("--threads"))
    .option("--quiet", "no progress")
    .addHelpText(
      "after",
      "\nExamples:\n  $ lrbot eval --set models/mini/eval --limit 2 --out figures\n  $ lrbot eval --set holiday --pack sd15-inpaint --tables 0 --out figures",
    )
    .action((options: EvalOptions) => runEval(options, context));
}

async function runEval(options: EvalOptions, context: CommandContext): Promise<void> {
  const { terminal } = context;
  const config = context.config();
  const [limit, tables, compared, shown, threads] = [
    wholeNumber("--limit", options.limit ?? null, 1),
    wholeNumber("--tables", options.tables, 0),
    wholeNumber("--compared", options.compared, 0),
    wholeNumber("--shown", options.shown ?? null, 0),
    wholeNumber("--threads", options.threads ?? null, 1),
  ];
  const opened = await openPack(options.pack ?? config.pack, { roots: config.packRoots });
  const pack = options.fast ? fasterPack(opened) : opened;
  const { manifest } = pack;
  if (manifest.inpainter === "remote")
    throw new EditError("inpainter-unknown", `Expected a pack that paints by itself, got ${manifest.name}.`);
  const choosers = parseChoosers(options.choosers, manifest);
  const methods = parseMethods(options.methods, manifest);
  const ablations = parseAblations(options.ablations, manifest);
  const scorer =
    options.scorer === undefined ? null : await openPack(options.scorer, { roots: config.packRoots });
  const published = options.published === undefined ? null : await folderOf(options.published);
  const pictures = spreadKinds(await readSet(options.set));
  const [device = "cpu"] = config.lanes;
  const order: EvaluationOrder = {
    ...{ pack, scorer, choosers, methods, ablations, shown, threads, part: options.part ?? null },
    set: options.set,
    pictures: pictures.slice(0, limit ?? pictures.length),
    tables: tables ?? 0,
    compared: compared ?? 0,
    isFast: options.fast === true,
    isSourceGiven: options.source === "given",
    ...{ out: resolve(options.out), published },
    device: device.startsWith("simulated:") ? "cpu" : device,
  };
  const view = createEvaluationView(terminal, { quiet: options.quiet === true });
  try {
    const { files } = await evaluateInChild(order, { ...context.childOptions(), onProgress: view.show });
    for (const file of files) terminal.out(file);
    const { part, out } = order;
    if (part && options.quiet !== true)
      terminal.say(
        `Part ${part.number} of ${part.of} is done, in ${out}. With all parts there, run this without --part for the report.`,
      );
  } finally {
    view.end();
  }
}

/** Of such a share as 2/3. @throws EditError `usage` */
function partOf(text: string): EvaluationOrder["part"] {
  const [, number = 0, of = 0] = (/^(\d{1,4})\/(\d{1,4})$/.exec(text) ?? []).map(Number);
  if (number >= 1 && number <= of) return { number, of };
  throw new EditError("usage", `Expected --part such as 1/2 or 2/2, got ${JSON.stringify(text)}.`);
}

/** Its absolute path. */
async function folderOf(path: string): Promise<string> {
  const found = await stat(path).catch(() => null);
  if (found?.isDirectory()) return resolve(path);
  throw new EditError(
    "usage",
    `Expected --published to be a folder, got ${found ? "a file" : "no such path"}: ${path}.`,
  );
}

function wholeNumber(option: string, value: number | null, least: number): number | null {
  if (value === null || (Number.isSafeInteger(value) && value >= least)) return value;
  throw new EditError("usage", `Expected ${option} to be a whole number of at least ${least}, got ${value}.`);
}
