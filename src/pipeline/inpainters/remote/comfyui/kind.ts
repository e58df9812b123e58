import { join, resolve } from "node:path";
import { z } from "zod";
import { EditError } from "../../../../errors.ts";
import type { RemoteServer } from "../../../../types.ts";
import { noteOfCheckpoint } from "../checkpoints.ts";
import type { RemoteKind } from "../kind.ts";
import { standardPatience } from "../patience.ts";
import { openComfyuiApi } from "./api.ts";
import { checkpointFor, otherCheckpoints, requireFit } from "./fit.ts";
import { readWorkflow, type Workflow } from "./workflow.ts";

/** ComfyUI, which runs a workflow. */
export const comfyui: RemoteKind = {
  kind: "comfyui",
  port: 8188,
  variables: {
    LRBOT_COMFYUI_TOKEN: z
      .string()
      .optional()
      .describe("bearer token of ComfyUI servers that stand behind a proxy which asks for one"),
    LRBOT_COMFYUI_WORKFLOW: z
      .string()
      .optional()
      .describe(
        "file of another workflow than the one for inpainting checkpoints, in ComfyUI's API format with placeholders",
      ),
  },
  secrets: ["LRBOT_COMFYUI_TOKEN"],
  authorization({ LRBOT_COMFYUI_TOKEN: token }) {
    return token === undefined ? null : `Bearer ${token}`;
  },
  workflow({ LRBOT_COMFYUI_WORKFLOW: file }, { working, models }) {
    return file ? resolve(working, file) : join(models, "workflows", "inpaint.json");
  },
  localCheck: {
    name: "workflow",
    mend: "export it again as docs/remote.md says, or unset LRBOT_COMFYUI_WORKFLOW",
    async check(server) {
      const { file } = await workflowOf(server);
      return `${file} has its placeholders.`;
    },
  },
  async open(server, side) {
    const { createComfyui } = await import("./inpainter.ts");
    return createComfyui({ server, side, workflow: await workflowOf(server) });
  },
  async look(server, { milliseconds, signal }) {
    using api = openComfyuiApi(server, { ...standardPatience, answer: milliseconds });
    const version = await api.version(signal);
    const answers = `${server.url} answers as ComfyUI ${version ?? "of a version that it does not tell"}`;
    const workflow = await usableWorkflowOf(server);
    if (workflow === null) return { says: `${answers}.`, notes: [] };
    await requireFit(api, server, workflow, signal);
    const checkpoint = workflow.needsCheckpoint ? await checkpointFor(api, server, workflow, signal) : null;
    return {
      says: `${answers}; it has every node of the workflow${checkpoint ? ` and the checkpoint ${checkpoint}` : ""}.`,
      notes: otherCheckpoints(workflow).map((name) =>
        noteOfCheckpoint(
          "the workflow's",
          name,
          "name a checkpoint for inpainting in the workflow, or {{checkpoint}}",
        ),
      ),
    };
  },
};

async function workflowOf({ name, workflow }: RemoteServer): Promise<Workflow> {
  if (workflow !== null) return readWorkflow(workflow);
  throw new EditError("internal", `Expected a workflow for ${name}, got none.`);
}

/** `null` where the file is of no use: that is a finding of its own. */
async function usableWorkflowOf(server: RemoteServer): Promise<Workflow | null> {
  return workflowOf(server).catch((error: unknown) => {
    if (error instanceof EditError && error.code === "workflow-invalid") return null;
    throw error;
  });
}
