import type { JobFiles } from "../bots/intake/job-files.ts";
import type { Config } from "../config.ts";
import type { Log } from "../log.ts";
import type { Pack } from "../packs/pack.ts";
import { createWorkerClient } from "../pipeline/workers/edits/client.ts";
import { usageOf } from "../pipeline/workers/usage.ts";
import type { LaneSpec } from "../queue/lane-spec.ts";
import type { Disposal } from "./disposal.ts";
import type { LanePlan } from "./lanes.ts";

export interface LaneParts {
  readonly config: Pick<
    Config,
    "safetyModel" | "marks" | "loadTimeoutSeconds" | "dataFolder" | "keepsLosses"
  >;
  /** Of the workers. */
  readonly environment: Readonly<Record<string, string>>;
  readonly niceness: number;
  readonly pack: Pack;
  readonly files: JobFiles;
  readonly log: Log;
  /** Takes the workers. */
  readonly parts: Disposal;
}

/** A lane for each plan, with a worker of its own that starts at its first job; results go into the job's folder. */
export function laneSpecsOf(plans: readonly LanePlan[], lane: LaneParts): LaneSpec[] {
  return plans.map((plan) => laneSpecOf(plan, lane));
}

function laneSpecOf({ name, device, server }: LanePlan, lane: LaneParts): LaneSpec {
  const { config, environment, niceness, pack, files, log, parts } = lane;
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
    memoryBytes() {
      const megabytes = worker.pid === undefined ? undefined : usageOf(worker.pid)?.megabytes;
      return megabytes === undefined ? null : megabytes * 2 ** 20;
    },
    async run(job, { signal, onProgress }) {
      const request = { ...job.request, image: files.picture(job.id) };
      const folder = await files.prepareRun(job.id);
      const { result } = await worker.run({ id: job.id, request, folder }, pack, { signal, onProgress });
      await files.keepRun(job.id, folder);
      return result;
    },
  };
}
