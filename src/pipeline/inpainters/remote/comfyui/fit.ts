import type { RemoteServer } from "../../../../types.ts";
import { isForInpainting } from "../checkpoints.ts";
import { refused } from "../failures.ts";
import type { AboutWorkflow } from "./about.ts";
import type { ComfyuiApi, ComfyuiNode } from "./api.ts";
import type { Workflow, WorkflowNode } from "./workflow.ts";

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
  if (found || !workflow.takes("checkpoint")) return found ?? "";
  throw refused(
    `Expected a checkpoint for inpainting, named so, at ${name} at ${url}, got ${names.join(", ") || "none"}. Put one there, or name another in LRBOT_COMFYUI_WORKFLOW.`,
  );
}

/**
 * Looks whether a server has every node that a workflow is made of, and offers what it names there, and whether the workflow
 * gives a picture.
 * @throws EditError `inpainter-refused` with all that does not fit; those of `ComfyuiApi`
 */
export async function requireFit(
  api: ComfyuiApi,
  { name, url }: RemoteServer,
  workflow: Workflow,
  signal?: AbortSignal,
): Promise<void> {
  const at = `${name} at ${url}`;
  const { file, about, nodes } = workflow;
  const classes = new Map<string, ComfyuiNode>();
  const absent = new Set<string>();
  for (const { nodeClass } of nodes) {
    if (classes.has(nodeClass) || absent.has(nodeClass)) continue;
    const node = await api.node(nodeClass, signal);
    if (node) classes.set(nodeClass, node);
    else absent.add(nodeClass);
  }
  const lacks = nodes.flatMap((node) => {
    const known = classes.get(node.nodeClass);
    return known ? [...unfilled(node, known), ...unoffered(node, known, about)] : [];
  });
  if (absent.size > 0) {
    const classesOf = [...absent].join(", ");
    throw refused(
      `Expected the nodes of ${file} at ${at}, got a server without ${[classesOf, ...lacks].join("; ")}. Update ComfyUI or install the custom node there, or set LRBOT_COMFYUI_WORKFLOW to another workflow.`,
    );
  }
  if (lacks.length > 0)
    throw refused(`Expected what ${file} names at ${at}, got a server without ${lacks.join("; ")}.`);
  if ([...classes.values()].every(({ isOutput }) => isOutput === false)) {
    throw refused(
      `Expected ${file} to end in a node that gives the picture, got none. It needs one PreviewImage or SaveImage.`,
    );
  }
}

/** Inputs that the server's node does not run without, and that the workflow does not fill. */
function unfilled({ id, nodeClass, inputs }: WorkflowNode, { required }: ComfyuiNode): string[] {
  const missing = required.filter((input) => !inputs.includes(input));
  return missing.length === 0
    ? []
    : [
        `a node ${id} (${nodeClass}) that runs without ${missing.join(", ")}, as a ComfyUI of another version`,
      ];
}

/** What the workflow names and the server does not offer, with where it is to be had. */
function unoffered(
  { id, nodeClass, literals }: WorkflowNode,
  { choices }: ComfyuiNode,
  about: AboutWorkflow | null,
): string[] {
  return literals.flatMap(([input, value]) => {
    const offered = choices.get(input);
    if (!offered || offered.includes(value)) return [];
    const model = about?.models.find(({ file }) => file === value);
    const has = model
      ? `put it into ComfyUI's models/${model.folder}, from ${model.url}`
      : `it has ${listOf(offered)}`;
    return [`${value} for ${input} of node ${id} (${nodeClass}): ${has}`];
  });
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
