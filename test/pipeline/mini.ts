import { join } from "node:path";
import { openPack } from "../../src/packs/open.ts";
import { openEditor } from "../../src/pipeline/editors/open.ts";
import { loadStableDiffusion } from "../../src/pipeline/inpainters/stable-diffusion/stable-diffusion.ts";
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

/**
 * The same, but that a Stable Diffusion of random weights paints noise in no time: for what does not hang on what is painted. It is
 * disposed of with the models that it is added to.
 */
export async function withTinyPainter(models: Models): Promise<Models> {
  const { manifest } = models.pack;
  const { networks, tokenizers } = manifest;
  const tiny = {
    ...manifest,
    networks: { ...networks, unet: "unet", autoencoder: "vae", textEncoder: "text_encoder" },
    tokenizers: { ...tokenizers, textEncoder: "tokenizer" },
    painting: { ...manifest.painting, side: 32 },
  };
  const folder = join(import.meta.dirname, "../fixtures/goldens/pipeline-sd15-inpaint/model");
  const inpainter = await loadStableDiffusion({ manifest: tiny, folder }, models.runtime);
  const editor: Models["editor"] = (method) => openEditor(method, inpainter.parts, tiny.painting);
  return { ...models, inpainter, editor };
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
