import type { PackManifest } from "../../../packs/pack.ts";
import type { RemoteKind, RemoteServer } from "../../../types.ts";
import type { Inpainter } from "../inpainter.ts";
import { createA1111 } from "./a1111/inpainter.ts";
import { createComfyui } from "./comfyui/inpainter.ts";
import { readWorkflow } from "./comfyui/workflow.ts";

const openers: Record<RemoteKind, (server: RemoteServer, side: number) => Promise<Inpainter>> = {
  a1111: async (server, side) => createA1111({ server, side }),
  comfyui: async (server, side) =>
    createComfyui({ server, side, workflow: await readWorkflow(server.workflow) }),
};

/**
 * Opens the inpainter that paints at a server. Nothing is asked of the server yet: the first painting does.
 * @throws EditError `workflow-invalid`
 */
export function openRemote(
  server: RemoteServer,
  { side }: Pick<PackManifest["painting"], "side">,
): Promise<Inpainter> {
  return openers[server.kind](server, side);
}
