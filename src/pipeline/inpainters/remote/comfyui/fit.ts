import type { RemoteServer } from "../../../../types.ts";
import { refused } from "../failures.ts";
import type { ComfyuiApi } from "./api.ts";
import type { Workflow } from "./workflow.ts";

/**
 * The server's checkpoint that a workflow is filled with: the first by name that is for inpainting; `""` where there is none
 * and none is needed.
 * @throws EditError `inpainter-refused` where there is none and one is needed; those of `ComfyuiApi`
 */
export async function checkpointFor(
  api: ComfyuiApi,
  { name, url }: RemoteServer,
  workflow: Workflow,
  signal?: AbortSignal,
): Promise<string> {
  const names = [...(await api.checkpoints(signal))].sort();
  const found = names.find((one) => /inpaint/i.test(one));
  if (found || !workflow.needsCheckpoint) return found ?? "";
  throw refused(
    `Expected a checkpoint for inpainting, named so, at ${name} at ${url}, got ${names.join(", ") || "none"}. Put one there, or name another in LRBOT_COMFYUI_WORKFLOW.`,
  );
}

/**
 * Looks whether a server has every node that a workflow is made of.
 * @throws EditError `inpainter-refused` with the first that it lacks; those of `ComfyuiApi`
 */
export async function requireNodes(
  api: ComfyuiApi,
  { name, url }: RemoteServer,
  workflow: Workflow,
  signal?: AbortSignal,
): Promise<void> {
  for (const node of workflow.nodeClasses) {
    if (await api.hasNode(node, signal)) continue;
    throw refused(
      `Expected the nodes of ${workflow.file} at ${name} at ${url}, got a server without ${node}. Install the custom node there, or set LRBOT_COMFYUI_WORKFLOW to another workflow.`,
    );
  }
}
