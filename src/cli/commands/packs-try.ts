import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Command } from "commander";
import { EditError, throwIfCancelled } from "../../errors.ts";
import { packageFolder } from "../../package-folder.ts";
import { describePack, openPack } from "../../packs/open.ts";
import type { Pack } from "../../packs/pack.ts";
import { type ComparedFigure, compareFigures } from "../../packs/reference.ts";
import { verifyPack } from "../../packs/verify.ts";
import { parseEditRequest } from "../../request.ts";
import { lanePlansOf } from "../../service/lanes.ts";
import type { EditResult } from "../../types.ts";
import type { CommandContext } from "../context.ts";
import type { Editor } from "../editor.ts";
import { createProgressView } from "../progress-view.ts";
import { tableOf } from "../table.ts";
import { type PullCommandOptions, pull, withPullOptions } from "./packs-pull.ts";

interface TryOptions extends PullCommandOptions {
  readonly json?: true;
}

/** `lrbot packs try`. */
export function addTry(packs: Command, context: CommandContext): void {
  withPullOptions(
    packs
      .command("try <name>")
      .summary("fetch a pack, check it, and hold a reference edit to known figures")
      .description(
        "Pulls a pack where it is not here, reads every file and compares its sha256, makes a reference edit, and " +
          "holds its attention, embeddings and losses to the figures that the pack knows. Where it knows none, it says " +
          "so and prints what it measured. A pack that leaves painting to a server is tried at the first of " +
          "LRBOT_INPAINTERS. Exit status 3 where a figure differs.",
      )
      .helpOption("-h, --help", "say this"),
  )
    .option("--json", "print a JSON object")
    .addHelpText("after", "\nExamples:\n  $ lrbot packs try mini\n  $ lrbot packs try sd15-inpaint")
    .action((name: string, options: TryOptions) => runTry(name, options, context));
}

async function runTry(name: string, options: TryOptions, context: CommandContext): Promise<void> {
  const { terminal, interrupt } = context;
  const config = context.config();
  const { manifest } = await describePack(name, { roots: config.packRoots });
  // A pack that leaves painting to a server needs one, which is to be said before anything is fetched.
  const [plan] = lanePlansOf(config, manifest);
  const pack = await openOrPull(name, options, context);
  if (!options.quiet) terminal.say(`reading every file of ${name}`);
  const verified = await verifyPack(pack, { signal: interrupt.signal });
  const folder = await mkdtemp(join(tmpdir(), "lrbot-try-"));
  try {
    await using editor = context.openEditor(plan);
    const { figures, device } = await measure(pack, editor, folder, options.quiet === true, context);
    const compared = compareFigures(figures, pack.manifest.reference);
    const unproven = verified.filter(({ state }) => state === "unknown").map(({ path }) => path);
    if (options.json)
      terminal.out(JSON.stringify({ pack: name, device, unproven, figures: compared }, null, 2));
    else terminal.out(reportOf(pack, compared, unproven));
    if (compared.some(({ verdict }) => verdict === "differs")) context.setStatus(3);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function openOrPull(name: string, options: TryOptions, context: CommandContext): Promise<Pack> {
  try {
    return await openPack(name, { roots: context.config().packRoots });
  } catch (error) {
    if (!(error instanceof EditError) || error.code !== "pack-not-pulled") throw error;
    return (await pull(name, options, context)).pack;
  }
}

/** The reference edit: a drawing that ships with the project, two anchors learned, then one given box painted. */
const reference = {
  image: join(packageFolder, "models", "mini", "eval", "s000.png"),
  prompt: "a rabbit",
  source: "pine tree",
};
// The reference figures are of attention, which every pack has.
const learned = { anchors: 2, proposals: 3, budget: 4, seed: 0, anchorsFrom: "attention" } as const;
const box = { left: 114, top: 34, width: 132, height: 174 };

/** What the anchors see needs learning; what a painting loses and scores is measured where nothing was chosen. */
async function measure(
  pack: Pack,
  editor: Editor,
  parent: string,
  quiet: boolean,
  { terminal, interrupt }: CommandContext,
): Promise<{ figures: Map<string, number>; device: string }> {
  const view = createProgressView(terminal, { quiet });
  const editOf = async (part: string, more: object): Promise<EditResult> => {
    const folder = join(parent, part);
    await mkdir(folder);
    const request = parseEditRequest({ ...reference, pack: pack.manifest.name, ...more });
    const { result } = await editor.edit({ request, pack, folder, onProgress: view.show });
    throwIfCancelled(interrupt.signal);
    return result;
  };
  try {
    const look = await editOf("learned", { settings: learned });
    const paint = await editOf("box", { box, settings: { ...learned, seed: 1 } });
    return { figures: figuresOf(look, paint), device: look.device };
  } finally {
    view.end();
  }
}

function figuresOf(look: EditResult, paint: EditResult): Map<string, number> {
  const figures = new Map<string, number>();
  for (const [index, { x, y, attention }] of look.anchors.entries()) {
    figures.set(`anchor ${index + 1}: x`, x);
    figures.set(`anchor ${index + 1}: y`, y);
    figures.set(`anchor ${index + 1}: attention`, attention);
  }
  const [result] = paint.results;
  if (!result) return figures;
  const { scores, losses } = result;
  figures.set("embeddings: result and prompt", scores.t2i);
  figures.set("embeddings: result and source", scores.i2i);
  figures.set("loss: clip", losses.clip);
  figures.set("loss: structure", losses.structure);
  figures.set("loss: direction", losses.direction);
  return figures;
}

function reportOf(pack: Pack, figures: readonly ComparedFigure[], unproven: readonly string[]): string {
  const { name, reference: known } = pack.manifest;
  const number = (value: number | null) => (value === null ? "" : value.toPrecision(6));
  const table = tableOf(
    ["figure", "measured", "known", "within", ""],
    figures.map(({ name: figure, measured, known: before, within, verdict }) => [
      figure,
      number(measured),
      number(before),
      within === null ? "" : String(within),
      verdict,
    ]),
  );
  const files =
    unproven.length === 0
      ? "Every file has its sha256."
      : `The sha256 of these files is not known, so nothing was proven of them: ${unproven.join(", ")}.`;
  return `${table}\n\n${files}\n${verdictOf(name, known === null ? null : known.measured, figures)}`;
}

function verdictOf(name: string, measured: string | null, figures: readonly ComparedFigure[]): string {
  if (measured === null) {
    return (
      `No figure of pack ${name} is known: nobody has measured them with its true weights. The edit was made, and ` +
      "those above are what it gave here; they prove nothing until they are compared with another machine's."
    );
  }
  const of = (verdict: ComparedFigure["verdict"]) =>
    figures.filter((figure) => figure.verdict === verdict).length;
  const unknown = of("not known") > 0 ? `, ${of("not known")} are not known` : "";
  return `${of("as known")} figures are as known, ${of("differs")} differ${unknown}. Known from: ${measured}.`;
}
