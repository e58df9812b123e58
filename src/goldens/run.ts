import { readdir } from "node:fs/promises";
import path from "node:path";
import { EditError } from "../errors.ts";
import { type GraphTarget, openRuntime, type Runtime } from "../pipeline/nets/runtime.ts";
import { computeAmused, computeUvit, computeVq } from "./amused.ts";
import { type GoldenCase, type Outputs, readCase } from "./case.ts";
import { type Check, checkOutputs, type Leniency } from "./compare.ts";
import {
  computeDdimInversion,
  computeDiffEdit,
  computeInstructPix2Pix,
  computeNullText,
  computeStreams,
} from "./editors.ts";
import { computeFlowMatch, computeFlux2 } from "./flux2.ts";
import { computeGradientOperators, computeTextGradient } from "./gradients.ts";
import { computeMaskgit } from "./maskgit.ts";
import {
  computeAutoencoder,
  computeClip,
  computeImageClassifier,
  computeTextEncoder,
  computeTinyAutoencoder,
  computeUnet,
  computeVit,
} from "./networks.ts";
import { computePreprocessing, computeRoiPooling, lenientPixels } from "./pictures.ts";
import { computePipeline } from "./pipelines.ts";
import { computeSchedulers } from "./schedulers.ts";
import { checkTokenizerCases, computeTokenizer } from "./tokenizers.ts";

/** Numbers of cases. */
export interface GoldensSummary {
  readonly passed: number;
  readonly failed: number;
  readonly unsupported: number;
}

export interface GoldensOptions {
  /** Where the networks run, as `RuntimeOptions.device`. */
  readonly device?: string;
  /** How their graphs are written; the device's own dialect, in 32-bit floats, by default. */
  readonly target?: Partial<GraphTarget>;
  /** Takes one line at a time. */
  readonly log: (line: string) => void;
}

/**
 * Runs every case of a folder through the project's own networks, samplers, tokenizer and pipelines, and logs a
 * line for each output: case, output, error, what it is held to, pass or fail. The last line is
 * `N passed, N failed, N unsupported`, counting cases. A case that cannot be read or run fails. What a case allows holds
 * for the CPU and 32-bit floats, in which it was recorded; `boundOf` is how far else may err.
 *
 * @throws EditError `usage` where there is no such folder or no case in it, `device-unavailable`.
 */
export async function runGoldens(
  folder: string,
  { device, target, log }: GoldensOptions,
): Promise<GoldensSummary> {
  const cases = await caseFolders(folder);
  const runtime = await openRuntime({ device, target: { floats: "float32", ...target } });
  const counts = { passed: 0, failed: 0, unsupported: 0 };
  try {
    for (const name of cases) counts[await runCase(folder, name, runtime, log)]++;
  } finally {
    await runtime[Symbol.asyncDispose]();
  }
  log(`${counts.passed} passed, ${counts.failed} failed, ${counts.unsupported} unsupported`);
  return counts;
}

/**
 * How far an output may err where the case allows `bound`. Another device adds in another order; 16-bit floats have
 * three digits, and lose some on the way. On an NVIDIA H200 (CUDA 13, cuDNN 9) the largest errors were 0.027 in 16 bits
 * (noise predicted at the end of a walk) and 5.9 times the bound in 32. TF32, CUDA's own choice for 32-bit floats, erred
 * by up to 160 times the bound, and is not to pass.
 */
export function boundOf({ device, target }: Pick<Runtime, "device" | "target">): (bound: number) => number {
  const isCuda = device.startsWith("cuda");
  if (target.floats === "float16") return (bound) => Math.max(bound, isCuda ? 0.03 : 0.02);
  if (device === "cpu") return (bound) => bound;
  return (bound) => (isCuda ? 8 : 4) * bound;
}

interface Kind {
  /** Of `case.json`. */
  readonly name: RegExp;
  readonly compute: (golden: GoldenCase, runtime: Runtime) => Promise<Outputs>;
  /** What is to be checked besides the recorded outputs. */
  readonly alsoCheck?: (golden: GoldenCase) => Promise<Check[]>;
  readonly leniency?: Leniency;
}

