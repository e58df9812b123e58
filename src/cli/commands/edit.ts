import { existsSync } from "node:fs";
import { type Command, Option } from "commander";
import { readPart } from "../../bots/intake/picture-part.ts";
import { EditError, throwIfCancelled } from "../../errors.ts";
import { fasterPack } from "../../packs/faster.ts";
import { openPack } from "../../packs/open.ts";
import { type Pack, type PackManifest, packPaintedBy } from "../../packs/pack.ts";
import { styledPack } from "../../packs/styles.ts";
import { remoteKinds } from "../../pipeline/inpainters/remote/kinds.ts";
import { completeSettings } from "../../pipeline/steps/settings.ts";
import { parseEditRequest } from "../../request.ts";
import { lanePlansOf } from "../../service/lanes.ts";
import { whyUnfit } from "../../service/painters.ts";
import {
  type AnchorOrigin,
  anchorOrigins,
  type Box,
  type ChooserName,
  chooserNames,
  type EditRequest,
  type Estimator,
  estimators,
  type MaskMode,
  type MethodName,
  maskModes,
  methodNames,
  type PicturePart,
  type RankRule,
  rankRules,
  type StructureNorm,
  structureNorms,
} from "../../types.ts";
import type { CommandContext } from "../context.ts";
import { editInto } from "../edit-into.ts";
import { boxOf, numberOf, oneOf } from "../option-values.ts";
import { jsonOf, reserveOutputFolder } from "../output-folder.ts";
import { summaryOf } from "../summary.ts";

interface EditOptions {
  readonly image: string;
  readonly prompt: string;
  readonly source?: string;
  readonly negative?: string;
  readonly reference?: string;
  readonly pack?: string;
  readonly style?: string;
  readonly anchors: number;
  readonly proposals: number;
  readonly seed: number;
  readonly steps?: number;
  readonly draftSteps?: number;
  readonly fast?: boolean;
  readonly budget: number;
  readonly strength?: number;
  readonly guidance?: number;
  readonly inpainter?: string;
  readonly box?: Box;
  readonly where?: PicturePart;
  readonly method?: MethodName;
  readonly withRegion?: true;
  readonly chooser: ChooserName;
  readonly estimator: Estimator;
  readonly structureNorm: StructureNorm;
  readonly anchorSpacing?: number;
  readonly anchorsFrom: AnchorOrigin;
  readonly rank: RankRule;
  readonly mask: MaskMode;
  readonly out?: string;
  readonly force?: true;
  readonly json?: true;
  readonly quiet?: true;
}

