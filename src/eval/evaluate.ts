import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { throwIfCancelled } from "../errors.ts";
import { diskFailure } from "../packs/write-file.ts";
import { readEncodedPicture, sha256OfPicture } from "../pipeline/image/image.ts";
import type { Picture } from "../pipeline/image/picture.ts";
import { writeOutput } from "../pipeline/image/write-file.ts";
import { loadModelsOn, type Models } from "../pipeline/models.ts";
import { openRuntime } from "../pipeline/nets/runtime.ts";
import { extractFeatures } from "../pipeline/steps/features.ts";
import { createEditCaches, createNetworkParts, type EditCaches } from "../pipeline/steps/networks.ts";
import type { EditParts } from "../pipeline/steps/parts.ts";
import { embedText } from "../pipeline/steps/prompt.ts";
import { type CompleteSettings, completeSettings } from "../pipeline/steps/settings.ts";
import { packNetwork } from "../pipeline/steps/starting-network.ts";
import { parseEditRequest } from "../request.ts";
import { createEyes, type Eyes } from "./figures/eyes.ts";
import { clipLooker, vitLooker } from "./figures/looker.ts";
import { mainChoosers } from "./names.ts";
import type { EvaluationAnswer, EvaluationEvent, EvaluationOrder } from "./order.ts";
import { type PictureContext, trialSeeds } from "./picture-context.ts";
import { writeReport } from "./report/report.ts";
import { shownFile } from "./report/sheets.ts";
import { writeShown } from "./report/shown.ts";
import type { ResultRow } from "./rows.ts";
import { runChooser, runMethod } from "./run-picture.ts";
import { ablationRuns, chooserRun } from "./runs.ts";
import { lineError, promptsFile, type SetPicture } from "./set.ts";
import { openTable } from "./table/table.ts";
import { paintTable } from "./whole-table.ts";

export interface EvaluationContext {
  readonly signal: AbortSignal;
  tell(event: EvaluationEvent): void;
  /** Milliseconds that only ever grow. */
  monotonic(): number;
}

/** What a run holds while it works. */
interface Evaluation {
  readonly order: EvaluationOrder;
  readonly models: Models;
  readonly parts: EditParts;
  readonly caches: EditCaches;
  readonly settings: CompleteSettings;
  readonly training: Eyes;
  readonly second: Eyes | null;
}

/**
 * Evaluates ways to edit on a set: `results.jsonl`, `report.md`, `report.html` and `summary.json` in the output folder. Whatever was
 * painted lies in its `cache`, so that a run that was ended goes on, and one that was not is the same again.
 * @throws EditError `set-invalid` where a picture is of no use, before anything is computed; whatever an edit throws
 */
