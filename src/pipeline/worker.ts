import { rm } from "node:fs/promises";
import { inspect } from "node:util";
import { EditError, throwIfCancelled } from "../errors.ts";
import type { Pack } from "../packs/pack.ts";
import { verifyPack } from "../packs/verify.ts";
import type { EditResult, Job, Progress } from "../types.ts";
import { createEditCaches, type EditCaches, edit } from "./edit.ts";
import { readPicture } from "./image.ts";
import { loadModels, type Models } from "./models.ts";
import { type LearningBackend, loadBackend } from "./regions/backend.ts";
import { loadSafetyModel, type SafetyModel } from "./safety-model.ts";
import { checkBox } from "./settle.ts";
import type { FromWorker, ToWorker } from "./worker-messages.ts";

// The child process of one device. `worker-client.ts` forks it with the device and, where there is one, the safety
// model's folder as arguments, and speaks to it in the messages of `worker-messages.ts`. Everything that decodes pictures
// or runs networks happens in here.

/** What stays loaded between jobs: one pack. */
interface Loaded {
  readonly key: string;
  readonly models: Models;
  readonly caches: EditCaches;
  readonly backend: LearningBackend;
  /** From the first job that is to be checked. */
  safetyModel: SafetyModel | null;
}

/** Packs up to this size are read and verified each time they are loaded; larger ones by `lrbot packs verify`. */
const verifiedBytes = 256e6;

const [, , device = "auto", safetyFolder] = process.argv;
let loaded: Loaded | null = null;
let current: { readonly job: Job; readonly controller: AbortController } | null = null;

// An interrupt at a terminal reaches every process of it; what it means for the job is the parent's to say.
process.on("SIGINT", () => {});
process.on("message", (message: ToWorker) => {
  if (message.kind === "job") void answer(message.job, message.pack);
  else if (message.kind === "cancel" && current?.job.id === message.id) current.controller.abort();
  else if (message.kind === "shutdown") void leave();
});
process.on("disconnect", () => void leave());
process.on("uncaughtException", fail);
process.on("unhandledRejection", fail);

async function answer(job: Job, pack: Pack): Promise<void> {
  const controller = new AbortController();
  const alive = setInterval(() => send({ kind: "alive" }), 1000);
  const start = performance.now();
  current = { job, controller };
  try {
    const { result, runMilliseconds } = await perform(job, pack, controller.signal);
    const totalMilliseconds = performance.now() - start;
    const stats = { totalMilliseconds, runMilliseconds, peakRssMegabytes: peakRssMegabytes() };
    send({ kind: "result", id: job.id, result, stats });
  } catch (error) {
    sendFailure(job.id, error);
  } finally {
    clearInterval(alive);
    current = null;
  }
}

async function perform(
  job: Job,
  pack: Pack,
  signal: AbortSignal,
): Promise<{ result: EditResult; runMilliseconds: number }> {
  const start = performance.now();
  let models: Models | null = null;
  const onProgress = (progress: Progress) => {
    const longestRunMilliseconds = models?.runtime.times.longestMilliseconds ?? 0;
    send({ kind: "progress", id: job.id, progress, longestRunMilliseconds });
  };
  const ready = await load(pack, job, signal, onProgress);
  models = ready.models;
  const { caches, backend } = ready;
  const safetyModel = await safetyModelFor(job, ready, onProgress);
  const loadMilliseconds = Math.round(performance.now() - start);
  const runBefore = models.runtime.times.totalMilliseconds;
  const { folder, request } = job;
  const result = await edit(request, {
    models,
    caches,
    backend,
    safetyModel,
    folder,
    signal,
    onProgress,
  });
  const { milliseconds } = result;
  const total = milliseconds.total + loadMilliseconds;
  return {
    result: { ...result, milliseconds: { ...milliseconds, load: loadMilliseconds, total } },
    runMilliseconds: models.runtime.times.totalMilliseconds - runBefore,
  };
}

/** The pack's models, from the last job where it is the same. A picture or box that is no use is refused before. */
async function load(
  pack: Pack,
  job: Job,
  signal: AbortSignal,
  onProgress: (progress: Progress) => void,
): Promise<Loaded> {
  const key = JSON.stringify(pack);
  if (loaded?.key === key) return loaded;
  onProgress({ version: 1, phase: "loading", stepsDone: 0, stepsTotal: 0, secondsLeft: null });
  const picture = await readPicture(job.request.image, { signal });
  if (job.request.box) checkBox(job.request.box, picture);
  await unload();
  const bytes = pack.manifest.files.reduce((sum, { size }) => sum + (size ?? Number.POSITIVE_INFINITY), 0);
  if (bytes <= verifiedBytes) await verifyPack(pack, { signal });
  const backend = await loadBackend();
  throwIfCancelled(signal);
  const models = await loadModels(pack, { device: networkDevice(device), signal });
  loaded = { key, models, backend, caches: createEditCaches(), safetyModel: null };
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

/** `auto` is the CPU until another provider is built; a simulated device is the CPU under another name. */
function networkDevice(name: string): string {
  return name === "auto" || name.startsWith("simulated:") ? "cpu" : name;
}

/** The parent is gone or done: nobody will take a result, so the job's folder goes too. */
async function leave(): Promise<void> {
  const unfinished = current;
  unfinished?.controller.abort();
  if (unfinished)
    await rm(unfinished.job.folder, { recursive: true, force: true, maxRetries: 3 }).catch(() => {});
  process.exit(0);
}

function fail(error: unknown): void {
  if (current) sendFailure(current.job.id, error, () => process.exit(1));
  else process.exit(1);
}

function sendFailure(id: string, error: unknown, sent?: () => void): void {
  const detail = inspect(error, { depth: 4 });
  const { code, message } = error instanceof EditError ? error : unforeseen(error);
  send({ kind: "failure", id, code, message, detail }, sent);
}

function unforeseen(error: unknown): EditError {
  return error instanceof RangeError && /allocation failed|invalid array length/i.test(error.message)
    ? new EditError("out-of-memory", "Expected enough memory for this picture, got too little of it.")
    : new EditError("internal", "Expected the edit to finish, got an unforeseen failure.");
}

function send(message: FromWorker, sent: () => void = () => {}): void {
  if (process.connected) process.send?.(message, undefined, undefined, sent);
  else sent();
}

/** `maxRSS` is in kilobytes. */
function peakRssMegabytes(): number {
  return process.resourceUsage().maxRSS / 1024;
}
