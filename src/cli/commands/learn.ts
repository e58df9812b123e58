import { rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Command } from "commander";
import { EditError } from "../../errors.ts";
import { openPack } from "../../packs/open.ts";
import { openLossBook } from "../../pipeline/regions/prior/loss-book.ts";
import { learningPlaces, madeBy } from "../../pipeline/regions/prior/places.ts";
import { learnInChild } from "../../pipeline/workers/learning/client.ts";
import type { LearningAnswer } from "../../pipeline/workers/learning/protocol.ts";
import type { CommandContext } from "../context.ts";
import { painterOf } from "../painter.ts";

interface LearnOptions {
  readonly pack?: string;
  readonly inpainter?: string;
  readonly book?: string;
  readonly out?: string;
  readonly dryRun?: true;
  readonly reset?: true;
  readonly clear?: true;
  readonly json?: true;
}

/** `lrbot learn`: what past edits say of where the best boxes lie. */
export function addLearn(program: Command, context: CommandContext): void {
  program
    .command("learn")
    .summary("learn from the losses of past edits where good boxes lie")
    .description(
      "Trains the network that edits start from on the losses that the bot has kept (LRBOT_LEARN=on), beginning with the one " +
        "that is used today. It is refused, with exit status 1, where it does no better on edits that were held out, or worse on the pack's own " +
        "pictures. Workers that start from then on use it. docs/operating.md has it all.",
    )
    .helpOption("-h, --help", "say this")
    .option("--pack <name>", "model pack (LRBOT_PACK)")
    .option("--inpainter <name>", "what painted; a kind of servers where these paint for the pack")
    .option("--book <folder>", "the kept losses (in the data folder)")
    .option("--out <file>", "where the network goes (in the data folder, where workers look for it)")
    .option("--dry-run", "learn and compare, and write nothing")
    .option("--reset", "forget what was learned: edits start from the pack's own network again")
    .option("--clear", "delete the kept losses")
    .option("--json", "print a JSON object")
    .addHelpText("after", "\nExamples:\n  $ lrbot learn --dry-run\n  $ lrbot learn\n  $ lrbot learn --reset")
    .action((options: LearnOptions) => runLearn(options, context));
}

async function runLearn(options: LearnOptions, context: CommandContext): Promise<void> {
  const { terminal, clocks } = context;
  const config = context.config();
  const pack = await openPack(options.pack ?? config.pack, { roots: config.packRoots });
  const { manifest, folder } = pack;
  const places = learningPlaces(config.dataFolder, manifest.name);
  const book = options.book === undefined ? places.losses : resolve(options.book);
  const day = new Date(clocks.wall()).toISOString().slice(0, 10);
  if (options.reset || options.clear) {
    if (options.out !== undefined || options.dryRun)
      throw new EditError("usage", "Expected --reset and --clear without --out and --dry-run, got both.");
    if (options.reset) await rm(places.network, { force: true });
    if (options.clear) await openLossBook({ folder: book, month: () => day.slice(0, 7) }).clear();
    const done = { reset: options.reset === true, cleared: options.clear === true };
    return terminal.out(options.json ? JSON.stringify(done, null, 2) : doneText(done, manifest.name));
  }
  const inpainter = options.inpainter ?? painterOf(config, manifest);
  const { regionNetwork } = manifest;
  const answer = await learnInChild(
    {
      ...{ book, day, made: madeBy(manifest, inpainter) },
      learned: places.network,
      packNetwork: regionNetwork === null ? null : join(folder, regionNetwork),
      out: options.dryRun ? null : options.out === undefined ? places.network : resolve(options.out),
    },
    { ...context.childOptions(), onEpoch: () => {} },
  );
  terminal.out(options.json ? JSON.stringify(answer, null, 2) : reportOf(answer));
  const [refusal] = answer.refusals;
  if (refusal) throw refused(refusal, answer);
}

function doneText({ reset, cleared }: { reset: boolean; cleared: boolean }, pack: string): string {
  return [
    ...(reset
      ? [`What was learned for ${pack} is forgotten; workers that start from now on do without it.`]
      : []),
    ...(cleared ? [`The losses kept for ${pack} are deleted.`] : []),
  ].join("\n");
}

function reportOf(answer: LearningAnswer): string {
  const { records, dropped, start, trainedOn, heldOut, reference, written } = answer;
  const others = Object.entries(dropped).flatMap(([reason, count]) =>
    count > 0 ? `${count} ${reason}` : [],
  );
  const begun = { nothing: "nothing", pack: "the pack's own network", learned: "what was learned before" }[
    start
  ];
  const compared = (what: string, { pictures, before, after }: LearningAnswer["heldOut"]) =>
    `${what} (${pictures}): error ${before.toFixed(3)} before, ${after.toFixed(3)} after`;
  return [
    `${records} edits${others.length > 0 ? ` (dropped: ${others.join(", ")})` : ""}, learned from ${trainedOn} of them, beginning from ${begun}`,
    compared("edits held out", heldOut),
    ...(reference ? [compared("the pack's own pictures", reference)] : []),
    written ? `written: ${written.file}` : "nothing was written",
  ].join("\n");
}

function refused(refusal: LearningAnswer["refusals"][number], answer: LearningAnswer): EditError {
  const { before, after } = (refusal === "held-out" ? answer.heldOut : answer.reference) ?? answer.heldOut;
  const where = refusal === "held-out" ? "edits that were held out" : "the pack's own pictures";
  return new EditError(
    "learning-refused",
    `Expected an error on ${where} below ${before.toFixed(3)}, got ${after.toFixed(3)}. Edits go on as before; more of them may help.`,
  );
}
