import type { Config } from "../../config.ts";
import { EditError } from "../../errors.ts";
import { type ProbeCall, type ProbeFinding, probeNativeParts } from "../../pipeline/workers/probe/client.ts";
import type { Finding } from "./finding.ts";
import { packMend } from "./pack-mend.ts";

/** Brings every native part back. */
const reinstall = "npm ci";

const cuda =
  "npm run setup:cuda, CUDA 12 and cuDNN 9, see docs/operating.md; until then edits run on the CPU";

/** Loads what is native or large in a process of its own, whose crash is a finding too. */
export async function nativeFindings(config: Config, call: ProbeCall): Promise<Finding[]> {
  const { pack, packRoots: roots, lanes: devices } = config;
  const failures: Finding[] = [];
  const found: ProbeFinding[] = [];
  try {
    const onFinding = (finding: ProbeFinding) => void found.push(finding);
    await probeNativeParts({ pack, roots, devices }, { ...call, onFinding });
  } catch (error) {
    if (!(error instanceof EditError) || error.code === "cancelled") throw error;
    failures.push({ check: "native parts", state: "broken", says: error.message, mend: reinstall });
  }
  return [...(await Promise.all(found.map((finding) => mendable(finding, config)))), ...failures];
}

async function mendable({ check, isOk, says, code }: ProbeFinding, config: Config): Promise<Finding> {
  if (isOk) return { check, says, state: "ok", mend: null };
  const mend = check.startsWith("networks of ") ? await packMend(config.pack, config, code) : mendOf(check);
  return { check, says, state: "broken", mend };
}

function mendOf(check: string): string {
  if (check === "device webgpu") return "LRBOT_DEVICES=cpu, or a driver for Vulkan, Metal or Direct3D 12";
  return check.startsWith("device ") ? cuda : reinstall;
}
