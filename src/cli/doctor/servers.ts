import { remoteKindOf, remoteKinds } from "../../pipeline/inpainters/remote/kinds.ts";
import type { RemoteServer } from "../../types.ts";
import { type Finding, findingOf } from "./finding.ts";

/** For each answer of a server that is only asked how it is. */
const answerMilliseconds = 5000;

/**
 * Whether what servers of `LRBOT_INPAINTERS` need on this machine is in order, and whether each of them could paint.
 * @param workflows As the packs that they paint for name them, each once; `null` where one names none.
 */
export async function serverFindings(
  servers: readonly RemoteServer[],
  workflows: readonly (string | null)[],
  signal: AbortSignal,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const { kind, localCheck } of remoteKinds) {
    const server = servers.find((one) => one.kind === kind);
    if (!server || !localCheck) continue;
    const { name, mend } = localCheck;
    for (const workflow of workflows) {
      findings.push(
        await findingOf(
          name,
          () => localCheck.check(server, workflow),
          () => mend,
        ),
      );
    }
  }
  const look = async (server: RemoteServer, workflow: string | null): Promise<Finding[]> => {
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
  const looks = servers.flatMap((server) => {
    // One kind of server runs what the pack names; to others all packs are the same.
    const runs = remoteKindOf(server).localCheck === null ? [null] : workflows;
    return runs.map((workflow) => look(server, workflow));
  });
  return [...findings, ...(await Promise.all(looks)).flat()];
}
