import { EditError } from "../errors.ts";
import { remoteKindOf, remoteKinds } from "../pipeline/inpainters/remote/kinds.ts";
import type { RemoteServer } from "../types.ts";
import type { Finding } from "./commands/doctor.ts";

/** For each answer of a server that is only asked how it is. */
const answerMilliseconds = 5000;

/** Whether what servers of `LRBOT_INPAINTERS` need on this machine is in order, and whether each of them could paint. */
export async function serverFindings(
  servers: readonly RemoteServer[],
  signal: AbortSignal,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const { kind, localCheck } of remoteKinds) {
    const server = servers.find((one) => one.kind === kind);
    if (!server || !localCheck) continue;
    findings.push(await findingOf(localCheck.name, localCheck.mend, () => localCheck.check(server)));
  }
  const look = (server: RemoteServer) =>
    findingOf(`server ${server.name}`, "see docs/remote.md, or take it out of LRBOT_INPAINTERS", () =>
      remoteKindOf(server).look(server, { milliseconds: answerMilliseconds, signal }),
    );
  return [...findings, ...(await Promise.all(servers.map(look)))];
}

async function findingOf(check: string, mend: string, look: () => Promise<string>): Promise<Finding> {
  try {
    return { check, state: "ok", says: await look(), mend: null };
  } catch (error) {
    if (!(error instanceof EditError) || error.code === "cancelled") throw error;
    return { check, state: "broken", says: error.message, mend };
  }
}
