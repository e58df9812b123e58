import { remoteKindOf, remoteKinds } from "../../pipeline/inpainters/remote/kinds.ts";
import type { RemoteServer } from "../../types.ts";
import { type Finding, findingOf } from "./finding.ts";

/** For each answer of a server that is only asked how it is. */
const answerMilliseconds = 5000;

/**
 * Whether what servers of `LRBOT_INPAINTERS` need on this machine is in order, and whether each of them could paint.
 * @param workflow As the pack that they paint for names it; `null` where it names none.
 */
export async function serverFindings(
  servers: readonly RemoteServer[],
  workflow: string | null,
  signal: AbortSignal,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const { kind, localCheck } of remoteKinds) {
    const server = servers.find((one) => one.kind === kind);
    if (!server || !localCheck) continue;
    const { name, mend } = localCheck;
    findings.push(
      await findingOf(
        name,
        () => localCheck.check(server, workflow),
        () => mend,
      ),
    );
  }
  const look = async (server: RemoteServer): Promise<Finding[]> => {
    const check = `server ${server.name}`;
    const notes: Finding[] = [];
    const finding = await findingOf(
      check,
      async () => {
        const found = await remoteKindOf(server).look(server, {
          ...{ milliseconds: answerMilliseconds, signal, workflow },
        });
        notes.push(...found.notes.map((note) => ({ check, state: "note" as const, ...note })));
        return found.says;
      },
      () => "see docs/remote.md, or take it out of LRBOT_INPAINTERS",
    );
    return [finding, ...notes];
  };
  return [...findings, ...(await Promise.all(servers.map(look))).flat()];
}
