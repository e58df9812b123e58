import type { JobFiles } from "../bots/intake/job-files.ts";
import type { Config } from "../config.ts";
import { EditError } from "../errors.ts";
import type { Log } from "../log.ts";
import { createWorkerClient } from "../pipeline/workers/edits/client.ts";
import { usageOf } from "../pipeline/workers/usage.ts";
import type { LaneSpec } from "../queue/lane-spec.ts";
import type { Disposal } from "./disposal.ts";
import type { PackedPlan, Painters } from "./painters.ts";

export interface LaneParts {
  readonly config: Pick<
    Config,
    "safetyModel" | "marks" | "loadTimeoutSeconds" | "dataFolder" | "keepsLosses"
  >;
  /** Of the workers. */
  readonly environment: Readonly<Record<string, string>>;
  readonly niceness: number;
  readonly files: JobFiles;
  readonly log: Log;
  /** Takes the workers. */
  readonly parts: Disposal;
}

/** A lane for each plan, with a worker of its own that starts at its first job; results go into the job's folder. */
export function laneSpecsOf(
  { packs, plans }: Pick<Painters, "packs" | "plans">,
  lane: LaneParts,
): LaneSpec[] {
  return plans.map((plan) => laneSpecOf(plan, plan.packs.length === packs.length, lane));
}

function laneSpecOf({ name, device, server, packs }: PackedPlan, hasAll: boolean, lane: LaneParts): LaneSpec {
  const { config, environment, niceness, files, log, parts } = lane;
  const worker = parts.use(
    createWorkerClient({
      device,
      safetyModel: config.safetyModel,
      server,
      marks: config.marks,
      learning: { folder: config.dataFolder, keeps: config.keepsLosses },
      environment,
      niceness,
      loadMilliseconds: config.loadTimeoutSeconds * 1000,
      log: (level, text) => log[level](text, { device: name }),
    }),
  );
  return {
    name,
    packs: hasAll ? null : packs.map(({ manifest }) => manifest.name),
    memoryBytes() {
      const megabytes = worker.pid === undefined ? undefined : usageOf(worker.pid)?.megabytes;
      return megabytes === undefined ? null : megabytes * 2 ** 20;
    },
    async run(job, { signal, onProgress }) {
      const request = { ...job.request, image: files.picture(job.id) };
      const folder = await files.prepareRun(job.id);
      // What is not offered any more gives way to what is taken where nothing is chosen.
      const pack = packs.find(({ manifest }) => manifest.name === request.pack) ?? packs[0];
      if (!pack) throw new EditError("pack-missing", `Expected pack ${request.pack} on ${name}, got none.`);
      const { result } = await worker.run({ id: job.id, request, folder }, pack, { signal, onProgress });
      await files.keepRun(job.id, folder);
      return result;
    },
  };
}
