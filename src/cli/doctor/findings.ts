import type { Config } from "../../config.ts";
import { describePack } from "../../packs/open.ts";
import type { ProbeCall } from "../../pipeline/workers/probe/client.ts";
import type { Finding } from "./finding.ts";
import { fleetFindings } from "./fleet.ts";
import { learningFindings } from "./learning.ts";
import { machineFindings } from "./machine.ts";
import { modelFindings } from "./models.ts";
import { nativeFindings } from "./native.ts";
import { serverFindings } from "./servers.ts";
import { styleFindings } from "./styles.ts";

/** What works on this machine, and what mends what does not: all that `lrbot doctor` looks at. @throws EditError `cancelled` */
export async function allFindings(
  config: Config,
  call: ProbeCall & { readonly signal: AbortSignal },
): Promise<readonly Finding[]> {
  return [
    ...machineFindings(config.dataFolder),
    ...(await modelFindings(config, call)),
    ...(await styleFindings(config, call)),
    ...(await learningFindings(config, call)),
    ...(await serverFindings(config.inpainters, await workflowsOf(config), call.signal)),
    ...(await fleetFindings(config, call.signal)),
    ...(await nativeFindings(config, call)),
  ];
}

/**
 * What the configured packs have servers run, each once; `null` is a pack that names nothing. A pack that is not there is a finding of its
 * own.
 */
async function workflowsOf({ packs, packRoots }: Config): Promise<(string | null)[]> {
  const described = await Promise.all(
    packs.map((pack) => describePack(pack, { roots: packRoots }).catch(() => null)),
  );
  const remote = described.flatMap((pack) =>
    pack?.manifest.inpainter === "remote" ? [pack.manifest.workflow] : [],
  );
  return remote.length > 0 ? [...new Set(remote)] : [null];
}
