import { z } from "zod";
import { EditError } from "../../../errors.ts";
import { parseLooseJson, readTextFile, withoutNulls } from "../../../packs/text-file.ts";
import { required } from "../required.ts";
import type { Sampler, SamplerKind, SamplerOptions } from "./sampler.ts";
import { createDdim } from "./samplers/ddim.ts";
import { createDdpm } from "./samplers/ddpm.ts";
import { createDeis } from "./samplers/deis.ts";
import { createDpmSolverMultistep } from "./samplers/dpm-solver-multistep.ts";
import { createEuler } from "./samplers/euler.ts";
import { createEulerAncestral } from "./samplers/euler-ancestral.ts";
import { createHeun } from "./samplers/heun.ts";
import { createLcm } from "./samplers/lcm.ts";
import { createLms } from "./samplers/lms.ts";
import { createPndm } from "./samplers/pndm.ts";
import { createTcd } from "./samplers/tcd.ts";
import { createUnipc } from "./samplers/unipc.ts";

/** A diffusers `scheduler_config.json`, whichever class it was written for. */
export type SchedulerConfig = Readonly<Record<string, unknown>>;

/**
 * A sampler from a diffusers scheduler config. `kind` makes another sampler on the same noise schedule; options
 * that the config does not name, or gives as `null`, take the defaults of the sampler that is made.
 *
 * @throws EditError `network-unsupported` for a class or an option value that is not built,
 *   `setting-out-of-range` for steps that the schedule does not have.
 */
export function createSampler(
  config: SchedulerConfig,
  options: SamplerOptions & { readonly kind?: SamplerKind | undefined },
): Sampler {
  const kind = options.kind ?? kindOfClass(config._class_name);
  try {
    return requireWholeInput(makers[kind](withoutNulls(config), options));
  } catch (cause) {
    if (!(cause instanceof z.ZodError)) throw cause;
    const issue = cause.issues[0];
    const option = issue?.path.join(".") ?? "";
    throw new EditError(
      "network-unsupported",
      `Expected a scheduler config that the ${kind} sampler can follow, got ${option} = ${JSON.stringify(config[option])} (${issue?.message}).`,
      { cause },
    );
  }
}

/** The same schedule with its timesteps laid out as a pack says; as they are where it says nothing. */
export function withSpacing(config: SchedulerConfig, spacing: TimestepSpacing | null): SchedulerConfig {
  return spacing === null ? config : { ...config, timestep_spacing: spacing };
}

/** Ways in which the timesteps of a sampling lie on those of the training; all samplers know the same. */
export type TimestepSpacing = "leading" | "trailing" | "linspace";

/** Element by element, a prediction that is too short or noise that is not there would count as 0. */
function requireWholeInput(sampler: Sampler): Sampler {
  return {
    ...sampler,
    step(index, modelOutput, sample, noise) {
      requireLength("a prediction", modelOutput, sample.length);
      if (sampler.drawsNoise(index)) requireLength("noise", required(noise, "noise to draw"), sample.length);
      sampler.step(index, modelOutput, sample, noise);
    },
  };
}

function requireLength(what: string, { length }: Float32Array, expected: number): void {
  if (length === expected) return;
  throw new EditError("internal", `Expected ${what} of ${expected} numbers, got ${length}.`);
}

/** @throws EditError `pack-file-missing`, `pack-invalid`. */
export async function readSchedulerConfig(file: string): Promise<SchedulerConfig> {
  const text = await readTextFile(file).catch((cause: unknown) => {
    throw new EditError(
      "pack-file-missing",
      `Expected a scheduler config at ${file}, got no readable file.`,
      {
        cause,
      },
    );
  });
  try {
    return z.record(z.string(), z.unknown()).parse(parseLooseJson(text));
  } catch (cause) {
    throw new EditError("pack-invalid", `Expected a JSON object in ${file}, got something else.`, { cause });
  }
}

const makers: Record<SamplerKind, (config: unknown, options: SamplerOptions) => Sampler> = {
  ddim: createDdim,
  ddpm: createDdpm,
  deis: createDeis,
  "dpm-solver-multistep": createDpmSolverMultistep,
  euler: createEuler,
  "euler-ancestral": createEulerAncestral,
  heun: createHeun,
  lcm: createLcm,
  lms: createLms,
  pndm: createPndm,
  tcd: createTcd,
  unipc: createUnipc,
};

const kindByClass = new Map<unknown, SamplerKind>([
  ["DDIMScheduler", "ddim"],
  ["DPMSolverMultistepScheduler", "dpm-solver-multistep"],
  ["EulerDiscreteScheduler", "euler"],
  ["EulerAncestralDiscreteScheduler", "euler-ancestral"],
  ["LCMScheduler", "lcm"],
  ["DDPMScheduler", "ddpm"],
  ["DEISMultistepScheduler", "deis"],
  ["HeunDiscreteScheduler", "heun"],
  ["LMSDiscreteScheduler", "lms"],
  ["TCDScheduler", "tcd"],
  ["UniPCMultistepScheduler", "unipc"],
  ["PNDMScheduler", "pndm"],
]);

function kindOfClass(name: unknown): SamplerKind {
  const kind = kindByClass.get(name);
  if (kind === undefined) {
    throw new EditError(
      "network-unsupported",
      `Expected one of the schedulers ${[...kindByClass.keys()].join(", ")}, got ${JSON.stringify(name)}.`,
    );
  }
  return kind;
}
