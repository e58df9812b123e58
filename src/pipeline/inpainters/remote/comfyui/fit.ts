import type { RemoteServer } from "../../../../types.ts";
import { isForInpainting } from "../checkpoints.ts";
import { refused } from "../failures.ts";
import type { ComfyuiApi, ComfyuiNode } from "./api.ts";
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
  const found = names.find(isForInpainting);
  if (found || !workflow.needsCheckpoint) return found ?? "";
  throw refused(
    `Expected a checkpoint for inpainting, named so, at ${name} at ${url}, got ${names.join(", ") || "none"}. Put one there, or name another in LRBOT_COMFYUI_WORKFLOW.`,
  );
}

/**
 * Looks whether a server has every node that a workflow is made of, and offers what it names there, and whether the workflow
 * gives a picture.
 * @throws EditError `inpainter-refused` with the first that does not fit; those of `ComfyuiApi`
 */
export async function requireFit(
  api: ComfyuiApi,
  { name, url }: RemoteServer,
  workflow: Workflow,
  signal?: AbortSignal,
): Promise<void> {
  const at = `${name} at ${url}`;
  const classes = new Map<string, ComfyuiNode>();
  for (const { nodeClass } of workflow.nodes) {
    const node = classes.get(nodeClass) ?? (await api.node(nodeClass, signal));
    if (node === null) {
      throw refused(
        `Expected the nodes of ${workflow.file} at ${at}, got a server without ${nodeClass}. Install the custom node there, or set LRBOT_COMFYUI_WORKFLOW to another workflow.`,
      );
    }
    classes.set(nodeClass, node);
  }
  for (const { id, nodeClass, literals } of workflow.nodes) {
    for (const [input, value] of literals) {
      const choices = classes.get(nodeClass)?.choices.get(input);
      if (!choices || choices.includes(value)) continue;
      throw refused(
        `Expected what node ${id} (${nodeClass}) of ${workflow.file} names as ${input} at ${at}, got a server without ${value}; it has ${listOf(choices)}.`,
      );
    }
  }
  if ([...classes.values()].every(({ isOutput }) => isOutput === false)) {
    throw refused(
      `Expected ${workflow.file} to end in a node that gives the picture, got none. It needs one PreviewImage or SaveImage.`,
    );
  }
}

/** Checkpoints that a workflow names itself and that are not named as ones for inpainting. */
export function otherCheckpoints(workflow: Workflow): string[] {
  return workflow.nodes.flatMap(({ literals }) =>
    literals.flatMap(([input, value]) => (input === "ckpt_name" && !isForInpainting(value) ? [value] : [])),
  );
}

function listOf(names: readonly string[]): string {
  const some = names.slice(0, 8).join(", ");
  return names.length > 8 ? `${some} and ${names.length - 8} more` : some || "none";
}