const kinds: readonly Kind[] = [
  { name: /^clip$/, compute: computeClip },
  { name: /^text-encoder(-.+)?$/, compute: computeTextEncoder },
  { name: /^dino$/, compute: computeVit },
  { name: /^image-classifier$/, compute: computeImageClassifier },
  { name: /^unet(-.+)?$/, compute: computeUnet },
  { name: /^vae(-.+)?$/, compute: computeAutoencoder },
  { name: /^tae(-.+)?$/, compute: computeTinyAutoencoder },
  { name: /^schedulers$/, compute: computeSchedulers },
  { name: /^clip-tokenizer$/, compute: computeTokenizer, alsoCheck: checkTokenizerCases },
  { name: /^image-processing$/, compute: computePreprocessing, leniency: lenientPixels },
  { name: /^roi$/, compute: computeRoiPooling },
  { name: /^amused$/, compute: computeAmused },
  { name: /^maskgit$/, compute: computeMaskgit },
  { name: /^uvit$/, compute: computeUvit },
  { name: /^vq$/, compute: computeVq },
  { name: /^flow-match$/, compute: computeFlowMatch },
  { name: /^flux2$/, compute: computeFlux2 },
  { name: /^ddim-inversion$/, compute: computeDdimInversion },
  { name: /^gradient-operators$/, compute: computeGradientOperators },
  { name: /^text-gradient$/, compute: computeTextGradient },
  { name: /^editor-instruct-pix2pix$/, compute: computeInstructPix2Pix },
  { name: /^editor-diffedit$/, compute: computeDiffEdit },
  { name: /^editor-null-text$/, compute: computeNullText },
  { name: /^editor-streams$/, compute: computeStreams },
  { name: /^pipeline-(sd15|sdxl)-(inpaint|blend)$/, compute: computePipeline },
];

async function runCase(
  folder: string,
  caseFolder: string,
  runtime: Runtime,
  log: (line: string) => void,
): Promise<keyof GoldensSummary> {
  try {
    const golden = await readCase(path.join(folder, caseFolder));
    const kind = kinds.find(({ name }) => name.test(golden.name));
    if (kind === undefined) {
      log(`${golden.name} unsupported`);
      return "unsupported";
    }
    const outputs = await kind.compute(golden, runtime);
    const checks = [
      ...(await checkOutputs(golden, outputs, { leniency: kind.leniency, boundOf: boundOf(runtime) })),
      ...((await kind.alsoCheck?.(golden)) ?? []),
    ];
    for (const check of checks) log(`${caseFolder} ${lineOf(check)}`);
    if (checks.length === 0) log(`${caseFolder} fail: lists no output`);
    return checks.length > 0 && checks.every(({ passed }) => passed) ? "passed" : "failed";
  } catch (error) {
    log(`${caseFolder} fail: ${reasonOf(error)}`);
    return "failed";
  }
}

/** Folders in `folder` that hold a case, or at least something of one. */
async function caseFolders(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause: unknown) => {
    throw new EditError("usage", `Expected a folder of golden cases, got ${folder}, which cannot be read.`, {
      cause,
    });
  });
  const folders = entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith("."));
  if (folders.length > 0) return folders.map(({ name }) => name).sort();
  throw new EditError("usage", `Expected a folder of golden cases, got ${folder} without a folder in it.`);
}

function lineOf({ output, error, rule, passed }: Check): string {
  const value = Number.isInteger(error) ? String(error) : error.toExponential(1);
  return `${output} ${value} (${rule}) ${passed ? "pass" : "fail"}`;
}

/** One line, without a stack. */
function reasonOf(error: unknown): string {
  const text = error instanceof EditError ? `${error.code} ${error.message}` : String(error);
  return text.replaceAll(/\s+/g, " ").slice(0, 300);
}
