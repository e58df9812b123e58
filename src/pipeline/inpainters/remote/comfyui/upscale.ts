import { randomUUID } from "node:crypto";
import { throwIfCancelled } from "../../../../errors.ts";
import { pauseFor } from "../../../../retry.ts";
import type { RemoteServer } from "../../../../types.ts";
import { overdue, refused, unreachable } from "../failures.ts";
import type { UpscaleOrder } from "../kind.ts";
import { type RemotePatience, standardPatience } from "../patience.ts";
import { openComfyuiApi } from "./api.ts";

const loader = "UpscaleModelLoader";

/** A workflow of three nodes of ComfyUI's own and one that loads the model, whose factor is the model's. */
function graphOf(image: string, model: string) {
  return {
    "1": { class_type: "LoadImage", inputs: { image } },
    "2": { class_type: loader, inputs: { model_name: model } },
    "3": { class_type: "ImageUpscaleWithModel", inputs: { upscale_model: ["2", 0], image: ["1", 0] } },
    "4": { class_type: "PreviewImage", inputs: { images: ["3", 0] } },
  };
}

/** `RemoteKind.upscale`: `upscaler` is a file of its folder `upscale_models`. */
export async function upscaleAtComfyui(
  server: RemoteServer,
  { picture, upscaler, milliseconds, signal }: UpscaleOrder,
  patience: RemotePatience = standardPatience,
): Promise<Uint8Array> {
  using api = openComfyuiApi(server, patience);
  const start = performance.now();
  const models = (await api.node(loader, signal))?.choices.get("model_name") ?? [];
  if (!models.includes(upscaler))
    throw refused(
      `Expected ${server.name} at ${server.url} to have the upscale model ${upscaler}, got ${models.join(", ") || "none"}.`,
    );
  const client = randomUUID();
  const image = await api.upload(`lrbot-${client}-large.png`, picture, signal);
  throwIfCancelled(signal);
  const promptId = await api.queue(graphOf(image, upscaler), { client, prompt: randomUUID() });
  try {
    for (;;) {
      const outcome = await api.outcomeOf(promptId, signal);
      if (outcome.state === "done") return await api.view(outcome.picture, signal);
      if (outcome.state === "unknown") throw unreachable(server, "no word of a picture that it took");
      if (outcome.state === "interrupted")
        throw refused(`Expected ${server.name} to make a picture larger, got an interruption there.`);
      if (performance.now() - start > milliseconds) throw overdue(server);
      await pauseFor(patience.poll, signal);
      throwIfCancelled(signal);
    }
  } catch (error) {
    await api.stop(promptId).catch(() => {});
    throw error;
  }
}
