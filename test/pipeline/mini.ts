import { join } from "node:path";
import { openPack } from "../../src/packs/open.ts";
import { loadModels, type Models } from "../../src/pipeline/models.ts";
import { type EditRequestInput, parseEditRequest } from "../../src/request.ts";
import type { EditRequest } from "../../src/types.ts";

const pack = join(import.meta.dirname, "../../models/mini");

/** A drawn scene of the embedded pack's world that its networks were not trained on, such as `s000.png`. */
export function scene(name: string): string {
  return join(pack, "eval", name);
}

/** The embedded pack's networks. Whoever loads them disposes of them. */
export async function loadMini(): Promise<Models> {
  return loadModels(await openPack("mini", { roots: [join(pack, "..")] }), { device: "cpu" });
}

/** A request for the least work that still goes through every step of an edit. */
export function smallRequest(change: Partial<EditRequestInput> = {}): EditRequest {
  return parseEditRequest({
    image: scene("s000.png"),
    prompt: "a rabbit",
    ...change,
    settings: { anchors: 3, proposals: 4, steps: 4, budget: 6, ...change.settings },
  });
}