/** `lrbot edit`: one edit from the shell. */
export function addEdit(program: Command, context: CommandContext): void {
  const number = (flag: string, value: string, says: string) =>
    new Option(`${flag} <${value}>`, says).argParser(numberOf(flag));
  program
    .command("edit")
    .summary("edit one picture")
    .description(
      "Edits a picture from a sentence: finds places worth editing, learns which box of each serves the " +
        "sentence best, paints them, and ranks the results. Outside its box no result changes a pixel.",
    )
    .addHelpOption(new Option("-h, --help", "say this").helpGroup("Output:"))
    .optionsGroup("What to edit:")
    .requiredOption("--image <file>", "the picture: PNG, JPEG, WebP or AVIF (needed)")
    .requiredOption("--prompt <text>", "what to paint, at most 1,000 characters (needed)")
    .option(
      "--source <noun>",
      'the thing in the picture to change, such as "dog" (default: found by looking)',
    )
    .option("--negative <text>", "what the painting should keep away from")
    .option("--reference <file>", "a picture that shows what is meant, for servers that paint from one")
    .addOption(
      new Option(
        "--box <l,t,w,h>",
        "paint this box alone and learn nothing: left, top, width, height in pixels of the upright picture",
      ).argParser(boxOf),
    )
    .addOption(
      new Option(
        "--where <part>",
        "look for places in this part alone: left, right, top, bottom, middle, or left,top,width,height in per cent",
      ).argParser(readPart),
    )
    .optionsGroup("How much and how:")
    .option("--pack <name>", "model pack, see lrbot packs list (default: LRBOT_PACK, or mini)")
    .option("--style <name>", "a LoRA of LRBOT_STYLES, added to the pack (default: none)")
    .addOption(number("--seed", "n", "0 to 4294967295; the same seed gives the same pictures").default(0))
    .addOption(number("--anchors", "k", "places to edit at, one result each, 1 to 64").default(8))
    .addOption(number("--proposals", "m", "box sizes tried at each place, 1 to 31").default(7))
    .addOption(number("--budget", "calls", "work in full paintings, drafts included, 2 to 10000").default(14))
    .addOption(number("--steps", "n", `sampling steps of a full painting, 1 to 1000 ${packs}`))
    .addOption(number("--draft-steps", "n", `sampling steps of a draft, 1 to 1000 ${packs}`))
    .option(
      "--fast",
      "the pack's faster way for steps, draft steps, guidance and budget, where they are not given",
    )
    .addOption(number("--strength", "share", `how much of the box is repainted, 0.01 to 1 ${packs}`))
    .addOption(number("--guidance", "g", `how closely the prompt is followed, 0 to 50, 1 is off ${packs}`))
    .option(
      "--inpainter <name>",
      `editing model; amused and maskgit paint tokens, of packs that have them; ${servers} is the first such server ${packs}`,
    )
    .optionsGroup("The method:")
    .addOption(
      new Option(
        "--method <name>",
        `what edits: regions paints learned boxes; ${methodNames.slice(1).join(", ")} edit the whole picture ${packs}`,
      ).argParser(oneOf("--method", methodNames)),
    )
    .option(
      "--with-region",
      "paste what such a method makes of the picture into learned boxes, or into --box",
    )
    .addOption(
      new Option(
        "--chooser <name>",
        "how boxes are chosen: learned begins with what earlier edits have taught; process knows this picture's boxes and losses alone; network trains the paper's network on all drafts; paper is the paper's recipe, to the letter with a budget of 6 calls a place",
      )
        .argParser(oneOf("--chooser", chooserNames))
        .default("learned"),
    )
    .addOption(
      new Option("--estimator <name>", `gradient of the expected loss: ${estimators.join(", ")}`)
        .argParser(oneOf("--estimator", estimators))
        .default("expected"),
    )
    .addOption(
      new Option("--structure-norm <name>", `norm of the structural loss: ${structureNorms.join(", ")}`)
        .argParser(oneOf("--structure-norm", structureNorms))
        .default("rms"),
    )
    .addOption(
      number(
        "--anchor-spacing",
        "px",
        "least distance of places in pixels, 0 to 100000 (default: 1/8 of the short side)",
      ),
    )
    .addOption(
      new Option(
        "--anchors-from <name>",
        "first places: source is where the thing to change lies, with boxes of its shape, if the pack can tell; attention is the paper's",
      )
        .argParser(oneOf("--anchors-from", anchorOrigins))
        .default("source"),
    )
    .addOption(
      new Option(
        "--rank <name>",
        "order of results: guarded is by editing loss, those that the prompt gained nothing from last; paper is the plain score",
      )
        .argParser(oneOf("--rank", rankRules))
        .default("guarded"),
    )
    .addOption(
      new Option(
        "--mask <name>",
        "what of its box a result changes: auto is as little as the painting needs; box is all of it",
      )
        .argParser(oneOf("--mask", maskModes))
        .default("auto"),
    )
    .optionsGroup("Output:")
    .option("--out <folder>", "folder for the results (default: ./lrbot-<time>)")
    .option("--force", "replace results that lie there")
    .option("--json", "print edit.json, and nothing else, on standard output")
    .option("--quiet", "no progress and no summary; errors are still told")
    .addHelpText("after", examples)
    .action((options: EditOptions, command: Command) => {
      const isGiven = (name: string) => command.getOptionValueSource(name) === "cli";
      return runEdit(options, { ...context, isGiven });
    });
}

const packs = "(default: the pack's)";
const servers = remoteKinds.map(({ kind }) => kind).join(" or ");

const examples = `
The folder gets result-1.png (the best), result-2.png and so on; overlay-1.png
and so on with the box drawn in; mask-1.png and so on, black where the picture
is untouched; and edit.json, which says where every result
was painted, what it scored, and how the boxes were learned. Nothing appears in
it before all is done. The most promising result stands first: where its picture
lies until then is told on standard error.

Examples:
  $ lrbot edit --image photo.jpg --prompt "a red fox"
  $ lrbot edit --image photo.jpg --prompt "a red fox" --anchors 2 --budget 4
  $ lrbot edit --image photo.jpg --prompt "a snowman" --source "dog" --out snowman
  $ lrbot edit --image photo.jpg --prompt "a red fox" --fast
  $ lrbot edit --image photo.jpg --prompt "a crown" --box 120,40,160,160
  $ lrbot edit --image photo.jpg --prompt "a red fox" --where left --negative "people"
  $ lrbot edit --image photo.jpg --prompt "a castle" --json --quiet | jq .results[0]`;

