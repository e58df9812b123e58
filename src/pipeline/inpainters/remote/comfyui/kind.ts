import { readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { z } from "zod";
import { EditError } from "../../../../errors.ts";
import type { RemoteServer } from "../../../../types.ts";
import { noteOfCheckpoint } from "../checkpoints.ts";
import type { RemoteKind, RemoteNote } from "../kind.ts";
import { standardPatience } from "../patience.ts";
import type { AboutWorkflow } from "./about.ts";
import { openComfyuiApi } from "./api.ts";
import { checkpointFor, otherCheckpoints, requireFit } from "./fit.ts";
import { upscaleAtComfyui } from "./upscale.ts";
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
        "file of the workflow for packs that name none, in ComfyUI's API format with placeholders; by default one for inpainting checkpoints",
      ),
  },
  secrets: ["LRBOT_COMFYUI_TOKEN"],
  authorization({ LRBOT_COMFYUI_TOKEN: token }) {
    return token === undefined ? null : `Bearer ${token}`;
  },
  workflow({ LRBOT_COMFYUI_WORKFLOW: file }, { working }) {
    return file ? resolve(working, file) : null;
  },
  localCheck: {
    name: "workflow",
    mend: "export it again as docs/remote.md says, or unset LRBOT_COMFYUI_WORKFLOW",
    async check(server, name) {
      const { file, about } = await workflowFor(server, name);
      const beside = about ? ` ${about.title}: ${licenceAndCard(about)}` : "";
      return `${file} has its placeholders.${beside}`;
    },
  },
  async open(server, { side, workflow }) {
    const { createComfyui } = await import("./inpainter.ts");
    return createComfyui({ server, side, workflow: await workflowFor(server, workflow) });
  },
  upscale: upscaleAtComfyui,
  async look(server, { milliseconds, signal, workflow: name }) {
    using api = openComfyuiApi(server, { ...standardPatience, answer: milliseconds });
    const { version, cardBytes } = await api.system(signal);
    const answers = `${server.url} answers as ComfyUI ${version ?? "of a version that it does not tell"}`;
    const workflow = await usableWorkflowFor(server, name);
    if (workflow === null) return { says: `${answers}.`, notes: [] };
    await requireFit(api, server, workflow, signal);
    const checkpoint = workflow.takes("checkpoint")
      ? await checkpointFor(api, server, workflow, signal)
      : null;
    const has = workflow.about ? `node and model of ${name}` : "node of the workflow";
    return {
      says: `${answers}; it has every ${has}${checkpoint ? ` and the checkpoint ${checkpoint}` : ""}.`,
      notes: [
        ...otherCheckpoints(workflow).map((one) =>
          noteOfCheckpoint(
            "the workflow's",
            one,
            "name a checkpoint for inpainting in the workflow, or {{checkpoint}}",
          ),
        ),
        ...notesOfCard(workflow.about, cardBytes),
      ],
    };
  },
};

/** The workflow that a pack names, or else the operator's, or else the one for inpainting checkpoints. */
async function workflowFor(server: RemoteServer, name: string | null): Promise<Workflow> {
  const shipped = (one: string) => join(server.workflows, `${one}.json`);
  if (name === null) return readWorkflow(server.workflow ?? shipped("inpaint"));
  const names = await workflowNames(server.workflows);
  if (names.includes(name)) return readWorkflow(shipped(name));
  throw new EditError(
    "workflow-invalid",
    `Expected the pack to name a workflow of ${server.workflows} (${names.join(", ")}), got ${name}.`,
  );
}

async function workflowNames(folder: string): Promise<string[]> {
  const files = await readdir(folder).catch(() => []);
  return files.flatMap((file) => /^([a-z0-9-]+)\.json$/.exec(file)?.[1] ?? []).sort();
}

/** `null` where the file is of no use: that is a finding of its own. */
async function usableWorkflowFor(server: RemoteServer, name: string | null): Promise<Workflow | null> {
  return workflowFor(server, name).catch((error: unknown) => {
    if (error instanceof EditError && error.code === "workflow-invalid") return null;
    throw error;
  });
}

/** What a card holds, less what its maker rounds up. */
const shareOfCard = 0.95;

function notesOfCard(about: AboutWorkflow | null, cardBytes: number | null): RemoteNote[] {
  if (about === null || cardBytes === null) return [];
  const { gigabytes, says } = about.card;
  if (cardBytes >= shareOfCard * gigabytes * 1e9) return [];
  return [
    {
      says: `its card has ${(cardBytes / 1e9).toFixed(1)} GB, and ${about.title} takes one of ${gigabytes} GB (${says}); ComfyUI keeps the rest elsewhere and is slower, or runs out of memory.`,
      mend: "name another pack in LRBOT_PACK, or paint on a larger card",
    },
  ];
}

function licenceAndCard({ license, card }: AboutWorkflow): string {
  return `licence ${license.id} (${license.url}): ${license.says} Card of ${card.gigabytes} GB: ${card.says} (${card.url}).`;
}