export async function evaluate(
  order: EvaluationOrder,
  context: EvaluationContext,
): Promise<EvaluationAnswer> {
  for (const entry of order.pictures) await checkPicture(entry, order.set);
  await mkdir(join(order.out, "pictures"), { recursive: true }).catch((cause: unknown) => {
    throw diskFailure(order.out, cause);
  });
  const { pack, device, threads, scorer } = order;
  const runtime = { device, ...(threads === null ? {} : { threads }) };
  await using models = await loadModelsOn(openRuntime(runtime), pack, {});
  await using other = scorer && (await loadModelsOn(openRuntime(runtime), scorer, { paints: false }));
  const caches = createEditCaches();
  const looker = other ? clipLooker(other, caches.nouns) : await vitLooker(models, caches.nouns);
  const learning = { network: await packNetwork(pack), book: null, made: "" };
  const evaluation: Evaluation = {
    ...{ order, models, caches },
    parts: createNetworkParts({ models, caches, learning }),
    settings: settingsOf(order),
    training: createEyes(clipLooker(models, caches.nouns)),
    second: looker && createEyes(looker),
  };
  const rows: ResultRow[] = [];
  const own = picturesOfPart(order);
  const progress = createProgress(own, order.tables, context);
  for (const [done, { entry, index }] of own.entries()) {
    throwIfCancelled(context.signal);
    progress.begin(done, { entry, index });
    rows.push(...(await evaluatePicture(entry, index, evaluation, { ...context, ...progress })));
    progress.end();
  }
  const done = { pictures: own.length, rows: rows.length, painted: progress.painted() };
  if (order.part !== null) return { ...done, files: [] };
  await writeOutput(join(order.out, "results.jsonl"), rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  const files = await writeReport(rows, { ...order, scorer: evaluation.second?.name ?? null });
  return { ...done, files };
}

interface Numbered {
  readonly entry: SetPicture;
  /** Among all pictures, from 0: it says how much is done with this one. */
  readonly index: number;
}

function picturesOfPart({ pictures, part }: EvaluationOrder): Numbered[] {
  return pictures
    .map((entry, index) => ({ entry, index }))
    .filter(({ index }) => part === null || index % part.of === part.number - 1);
}

/** As `lrbot edit` has them where a person says nothing. */
function settingsOf({ pack, isFast }: EvaluationOrder): CompleteSettings {
  const { lora: _, ...fast } = pack.manifest.painting.fast ?? { lora: null };
  const settings = isFast ? fast : {};
  const request = parseEditRequest({
    image: "set",
    prompt: "set",
    settings: { anchorsFrom: "source", ...settings },
  });
  return completeSettings(request.settings, pack.manifest);
}

/** Reads its header, and that its box lies inside. */
async function checkPicture({ path, line, file, box }: SetPicture, set: string): Promise<void> {
  const book = join(set, promptsFile);
  const { width, height } = await readEncodedPicture(path).catch((cause: unknown) => {
    throw lineError(
      book,
      line,
      `a picture in ${file}`,
      cause instanceof Error ? cause.message : String(cause),
    );
  });
  if (box && (box.left + box.width > width || box.top + box.height > height))
    throw lineError(book, line, `a box inside the picture of ${width}x${height}`, JSON.stringify(box));
}

interface PictureProgress extends EvaluationContext {
  readonly onPainted: (boxes: number) => void;
  readonly onLabel: (label: string) => void;
}

async function evaluatePicture(
  entry: SetPicture,
  index: number,
  evaluation: Evaluation,
  { signal, onPainted, onLabel }: PictureProgress,
): Promise<ResultRow[]> {
  const { order, parts, settings, models, caches, training, second } = evaluation;
  await using table = await openTable({
    ...{ entry, parts, settings, signal, onPainted, isSourceGiven: order.isSourceGiven },
    ...{ folder: join(order.out, "cache"), published: order.published },
    keepsFrames: (seed) => seed !== trialSeeds[1],
  });
  const { picture } = table;
  const replaced = entry.source ?? table.source.text;
  const featuresOf = (shown: Picture) =>
    caches.features.getOrMake(sha256OfPicture(shown), () => extractFeatures(models, shown));
  const { clip } = await featuresOf(picture);
  const context: PictureContext = {
    table,
    patches: clip.patchEmbeds,
    prompt: await embedText(models, table.prompt),
    number: index + 1,
    isWhole: index < order.tables,
    margin: parts.manifest.ranking.margin,
    scorer: second?.name ?? null,
    looking: {
      training: await training.openFor(entry, picture, replaced),
      second: second && (await second.openFor(entry, picture, replaced)),
      featuresOf: async (shown) => (await featuresOf(shown)).patchFeatures,
    },
  };
  const rows: ResultRow[] = [];
  const shownAs = (name: string) => join(order.out, shownFile(index + 1, name));
  const isShown = index < (order.shown ?? order.pictures.length);
  if (isShown) await writeShown(shownAs("source"), picture);
  for (const method of order.methods) {
    if (method !== "regions" && index >= order.compared) continue;
    onLabel(`method ${method}`);
    const { row, result } = await runMethod(method, context);
    rows.push(row);
    if (isShown) await writeShown(shownAs(method), await result());
  }
  if (context.isWhole && (order.choosers.length > 0 || order.ablations.length > 0)) {
    onLabel("every box");
    await paintTable(context);
  }
  for (const spec of order.choosers) {
    if (!context.isWhole && !mainChoosers.has(spec.name)) continue;
    onLabel(`chooser ${spec.name}`);
    const row = await runChooser(chooserRun(spec), context);
    rows.push(row);
    if (!isShown) continue;
    const { patch } = await table.painted(row.box, row.seed);
    await writeShown(shownAs(spec.name), await table.compose(await patch()));
  }
  for (const run of context.isWhole
    ? order.ablations.flatMap((name) => ablationRuns(name, settings.draftSteps))
    : []) {
    onLabel(`${run.group}: ${run.name}`);
    rows.push(await runChooser(run, context));
  }
  return rows;
}

/** A picture of which every box is painted takes about so many times as long as another. */
const tableWeight = 4;

function createProgress(
  pictures: readonly Numbered[],
  tables: number,
  { tell, monotonic }: EvaluationContext,
) {
  let painted = 0;
  let at = { done: 0, file: "", weight: 0, label: "", since: 0, before: 0 };
  /** Of pictures that were not known from before. */
  const fresh = { weight: 0, milliseconds: 0 };
  const weightOf = ({ index }: Numbered) => (index < tables ? tableWeight : 1);
  const weightFrom = (done: number) =>
    pictures.slice(done).reduce((sum, picture) => sum + weightOf(picture), 0);
  const report = () => {
    const each = fresh.weight === 0 ? null : fresh.milliseconds / fresh.weight;
    const own = each === null ? 0 : Math.min(monotonic() - at.since, each * at.weight);
    tell({
      ...{ done: at.done, pictures: pictures.length, file: at.file, label: at.label, painted },
      secondsLeft: each === null ? null : (weightFrom(at.done) * each - own) / 1000,
    });
  };
  return {
    /** @param done How many are. */
    begin(done: number, picture: Numbered) {
      const { file } = picture.entry;
      at = { done, file, weight: weightOf(picture), label: "looking", since: monotonic(), before: painted };
      report();
    },
    onLabel(label: string) {
      at = { ...at, label };
      report();
    },
    onPainted(boxes: number) {
      painted += boxes;
      report();
    },
    end() {
      if (painted === at.before) return;
      fresh.weight += at.weight;
      fresh.milliseconds += monotonic() - at.since;
    },
    painted: () => painted,
  };
}