async function runEdit(
  options: EditOptions,
  context: CommandContext & { isGiven(option: string): boolean },
): Promise<void> {
  const { terminal, interrupt } = context;
  const config = context.config();
  const asked = requestOf(options, config.pack);
  const opened = await openPack(asked.pack, { roots: config.packRoots });
  const plain = packPaintedBy(opened, asked.settings.inpainter);
  const styled = options.style === undefined ? plain : await inStyle(plain, options.style, context);
  const pack = options.fast ? fasterPack(styled) : styled;
  const request = options.fast ? fasterRequest(asked, pack.manifest, context.isGiven) : asked;
  // The worker settles them for itself; here it is asked before a process and its networks are started.
  const [plan] = lanePlansOf(config, pack.manifest, request.settings.inpainter);
  completeSettings(request.settings, pack.manifest, plan?.server?.kind);
  using output = reserveOutputFolder(options.out ?? freshFolder(new Date(context.clocks.wall())), {
    force: options.force === true,
  });
  throwIfCancelled(interrupt.signal);

  await using editor = context.openEditor(plan);
  const quiet = options.quiet === true;
  const result = await editInto(output, { request, pack }, { ...context, editor, quiet });
  if (options.json) terminal.out(jsonOf(result).trimEnd());
  else if (!quiet) for (const line of summaryOf(result, output.path)) terminal.out(line);
}

function requestOf(options: EditOptions, pack: string): EditRequest {
  const { image, prompt, source, negative, reference, box, anchors, proposals, seed, budget } = options;
  const { chooser, estimator, structureNorm, anchorsFrom, rank, mask } = options;
  return parseEditRequest({
    image,
    prompt,
    source: source ?? null,
    negative: negative ?? "",
    reference,
    pack: options.pack ?? pack,
    box: box ?? null,
    // Where the operator has a safety model, edit.json says what it makes of the pictures.
    safety: "mark",
    settings: {
      anchors,
      proposals,
      seed,
      budget,
      method: options.method ?? null,
      withRegion: options.withRegion === true,
      chooser,
      estimator,
      structureNorm,
      anchorsFrom,
      rank,
      mask,
      steps: options.steps ?? null,
      draftSteps: options.draftSteps ?? null,
      strength: options.strength ?? null,
      guidance: options.guidance ?? null,
      inpainter: options.inpainter ?? null,
      anchorSpacing: options.anchorSpacing ?? null,
      where: options.where ?? null,
    },
  });
}

/** @throws EditError `choice-not-offered`; `style-unfit` of a LoRA that is made for other networks */
async function inStyle(pack: Pack, name: string, context: CommandContext): Promise<Pack> {
  const { styles } = context.config();
  const style = styles.find((each) => each.name === name);
  if (!style) {
    const known = styles.map((each) => each.name).join(", ") || "none";
    throw new EditError(
      "choice-not-offered",
      `Expected a style of LRBOT_STYLES, ${known}, got ${JSON.stringify(name)}.`,
    );
  }
  const styled = styledPack(pack, style);
  await using probe = context.openPackProbe();
  const reason = await whyUnfit(styled, probe);
  if (reason === null) return styled;
  throw new EditError(
    "style-unfit",
    `Expected a style for pack ${pack.manifest.name}, got ${name}, which is made for other networks. ${reason}`,
  );
}

/** The pack's faster settings, where a person gives none. */
function fasterRequest(
  request: EditRequest,
  { painting }: PackManifest,
  isGiven: (option: string) => boolean,
): EditRequest {
  const { lora: _, ...fast } = painting.fast ?? { lora: null };
  const faster = Object.fromEntries(Object.entries(fast).filter(([option]) => !isGiven(option)));
  return { ...request, settings: { ...request.settings, ...faster } };
}

/** `lrbot-<time>`, local time to the second; numbered where an edit of the same second has it. */
function freshFolder(now: Date): string {
  const two = (value: number) => String(value).padStart(2, "0");
  const day = `${now.getFullYear()}${two(now.getMonth() + 1)}${two(now.getDate())}`;
  const name = `lrbot-${day}-${two(now.getHours())}${two(now.getMinutes())}${two(now.getSeconds())}`;
  for (let number = 1; ; number++) {
    const candidate = number === 1 ? name : `${name}-${number}`;
    if (!existsSync(candidate)) return candidate;
  }
}
