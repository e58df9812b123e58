import { z } from "zod";
import { throwIfCancelled } from "../../../errors.ts";
import type { RemoteKind, RemoteServer } from "../../../types.ts";
import { askA1111 } from "./a1111/state.ts";
import { openComfyuiApi } from "./comfyui/api.ts";
import { checkpointFor, requireNodes } from "./comfyui/fit.ts";
import type { Workflow } from "./comfyui/workflow.ts";
import { standardPatience } from "./patience.ts";
import { createRemoteClient } from "./request.ts";

export interface LookOptions {
  /** For each answer. */
  readonly milliseconds: number;
  readonly signal: AbortSignal;
  /** What a ComfyUI would be given; `null` where it is of no use anyway. */
  readonly workflow: Workflow | null;
}

/**
 * Asks a server once whether it could paint, without having it paint; gives what it is, in a sentence.
 * @throws EditError `inpainter-unreachable`, `inpainter-refused`, `cancelled`
 */
export function lookAtServer(server: RemoteServer, options: LookOptions): Promise<string> {
  return looks[server.kind](server, options);
}

const looks: Record<RemoteKind, (server: RemoteServer, options: LookOptions) => Promise<string>> = {
  a1111: lookAtA1111,
  comfyui: lookAtComfyui,
};

const optionsSchema = z.object({ sd_model_checkpoint: z.string().nullish() });

/** Its interface tells no version, only which checkpoint is loaded. */
async function lookAtA1111(server: RemoteServer, { milliseconds, signal }: LookOptions): Promise<string> {
  using client = createRemoteClient(server);
  const request = { milliseconds, signal };
  await askA1111(client, request);
  // Some versions fail to tell their own options, and paint all the same.
  const options = await client.json("/sdapi/v1/options", optionsSchema, request).catch(() => null);
  throwIfCancelled(signal);
  const checkpoint = options?.sd_model_checkpoint;
  return `${server.url} answers; ${checkpoint ? `its checkpoint is ${checkpoint}` : "it names no checkpoint"}.`;
}

async function lookAtComfyui(server: RemoteServer, options: LookOptions): Promise<string> {
  const { milliseconds, signal, workflow } = options;
  using api = openComfyuiApi(server, { ...standardPatience, answer: milliseconds });
  const version = await api.version(signal);
  const answers = `${server.url} answers as ComfyUI ${version ?? "of a version that it does not tell"}`;
  if (workflow === null) return `${answers}.`;
  await requireNodes(api, server, workflow, signal);
  const checkpoint = workflow.needsCheckpoint ? await checkpointFor(api, server, workflow, signal) : null;
  return `${answers}; it has every node of the workflow${checkpoint ? ` and the checkpoint ${checkpoint}` : ""}.`;
}
