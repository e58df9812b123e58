import { EditError } from "../errors.ts";
import { readWorkflow, type Workflow } from "../pipeline/inpainters/remote/comfyui/workflow.ts";
import { lookAtServer } from "../pipeline/inpainters/remote/look.ts";
import type { RemoteServer } from "../types.ts";
import type { Finding } from "./commands/doctor.ts";

/** For each answer of a server that is only asked how it is. */
const answerMilliseconds = 5000;

/** Whether each server of `LRBOT_INPAINTERS` could paint, and whether the workflow of ComfyUI ones can be used. */
export async function serverFindings(
  servers: readonly RemoteServer[],
  signal: AbortSignal,
): Promise<Finding[]> {
  const file = servers.find(({ kind }) => kind === "comfyui")?.workflow ?? null;
  let workflow: Workflow | null = null;
  const findings: Finding[] = [];
  if (file !== null) {
    const read = async () => {
      workflow = await readWorkflow(file);
      return `${file} has its placeholders.`;
    };
    findings.push(
      await findingOf(
        "workflow",
        "export it again as docs/remote.md says, or unset LRBOT_COMFYUI_WORKFLOW",
        read,
      ),
    );
  }
  const look = (server: RemoteServer) =>
    findingOf(`server ${server.name}`, "see docs/remote.md, or take it out of LRBOT_INPAINTERS", () =>
      lookAtServer(server, { milliseconds: answerMilliseconds, signal, workflow }),
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
