import type { Config } from "../../config.ts";
import { EditError } from "../../errors.ts";
import { type ProbeCall, type ProbeFinding, probeNativeParts } from "../../pipeline/workers/probe/client.ts";
import type { Finding } from "./finding.ts";

/** Brings every native part back. */
const reinstall = "npm ci";

const cuda =
  "npm run setup:cuda, CUDA 12 and cuDNN 9, see docs/operating.md; until then edits run on the CPU";

/** Loads what is native or large in a process of its own, whose crash is a finding too. */
export async function nativeFindings(
  { pack, packRoots: roots, lanes: devices }: Config,
  call: ProbeCall,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  try {
    const onFinding = (finding: ProbeFinding) => void findings.push(mendable(finding));
    await probeNativeParts({ pack, roots, devices }, { ...call, onFinding });
  } catch (error) {
    if (!(error instanceof EditError) || error.code === "cancelled") throw error;
    findings.push({ check: "native parts", state: "broken", says: error.message, mend: reinstall });
  }
  return findings;
}

function mendable({ check, isOk, says }: ProbeFinding): Finding {
  return { check, says, state: isOk ? "ok" : "broken", mend: isOk ? null : mendOf(check) };
}

function mendOf(check: string): string {
  if (check === "device webgpu") return "LRBOT_DEVICES=cpu, or a driver for Vulkan, Metal or Direct3D 12";
  return check.startsWith("device ") ? cuda : reinstall;
}
