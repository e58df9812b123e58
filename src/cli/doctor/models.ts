import type { Config } from "../../config.ts";
import type { ErrorCode } from "../../errors.ts";
import { openPack } from "../../packs/open.ts";
import { verifyPack } from "../../packs/verify.ts";
import { type ProbeCall, probeSafetyModel, probeSigning } from "../../pipeline/workers/probe/client.ts";
import type { SigningFiles } from "../../types.ts";
import { type Finding, findingOf } from "./finding.ts";
import { packMend } from "./pack-mend.ts";

/** Whether every file of each offered pack is as it was published, and the safety model and the key that signs, where there are any, are such. */
export async function modelFindings(config: Config, call: ProbeCall): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const pack of config.packs) findings.push(await packFinding(pack, config, call.signal));
  if (config.safetyModel !== null) findings.push(await safetyFinding(config.safetyModel, call));
  if (config.marks.signing !== null) findings.push(await signingFinding(config.marks.signing, call));
  return findings;
}

async function packFinding(pack: string, config: Config, signal: AbortSignal | undefined): Promise<Finding> {
  const look = async () => {
    const opened = await openPack(pack, { roots: config.packRoots });
    const files = await verifyPack(opened, signal && { signal });
    const unknown = files.filter(({ state }) => state === "unknown").length;
    const rest = unknown === 0 ? "" : `, ${unknown} have none recorded`;
    return `${files.length - unknown} of ${files.length} files match their sha256${rest}.`;
  };
  let code: ErrorCode | null = null;
  const found = await findingOf(`pack ${pack}`, look, (error) => {
    code = error.code;
    return "";
  });
  return found.state === "broken" ? { ...found, mend: await packMend(pack, config, code) } : found;
}

/** The weights themselves are looked at when the first job is checked. */
function safetyFinding(folder: string, call: ProbeCall): Promise<Finding> {
  const look = async () => {
    await probeSafetyModel(folder, call);
    return `${folder} has its files and labels.`;
  };
  return findingOf(
    "safety model",
    look,
    () => "put its files there as docs/safety.md says, or unset LRBOT_SAFETY_MODEL",
  );
}

function signingFinding(files: SigningFiles, call: ProbeCall): Promise<Finding> {
  const look = async () => {
    await probeSigning(files, call);
    return `${files.keyFile} signs pictures that readers of C2PA take.`;
  };
  return findingOf(
    "signing",
    look,
    () => "see docs/marks.md, or unset LRBOT_C2PA_KEY and LRBOT_C2PA_CERTIFICATES",
  );
}
