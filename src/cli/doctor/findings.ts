import type { Config } from "../../config.ts";
import type { ProbeCall } from "../../pipeline/workers/probe/client.ts";
import type { Finding } from "./finding.ts";
import { fleetFindings } from "./fleet.ts";
import { learningFindings } from "./learning.ts";
import { machineFindings } from "./machine.ts";
import { modelFindings } from "./models.ts";
import { nativeFindings } from "./native.ts";
import { serverFindings } from "./servers.ts";

/** What works on this machine, and what mends what does not: all that `lrbot doctor` looks at. @throws EditError `cancelled` */
export async function allFindings(
  config: Config,
  call: ProbeCall & { readonly signal: AbortSignal },
): Promise<readonly Finding[]> {
  return [
    ...machineFindings(config.dataFolder),
    ...(await modelFindings(config, call)),
    ...(await learningFindings(config, call)),
    ...(await serverFindings(config.inpainters, call.signal)),
    ...(await fleetFindings(config, call.signal)),
    ...(await nativeFindings(config, call)),
  ];
}
