import { systemClocks } from "../../../clocks.ts";
import { EditError, throwIfCancelled } from "../../../errors.ts";
import type { Pack } from "../../../packs/pack.ts";
import { verifyPack } from "../../../packs/verify.ts";
import type { Job, Progress } from "../../../types.ts";
import { type Warning, warning } from "../../../warnings.ts";
import { edit } from "../../edit.ts";
import { readPicture } from "../../image/image.ts";
import { openMarking } from "../../marks/marking.ts";
import { type LoadOptions, loadModels, type Models } from "../../models.ts";
import { createEditCaches, createNetworkParts, type EditCaches } from "../../steps/networks.ts";
import { loadSafetyModel, type SafetyModel } from "../../steps/safety-model.ts";
import { checkBox } from "../../steps/settings.ts";
import { type EditLearning, openEditLearning } from "../../steps/starting-network.ts";
import type { EditOrder } from "./protocol.ts";
import { serveJobs } from "./serve-jobs.ts";

// The child process of one device. `client.ts` forks it with the device and, where there is one, the safety model's
// folder as arguments, and sends it the orders of `protocol.ts`. Everything that decodes pictures
// or runs networks happens in here.

/** What stays loaded between jobs: one pack. */
interface Loaded {
  readonly key: string;
  readonly models: Models;
  /** That it runs elsewhere than it should. */
  readonly warnings: readonly Warning[];
  readonly caches: EditCaches;
  /** As it was when the pack was loaded: what is learned meanwhile counts from the next start. */
  readonly learning: EditLearning;
  /** From the first job that is to be checked. */
  safetyModel: SafetyModel | null;
}

/** Packs up to this size are read and verified each time they are loaded; larger ones by `lrbot packs verify`. */
const verifiedBytes = 256e6;

const [, , device = "auto", safetyFolder] = process.argv;
let loaded: Loaded | null = null;

const { monotonic, wall } = systemClocks;
const month = () => new Date(wall()).toISOString().slice(0, 7);

serveJobs(async ({ job, pack, server, learning, marks }, context) => {
  const { signal } = context;
  const start = monotonic();
  let models: Models | null = null;
  let draftShare = 1;
  // Where drafts are smaller than results, the first run for a result takes longer than any that was measured.
  const onProgress = (progress: Progress) =>
    context.onProgress(progress, (models?.runtime.times.longestMilliseconds ?? 0) / draftShare);
  const marking = await openMarking(marks);
  const ready = await load({ pack, job, server, learning }, signal, onProgress);
  models = ready.models;
  const safetyModel = await safetyModelFor(job, ready, onProgress);
  const loadMilliseconds = Math.round(monotonic() - start);
  const runBefore = models.runtime.times.totalMilliseconds;
  const { caches } = ready;
  const { folder, request } = job;
  const parts = createNetworkParts({ models, caches, learning: ready.learning });
  ({ draftShare } = parts);
  const result = await edit(request, { parts, safetyModel, marking, folder, signal, onProgress });
  const { milliseconds } = result;
  const total = milliseconds.total + loadMilliseconds;
  return {
    result: {
      ...result,
      warnings: [...ready.warnings, ...result.warnings],
      milliseconds: { ...milliseconds, load: loadMilliseconds, total },
    },
    runMilliseconds: models.runtime.times.totalMilliseconds - runBefore,
  };
});

/** The pack's models, from the last job where it is the same. A picture or box that is no use is refused before. */
async function load(
  { pack, job, server, learning }: Omit<EditOrder, "marks">,
  signal: AbortSignal,
  onProgress: (progress: Progress) => void,
): Promise<Loaded> {
  const key = JSON.stringify([pack, server, learning]);
  if (loaded?.key === key) return loaded;
  onProgress({ version: 1, phase: "loading", stepsDone: 0, stepsTotal: 0, secondsLeft: null });
  const picture = await readPicture(job.request.image, { signal });
  if (job.request.box) checkBox(job.request.box, picture);
  await unload();
  const bytes = pack.manifest.files.reduce((sum, { size }) => sum + (size ?? Number.POSITIVE_INFINITY), 0);
  if (bytes <= verifiedBytes) await verifyPack(pack, { signal });
  throwIfCancelled(signal);
  const { models, warnings } = await loadSomewhere(pack, { device: networkDevice(device), server, signal });
  const opened = await openEditLearning(pack, learning, { inpainter: models.inpainter.name, month });
  loaded = { key, models, warnings, learning: opened, caches: createEditCaches(), safetyModel: null };
  return loaded;
}

/** Loaded once it is needed, into the pack's runtime, with which it also ends. */
async function safetyModelFor(
  { request }: Job,
  ready: Loaded,
  onProgress: (progress: Progress) => void,
): Promise<SafetyModel | null> {
  if (safetyFolder === undefined || (request.safety ?? "off") === "off") return null;
  if (ready.safetyModel) return ready.safetyModel;
  onProgress({ version: 1, phase: "loading", stepsDone: 0, stepsTotal: 0, secondsLeft: null });
  ready.safetyModel = await loadSafetyModel({ folder: safetyFolder, runtime: ready.models.runtime });
  return ready.safetyModel;
}

async function unload(): Promise<void> {
  const before = loaded;
  loaded = null;
  await before?.models[Symbol.asyncDispose]();
}

/** A device that is not there, or not ready, is told in each result; the edit is made on the CPU meanwhile. */
async function loadSomewhere(pack: Pack, options: LoadOptions): Promise<Pick<Loaded, "models" | "warnings">> {
  try {
    return { models: await loadModels(pack, options), warnings: [] };
  } catch (error) {
    const isElsewhere = error instanceof EditError && error.code === "device-unavailable";
    if (!isElsewhere || options.device === "cpu") throw error;
    console.error(error);
    const models = await loadModels(pack, { ...options, device: "cpu" });
    return { models, warnings: [warning("device-fallback", { device: options.device })] };
  }
}

/** Whoever starts a worker has resolved `auto`; a worker that was started by hand takes the CPU. */
function networkDevice(name: string): string {
  return name === "auto" ? "cpu" : name;
}
